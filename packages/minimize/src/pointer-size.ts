import { type Btf, kindOf, nameOf, ownSizeOf, type TypeId } from "@core/btf";

/**
 * The integers of one layer that may tell how long its pointers are: all of 4 or 8 bytes that are some `long`. Of
 * these readers of BTF take the first whose name they know.
 */
export function longsOf(btf: Btf): readonly TypeId[] {
  const longs: TypeId[] = [];
  for (let id = btf.startId; id < btf.endId; id = (id + 1) as TypeId) {
    if (kindOf(btf, id) !== "int") continue;
    const size = ownSizeOf(btf, id);
    if ((size === 4 || size === 8) && nameOf(btf, id).includes("long")) longs.push(id);
  }
  return longs;
}
