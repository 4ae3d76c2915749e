import type { Btf } from "../btf.js";
import type { Flat } from "../flat.js";

/**
 * What each type of one BTF and its bases is to others that refer to it, by type id. Numbers are those of
 * the vocabulary, so that they can be compared with those of another BTF.
 */
export interface Shapes {
  /** Of its name without flavor; 0 for none. */
  readonly name: Int32Array;
  /**
   * Equal for types that C would call the same. What has a name is known by it, so that a change of a struct does not
   * change those that point to it; an anonymous struct, union or enum is what it contains. Type tags do not count.
   */
  readonly declared: Int32Array;
  /** Equal for no fields but such that may stand for each other ({@link fieldsCompatible}); 0 for what may for none. */
  readonly field: Int32Array;
  /** In bytes, 32 bits without a sign; {@link NO_SIZE} for a type without a size. */
  readonly size: Int32Array;
}

/** One of the two BTFs, and what its types are. */
export interface Side {
  readonly btf: Btf;
  readonly flat: Flat;
  readonly shapes: Shapes;
}

/** Also of what is larger than 32 bits tell. */
export const NO_SIZE = -1;
