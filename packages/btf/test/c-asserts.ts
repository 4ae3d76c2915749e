import { chunksOf } from "../src/dump/c.js";
import { type CDump, newCDump, putTypeName } from "../src/dump/c-dump.js";
import { newExactStyle } from "../src/dump/exact-style.js";
import { newText, takeChunk, textOf } from "../src/dump/text.js";
import {
  type Btf,
  type BtfType,
  idsByName,
  type Member,
  parseBtf,
  sizeOf,
  skipModifiers,
  type TypeId,
  typeById,
  typeIdAt,
} from "../src/index.js";
import { naturalAlignment } from "../src/layout/alignment.js";
import { btfOfC } from "./clang.js";

/** A header, and names by which its types can be asked for. */
interface Header {
  readonly text: string;
  /** Structs and unions with a name or a typedef, as C calls them. */
  readonly names: ReadonlyMap<TypeId, string>;
}

function headerOf(btf: Btf): Header {
  const dump = newCDump(btf, newExactStyle);
  const text = textOf(chunksOf(dump, {}));
  const names = new Map<TypeId, string>();
  for (let i = 1; i < btf.endId; i++) {
    const id = typeIdAt(btf, i);
    const type = typeById(btf, id);
    if ((type.kind === "struct" || type.kind === "union") && type.name !== "") {
      names.set(id, `${type.kind} ${nameInC(dump, id)}`);
    } else if (type.kind === "typedef") {
      const target = typeById(btf, type.typeId);
      if ((target.kind === "struct" || target.kind === "union") && target.name === "") {
        names.set(type.typeId, nameInC(dump, id));
      }
    }
  }
  return { text, names };
}

function nameInC(dump: CDump, id: TypeId): string {
  const text = newText(dump.work);
  putTypeName({ ...dump, text }, id);
  return textOf([takeChunk(text)]);
}

/** What a name leads to from the beginning of a type, such as `a.b`. */
interface Place {
  readonly path: string;
  readonly member: Member;
  /** In bits, from the beginning of the whole type. */
  readonly offset: number;
}

type Composite = Extract<BtfType, { readonly members: readonly Member[] }>;
const isComposite = (type: BtfType): type is Composite => type.kind === "struct" || type.kind === "union";

/** Keywords that are names of members in tests. */
const KEYWORDS = new Set(["inline"]);

/** How a member's name is written. */
const memberInC = (name: string): string => {
  if (KEYWORDS.has(name)) return `${name}___2`;
  if (/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name)) return name;
  const bytes = [...Buffer.from(name)].map((byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9_$]/.test(char) ? char : `_${byte.toString(16).padStart(2, "0")}`;
  });
  return `${bytes.join("")}___2`;
};

/** All members with a name, those of nameless structs within the type included. */
function* placesOf(btf: Btf, id: TypeId, prefix = "", base = 0): Generator<Place> {
  const type = typeById(btf, id);
  if (!isComposite(type)) return;
  for (const member of type.members) {
    const offset = base + member.bitOffset;
    const inner = skipModifiers(btf, member.typeId);
    if (member.name === "") {
      yield* placesOf(btf, inner, prefix, offset);
      continue;
    }
    const name = memberInC(member.name);
    yield { path: prefix + name, member, offset };
    const innerType = typeById(btf, inner);
    if (isComposite(innerType) && innerType.name === "") {
      yield* placesOf(btf, inner, `${prefix}${name}.`, offset);
    }
  }
}

const isWithin = (btf: Btf, id: TypeId, offset: number, { typeId }: Member): boolean =>
  offset % 8 === 0 && offset + 8 * sizeOf(btf, typeId) <= 8 * sizeOf(btf, id);

/** A header that compiles when each type, as C has it, is laid out as BTF says. */
export function assertingHeader(btf: Btf): { readonly text: string; readonly count: number } {
  const { text, names } = headerOf(btf);
  const asserts: string[] = [];
  const alignments = new Map<TypeId, number>();
  for (const [id, name] of names) {
    const is = (what: string, expected: number) =>
      asserts.push(`_Static_assert(${what} == ${expected}, "${what}");`);
    is(`sizeof(${name})`, sizeOf(btf, id));
    // A packed one has less than its members would have.
    is(`${naturalAlignment(btf, alignments, id)} % _Alignof(${name})`, 0);
    for (const { path, member, offset } of placesOf(btf, id)) {
      // Nothing is behind the end in C, nor between bytes.
      if (member.bitSize !== 0 || !isWithin(btf, id, offset, member)) continue;
      is(`__builtin_offsetof(${name}, ${path})`, offset / 8);
      const size = sizeOf(btf, member.typeId);
      // A flexible array has none.
      if (size > 0) is(`sizeof(((${name} *)0)->${path})`, size);
    }
  }
  return { text: `${text}\n${asserts.join("\n")}\n`, count: asserts.length };
}

/** All that a struct says about its layout, a line for each member. */
const layoutLines = (btf: Btf, id: TypeId): string[] => [
  `${sizeOf(btf, id)} bytes`,
  ...[...placesOf(btf, id)].map(
    ({ path, member, offset }) =>
      `${path} at ${offset}: ${member.bitSize || 8 * sizeOf(btf, member.typeId)} bits`,
  ),
];

/** clang's time for what is used grows with its square. */
const USES = 1000;

/** C of which a compiler tells all structs of a header, some with each. */
function* usingAll({ text, names }: Header): Generator<string> {
  const all = [...names.values()];
  for (let i = 0; i < all.length; i += USES) {
    const uses = all.slice(i, i + USES).map((name, n) => `${name} *use_${n};`);
    yield `#define BPF_NO_PRESERVE_ACCESS_INDEX\n${text}\n${uses.join("\n")}\n`;
  }
}

/** The structs that do not come back from clang as they are. */
export function notComingBack(btf: Btf): string[] {
  const header = headerOf(btf);
  const different = new Map(header.names);
  for (const c of usingAll(header)) {
    const back = parseBtf(btfOfC(c, btf.order === "little" ? "bpfel" : "bpfeb"));
    for (const [id, name] of different) {
      const found = findInC(back, name);
      if (found === undefined) continue;
      if (layoutLines(back, found).join("\n") === layoutLines(btf, id).join("\n")) different.delete(id);
    }
  }
  return [...different.values()];
}

/** What C calls `struct name` or, when it is a typedef's, `name`. */
function findInC(btf: Btf, name: string): TypeId | undefined {
  const [word, tag] = name.split(" ");
  for (const id of idsByName(btf, tag ?? name, "exact")) {
    const type = typeById(btf, id);
    if (tag !== undefined && type.kind === word) return id;
    if (tag === undefined && type.kind === "typedef") return type.typeId;
  }
  return undefined;
}
