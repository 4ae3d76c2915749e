import type { Btf } from "../btf.js";
import { typeIdAt } from "../read.js";
import { bpftoolOrder } from "./bpftool-order.js";
import { newBpftoolStyle } from "./bpftool-style.js";
import { type CDump, newCDump } from "./c-dump.js";
import { newEmission, putDefinition } from "./definitions.js";
import { newExactStyle } from "./exact-style.js";
import { putKfuncs } from "./kfuncs.js";
import { orderDefinitions } from "./order.js";
import { orderByName } from "./order-by-name.js";
import { definableTypes, markReferenced } from "./referenced.js";
import { idsBetween, type Roots } from "./roots.js";
import { type Chunks, isFull, put, takeChunk } from "./text.js";

export interface COptions extends Roots {
  /** `exact` by default; see {@link dumpC}. */
  readonly style?: "exact" | "bpftool";
  /** Write types in the order of their ids, instead of by kind and name. Of no effect with `rootIds`. */
  readonly unsorted?: boolean;
}

/**
 * Dumps types as a C header, those of the base of split BTF among them: types in an order in which C can be compiled,
 * prototypes of the kernel's functions that are tagged as kfuncs, and what BPF programs need around them.
 *
 * In the style `exact` clang compiles it, as C11 to C17 and with no other flag, to types laid out as the BTF says, for
 * BPF and 64-bit machines. What lies where does not depend on alignment: gaps are filled, and what is not aligned is
 * packed; alignment that only an attribute asked for is not in BTF, and is not claimed. Structs without a name of
 * their own as members (ms-extensions) are written out. The second type of a name gets the suffix `___2`, as do names that
 * C has for itself, or cannot have; bytes that no identifier has are written as `_xx`. Of what C cannot say a comment with
 * `is missing:` tells, and its place is kept free.
 *
 * The style `bpftool` is that of `bpftool btf dump file … format c`, byte for byte as version 7.8 has it, with its
 * faults. Unless `unsorted`, the first type of its order is missing (in a vmlinux that is an enum without a name). A
 * struct is said to be packed where that explains its layout, but unions are not, and members of ms-extensions need a
 * compiler's flag to be laid out right. Names are written as they are: of one that is no identifier, or that has
 * line feeds in it, no C comes, or some other C. Make the text printable before it gets to a terminal. Where bpftool
 * would not end, or end with a fault, this throws.
 *
 * @throws BtfError `type-id` for a root that does not exist; `kind` when there is a type of a kind that this library
 * does not know; `too-complex` when a type contains itself, or the types are too deep within each other or repeat each
 * other so often that the text gets out of proportion, after any number of chunks.
 */
export function dumpC(btf: Btf, options: COptions = {}): Chunks {
  return chunksOf(newCDump(btf, options.style === "bpftool" ? newBpftoolStyle : newExactStyle), options);
}

/** Writes all that is to be dumped, in chunks. */
export function* chunksOf(dump: CDump, options: COptions): Chunks {
  const { flat, text, work, style } = dump;
  const referenced = markReferenced(flat);
  const definitions = orderDefinitions(flat, referenced, rootsOf(dump, referenced, options), work);
  const emission = newEmission(dump);
  put(text, style.head);
  for (const id of definitions) {
    putDefinition(emission, id);
    if (isFull(text)) yield takeChunk(text);
  }
  if (options.rootIds === undefined) putKfuncs(dump);
  put(text, style.tail);
  yield takeChunk(text);
}

function rootsOf(
  { btf, flat, work }: CDump,
  referenced: Uint8Array,
  { rootIds, unsorted = false, style }: COptions,
): ArrayLike<number> {
  if (rootIds !== undefined) return rootIds.map((id) => typeIdAt(btf, id));
  if (unsorted) return idsBetween(1, btf.endId);
  // bpftool goes through its sorted list as through ids, from 1 on.
  if (style === "bpftool") return bpftoolOrder(flat, referenced, work).subarray(1);
  return orderByName(flat, definableTypes(flat), work).ordered;
}
