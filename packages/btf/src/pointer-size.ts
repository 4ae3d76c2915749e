import type { Btf, TypeId } from "./btf.js";
import { Raw } from "./kinds.js";
import { nameOf, ownSizeOf } from "./read.js";

/** How compilers spell `long` and `unsigned long` (libbpf: determine_ptr_size). */
const LONG = new Set([
  "long",
  "long int",
  "int long",
  "unsigned long",
  "long unsigned",
  "unsigned long int",
  "unsigned int long",
  "long unsigned int",
  "long int unsigned",
  "int unsigned long",
  "int long unsigned",
]);

/**
 * Bytes of a pointer: as given to the parser, else the base's, else guessed from `long` when first asked for, else 8
 * (libbpf: btf__pointer_size).
 */
export function pointerSizeOf(btf: Btf): 4 | 8 {
  const known = knownPointerSize(btf);
  return known === "none" ? 8 : known;
}

/** A base that knows decides for what is split from it (libbpf: determine_ptr_size). */
function knownPointerSize(btf: Btf): 4 | 8 | "none" {
  if (btf.knownPointerSize === undefined) {
    const ofBase = btf.base === undefined ? "none" : knownPointerSize(btf.base);
    btf.knownPointerSize = ofBase === "none" ? guess(btf) : ofBase;
  }
  return btf.knownPointerSize;
}

/** The size of the first `long` of 4 or 8 bytes. */
function guess(btf: Btf): 4 | 8 | "none" {
  const { kinds, startId } = btf;
  for (let i = kinds.indexOf(Raw.int); i !== -1; i = kinds.indexOf(Raw.int, i + 1)) {
    const id = (startId + i) as TypeId;
    const size = ownSizeOf(btf, id);
    if ((size === 4 || size === 8) && LONG.has(nameOf(btf, id))) return size;
  }
  return "none";
}
