import type { Btf } from "../btf.js";
import { typeIdAt } from "../read.js";

export interface Roots {
  /** Dump these types, in this order, instead of all. */
  readonly rootIds?: readonly number[];
}

/**
 * The ids of the types to dump: of `btf` without its base, unless there are roots.
 * @throws BtfError `type-id` when there is no such type.
 */
export function selectedIds(btf: Btf, { rootIds }: Roots): ArrayLike<number> {
  return rootIds === undefined ? idsBetween(btf.startId, btf.endId) : rootIds.map((id) => typeIdAt(btf, id));
}

/** From `start` up to but not `end`. */
export function idsBetween(start: number, end: number): Uint32Array {
  const ids = new Uint32Array(end - start);
  for (let i = 0; i < ids.length; i++) ids[i] = start + i;
  return ids;
}
