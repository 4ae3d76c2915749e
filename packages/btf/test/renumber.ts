import type { WritableType } from "../src/index.js";

/**
 * The types in another order, with every reference changed to go with it: the one at `order[i]` becomes the
 * `i`-th. Ids are those of a BTF without a base.
 */
export function renumber(types: readonly WritableType[], order: readonly number[]): WritableType[] {
  const places = new Map(order.map((from, to) => [from + 1, to + 1]));
  const place = (id: number): number => places.get(id) ?? 0;
  return order.map((index) => {
    const type = types[index];
    if (type === undefined) throw new RangeError(`no type at ${index}`);
    return withReferences(type, place);
  });
}

/** The type with `place` of each id in place of it. */
function withReferences(type: WritableType, place: (id: number) => number): WritableType {
  const moved = <T extends { readonly typeId: number }>(part: T): T => ({
    ...part,
    typeId: place(part.typeId),
  });
  switch (type.kind) {
    case "int":
    case "enum":
    case "enum64":
    case "fwd":
    case "float":
      return type;
    case "array":
      return { ...moved(type), indexTypeId: place(type.indexTypeId) };
    case "struct":
    case "union":
      return { ...type, members: type.members.map(moved) };
    case "func_proto":
      return { ...type, returnTypeId: place(type.returnTypeId), params: type.params.map(moved) };
    case "datasec":
      return { ...type, vars: type.vars.map(moved) };
    default:
      return moved(type);
  }
}
