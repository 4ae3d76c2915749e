import type { Btf, TypeId } from "./btf.js";
import { Raw } from "./kinds.js";
import { nameOf, ownSizeOf, rawKindOf } from "./read.js";

/** How compilers spell `long` and `unsigned long` (libbpf: determine_ptr_size). */
const LONG = new Set(
  ["long", "int long", "unsigned long", "unsigned int long"].flatMap((name) => permutations(name.split(" "))),
);

function permutations(words: readonly string[]): string[] {
  if (words.length <= 1) return [...words];
  return words.flatMap((word, i) =>
    permutations([...words.slice(0, i), ...words.slice(i + 1)]).map((rest) => `${word} ${rest}`),
  );
}

/** Bytes of a pointer: the size of the first `long` of 4 or 8 bytes; 8 when there is none. */
export function guessPointerSize(btf: Btf): 4 | 8 {
  if (btf.base !== undefined) return btf.base.pointerSize;
  for (let id = btf.startId; id < btf.endId; id++) {
    const typeId = id as TypeId;
    if (rawKindOf(btf, typeId) !== Raw.int) continue;
    const size = ownSizeOf(btf, typeId);
    if ((size === 4 || size === 8) && LONG.has(nameOf(btf, typeId))) return size;
  }
  return 8;
}
