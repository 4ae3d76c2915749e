import fc from "fast-check";
import type { WritableType } from "../src/index.js";
import { int } from "./build.js";

// Random types that bpftool dumps as C to the end: nothing contains itself, and all members have a size.

/** What one type is made of: numbers of which each picks something. */
interface Choice {
  readonly kind: number;
  readonly name: number;
  readonly type: number;
  readonly number: number;
  readonly elements: readonly { readonly name: number; readonly type: number; readonly number: number }[];
}

const choice: fc.Arbitrary<Choice> = fc.record({
  kind: fc.nat(99),
  name: fc.nat(),
  type: fc.nat(),
  number: fc.nat(),
  elements: fc.array(fc.record({ name: fc.nat(), type: fc.nat(), number: fc.nat() }), { maxLength: 5 }),
});

export function declarableTypes(maxTypes = 80): fc.Arbitrary<WritableType[]> {
  return fc.array(choice, { minLength: 1, maxLength: maxTypes }).map(typesOf);
}

const NUMBERS: readonly WritableType[] = [
  int("char", 1),
  int("int", 4),
  int("long int", 8),
  { kind: "float", name: "double", size: 8 },
];
const NAMES = ["a", "b", "ab", "list", "list___2", "node", "x1", "é"];
const MAYBE_NAMES = ["", ...NAMES];
const SIZES = [0, 1, 4, 8, 12, 24, 64, 136];

const pick = <T>(from: readonly T[], n: number): T => from[n % from.length]!;

function typesOf(choices: readonly Choice[]): WritableType[] {
  const types = [...NUMBERS];
  /** What may be embedded: what leads to something with a size. */
  const sized = NUMBERS.map((_, i) => i + 1);
  const first = NUMBERS.length + 1;
  // A pointer may also lead to a struct that comes later, which has a name.
  const named = choices.flatMap((one, i) => (isNamedStruct(one) ? [first + i] : []));
  for (const one of choices) {
    const id = types.length + 1;
    const type = typeOf(one, id, sized, named);
    types.push(type);
    if (hasSize(type, sized)) sized.push(id);
  }
  return types;
}

const STRUCT_FROM = 25;
const STRUCT_TO = 55;
const isNamedStruct = ({ kind, name }: Choice): boolean =>
  kind >= STRUCT_FROM && kind < STRUCT_TO && pick(MAYBE_NAMES, name) !== "";

function hasSize(type: WritableType, sized: readonly number[]): boolean {
  switch (type.kind) {
    case "ptr":
    case "struct":
    case "union":
    case "enum":
    case "enum64":
      return true;
    case "fwd":
    case "func_proto":
      return false;
    default:
      return "typeId" in type && sized.includes(type.typeId);
  }
}

function typeOf(one: Choice, id: number, sized: readonly number[], named: readonly number[]): WritableType {
  const { kind, number } = one;
  const anyEarlier = one.type % id;
  const realName = pick(NAMES, one.name);
  if (kind < 15) return { kind: "ptr", typeId: anyEarlier };
  if (kind < STRUCT_FROM) return { kind: "ptr", typeId: named.length > 0 ? pick(named, one.type) : 0 };
  if (kind < STRUCT_TO) return structOf(one, id, sized);
  if (kind < 62)
    return { kind: pick(["const", "volatile", "restrict"] as const, number), typeId: anyEarlier };
  if (kind < 68) return { kind: "array", typeId: pick(sized, one.type), indexTypeId: 2, nelems: number % 5 };
  if (kind < 76) return enumOf(one);
  if (kind < 79) return { kind: "fwd", name: realName, of: pick(["struct", "union"] as const, number) };
  if (kind < 88) return { kind: "typedef", name: realName, typeId: anyEarlier };
  if (kind < 92) return { kind: "type_tag", name: realName, typeId: anyEarlier, attribute: number % 2 === 0 };
  return {
    kind: "func_proto",
    returnTypeId: anyEarlier,
    params: one.elements.map(({ name, type }) => ({ name: pick(MAYBE_NAMES, name), typeId: type % id })),
  };
}

function structOf(
  { kind, name, number, elements }: Choice,
  id: number,
  sized: readonly number[],
): WritableType {
  const hasBitfields = number % 3 === 0;
  const step = pick([8, 32, 64, 64], number);
  return {
    kind: kind % 3 === 0 ? "union" : "struct",
    name: pick(MAYBE_NAMES, name),
    size: pick(SIZES, number),
    members: elements
      .map((element, i) => ({
        // Members of one name, which C does not have, would be many.
        name: element.name % 5 === 0 ? "" : `${pick(NAMES, element.name)}_${id}_${i}`,
        typeId: pick(sized, element.type),
        bitOffset: step * (element.number % 12) + (hasBitfields ? element.number % 7 : 0),
        bitSize: hasBitfields ? element.number % 9 : 0,
      }))
      .sort((a, b) => a.bitOffset - b.bitOffset),
  };
}

function enumOf({ name, number, elements }: Choice): WritableType {
  return {
    kind: number % 3 === 0 ? "enum64" : "enum",
    name: pick(MAYBE_NAMES, name),
    size: pick([1, 4, 8], number),
    signed: number % 2 === 0,
    enumerators: elements.map((element) => ({
      name: pick(NAMES, element.name),
      value: BigInt(element.number),
    })),
  };
}
