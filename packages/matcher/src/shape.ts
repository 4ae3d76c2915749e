import { fieldClass, memberTypeOf } from "@core/btf";
import { familyOf, pointNameOf, type Spec } from "@core/spec";

/** In what names decode to that are no UTF-8, of which two may look the same. */
const MALFORMED = "\ufffd";

/** Longest shape, in characters. Real ones have some dozens. */
const MAX_SHAPE = 1024;

/**
 * What matching a field access with a target depends on, as far as it is the local object's: accesses of equal shape
 * come to the same in every type of every target. `undefined` for what is about no field, or cannot be told.
 */
export function shapeOf({ btf, kind, points }: Spec): string | undefined {
  if (familyOf(kind) !== "field") return undefined;
  let shape = `${kind} ${btf.order}`;
  for (const point of points) {
    // The target has anonymous members of its own. No name has a 0 in it.
    if (point.via === "anonymous") continue;
    if (point.via !== "member") {
      shape += `\0${point.index}`;
      continue;
    }
    const fields = fieldClass(btf, memberTypeOf(btf, point.typeId, point.index));
    shape += `\0.${pointNameOf(btf, point)}\0${fields}`;
    if (fields === undefined || shape.length > MAX_SHAPE) return undefined;
  }
  return shape.includes(MALFORMED) ? undefined : shape;
}
