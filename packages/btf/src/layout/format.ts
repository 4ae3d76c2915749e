import type { Btf, TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import {
  arrayElementOf,
  arrayNelemsOf,
  kflagOf,
  nameOf,
  ownSizeOf,
  rawKindOf,
  referredTypeOf,
} from "../read.js";
import { skipModifiers } from "../resolve.js";
import { type Enumerator, typeById } from "../types.js";
import { formatFunction, formatTypeName, withoutTags } from "./declaration.js";
import { summaryOf } from "./summary.js";
import type { Layout, LayoutMember } from "./types.js";

export interface FormatLayoutOptions {
  /** Bytes of a cache line: 64 when it is not given. */
  readonly cacheline?: number;
}

/**
 * A layout as pahole 1.24 prints it, but for two things: it gives a `const struct` without a name a summary of its
 * own, and takes a struct for packed once it has printed another one that needs it to be. Structs that were
 * expanded stand in the same columns as others do; where that is by a typedef, a comment names it. Names are as in
 * the BTF, not yet made printable.
 */
export function formatLayout(btf: Btf, layout: Layout, { cacheline = 64 }: FormatLayoutOptions = {}): string {
  const printer: Printer = { btf, cacheline, line: 0 };
  const nameSpacing = layout.kind === "union" ? 21 : 23;
  const place: Place = {
    level: 0,
    typeSpacing: 26,
    nameSpacing,
    base: 0,
    isLast: false,
    isFirst: false,
    isInUnion: false,
    typesLeft: MAX_TYPES,
  };
  return `${formatBody(printer, layout, place, "", true)};\n`;
}

interface Printer {
  readonly btf: Btf;
  readonly cacheline: number;
  /** The cache line of the last member that was printed. */
  line: number;
}

/** Where something is printed. */
interface Place {
  /** Tabs in front of what encloses it. */
  readonly level: number;
  /** Columns for a type, and for a member's name. */
  readonly typeSpacing: number;
  readonly nameSpacing: number;
  /** Offset of the struct or union from the start of the outermost, in bytes. */
  readonly base: number;
  /** Of the member: the last or first of its struct, in a union or in a struct in one. */
  readonly isLast: boolean;
  readonly isFirst: boolean;
  readonly isInUnion: boolean;
  /** How many more types the member's declaration may lead through. A type may lead back to itself. */
  readonly typesLeft: number;
}

const MAX_TYPES = 64;

const tabs = (level: number): string => "\t".repeat(level);

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** From the keyword to the closing brace, and what comes after it. */
function formatBody(
  printer: Printer,
  layout: Layout,
  place: Place,
  suffix: string,
  hasSummary: boolean,
): string {
  const head = `${layout.kind}${layout.name === "" ? "" : ` ${layout.name}`} {\n`;
  const inner = { ...place, level: place.level + 1 };
  const members =
    layout.kind === "union" ? formatUnion(printer, layout, inner) : formatStruct(printer, layout, inner);
  const summary =
    hasSummary && layout.kind === "struct"
      ? summaryOf(layout, printer.cacheline).map((line) => `${tabs(inner.level)}${line}\n`)
      : [];
  const packed = layout.isPacked ? PACKED : "";
  const aligned =
    layout.kind === "struct" && layout.alignment !== 0
      ? ` __attribute__((__aligned__(${layout.alignment})))`
      : "";
  const end = `${tabs(place.level)}}${packed}${aligned}${suffix === "" ? "" : ` ${suffix}`}`;
  return head + members + (summary.length > 0 ? `\n${summary.join("")}` : "") + end;
}

function formatUnion(printer: Printer, { members }: Layout, place: Place): string {
  const { line } = printer;
  let text = "";
  for (const member of members) {
    text += `${tabs(place.level)}${formatMember(printer, member, { ...place, isInUnion: true }, true)}\n`;
    // Each member starts over.
    printer.line = line;
  }
  return text;
}

function formatStruct(printer: Printer, layout: Layout, place: Place): string {
  const indent = tabs(place.level);
  let text = "";
  let hasComments = false;
  const comment = (words: string): void => {
    if (!hasComments) text += "\n";
    hasComments = true;
    text += `${indent}/* ${words} */\n`;
  };
  const { bits, bytes } = layout.before;
  if (bits > 0) comment(`XXX ${plural(bits, "bit")} hole, try to pack`);
  if (bytes > 0) comment(`XXX ${plural(bytes, "byte")} hole, try to pack`);

  let last: LayoutMember | undefined;
  let lastSize = 0;
  for (const [i, member] of layout.members.entries()) {
    if (last !== undefined && lastSize !== 0) {
      if (last.hole.bits !== 0 && member.bitSize !== 0) {
        const isForced = last.offset !== member.offset;
        if (isForced) text += `\n${indent}/* Force alignment to the next boundary: */\n`;
        text += `${indent}${declare(printer, member, member.typeId, "", place)}:${isForced ? 0 : last.hole.bits};\n`;
      }
      const between = member.offset - last.offset;
      const isBack = between < 0 || (between === 0 && last.bitSize === 0 && member.bitSize !== 0);
      if (isBack) comment("Bitfield combined with previous fields");
      else if (between > 0 && between < lastSize) comment("Bitfield combined with next fields");
    }
    if (hasComments) text += "\n";
    hasComments = false;
    const where = { ...place, isLast: i === layout.members.length - 1, isFirst: last === undefined };
    text += `${indent}${formatMember(printer, member, where, false)}\n`;
    for (const words of remarksOn(member)) comment(words);

    const isNew = last === undefined || lastSize === 0 || last.offset !== member.offset;
    if (isNew || (last?.bitSize === 0 && member.bitSize !== 0)) lastSize = member.size;
    last = member;
  }
  return text;
}

function remarksOn({ hole, typePadding }: LayoutMember): string[] {
  return [
    ...(typePadding > 0 ? [`XXX last struct has ${plural(typePadding, "byte")} of padding`] : []),
    ...(hole.bits !== 0 ? [`XXX ${plural(hole.bits, "bit")} hole, try to pack`] : []),
    ...(hole.bytes > 0 ? [`XXX ${plural(hole.bytes, "byte")} hole, try to pack`] : []),
  ];
}

/** A member with its offset and size, and before it where a cache line began. */
function formatMember(printer: Printer, member: LayoutMember, place: Place, isOfUnion: boolean): string {
  const offset = member.offset + place.base;
  const boundary = formatBoundary(printer, offset, place.level);
  const inside = { ...place, base: isOfUnion ? place.base : offset, typesLeft: MAX_TYPES };
  const declaration = declare(printer, member, member.typeId, member.name, inside);
  const bitfield = member.bitSize === 0 ? "" : `:${member.bitSize}`;
  const aligned = member.alignment === 0 ? "" : ` __attribute__((__aligned__(${member.alignment})))`;
  const text = `${declaration}${bitfield}${aligned};`;
  // Of what is shown in place, only what follows the closing brace counts.
  const width = isInPlace(printer.btf, member)
    ? Math.abs(
        place.typeSpacing +
          place.nameSpacing -
          3 -
          (aligned.length +
            (member.name === "" ? -1 : member.name.length) +
            (member.inner?.isPacked ? PACKED.length : 0)),
      )
    : place.typeSpacing + place.nameSpacing - text.length;
  return `${boundary}${text}${" ".repeat(Math.max(1, width))}/* ${formatPosition(member, offset)} */`;
}

const PACKED = " __attribute__((__packed__))";

function formatPosition({ bitOffset, bitSize, size, offset }: LayoutMember, shown: number): string {
  if (bitSize === 0) return `${pad(shown, 5)} ${pad(size, 5)}`;
  return `${pad(shown, 5)}:${pad(bitOffset - offset * 8, 2)} ${pad(size, 2)}`;
}

const pad = (number: number, width: number): string => String(number).padStart(width);

function formatBoundary(printer: Printer, offset: number, level: number): string {
  const { cacheline } = printer;
  const line = Math.floor(offset / cacheline);
  if (line <= printer.line) return "";
  printer.line = line;
  const past = offset % cacheline;
  const ago = past === 0 ? "" : ` was ${plural(past, "byte")} ago`;
  return `/* --- cacheline ${line} boundary (${offset - past} bytes)${ago} --- */\n${tabs(level)}`;
}

/** Is it a struct, union or enum without a name, which is shown in place? */
function isInline(btf: Btf, id: TypeId): boolean {
  switch (rawKindOf(btf, id)) {
    case Raw.struct:
    case Raw.union:
    case Raw.enum:
    case Raw.enum64:
      return nameOf(btf, id) === "";
    default:
      return false;
  }
}

/** Is all of the declaration a struct, union or enum that is shown in place? */
function isInPlace(btf: Btf, { typeId, inner }: LayoutMember): boolean {
  if (isInline(btf, typeId)) return true;
  if (inner === undefined) return false;
  const kind = rawKindOf(btf, skipModifiers(btf, typeId));
  const isConst = rawKindOf(btf, typeId) === Raw.const;
  return (kind === Raw.struct || kind === Raw.union) && !isConst;
}

function declare(printer: Printer, member: LayoutMember, id: TypeId, name: string, around: Place): string {
  const { btf } = printer;
  const place = { ...around, typesLeft: around.typesLeft - 1 };
  if (place.typesLeft < 0) return plain("...", name, place.typeSpacing);
  const kind = rawKindOf(btf, id);
  switch (kind) {
    case Raw.typeTag:
      return declare(printer, member, withoutTags(btf, id), name, place);
    case Raw.const: {
      const spacing = place.typeSpacing - "const ".length;
      const to = referredTypeOf(btf, id);
      return `const ${declare(printer, member, to, name, { ...place, typeSpacing: spacing })}`;
    }
    case Raw.volatile:
    case Raw.restrict:
    case Raw.typedef:
      if (member.inner === undefined) return plain(formatTypeName(btf, id), name, place.typeSpacing);
      return expand(printer, member, id, name, place);
    case Raw.array: {
      const nelems = arrayNelemsOf(btf, id);
      const isFlexible = nelems === 0 && place.isLast && !place.isFirst && !place.isInUnion;
      const element = arrayElementOf(btf, id);
      // Compilers repeat the qualifier of a flexible array at its elements.
      const shown =
        nelems === 0 && rawKindOf(btf, element) === Raw.const ? referredTypeOf(btf, element) : element;
      return `${declare(printer, member, shown, name, place)}[${isFlexible ? "" : nelems}]`;
    }
    case Raw.ptr: {
      const to = withoutTags(btf, referredTypeOf(btf, id));
      if (rawKindOf(btf, to) === Raw.funcProto) return formatFunction(btf, to, `*${name}`, place.typeSpacing);
      if (isInline(btf, to)) return declarePointer(printer, member, to, name, place);
      return plain(formatTypeName(btf, id), name, place.typeSpacing);
    }
    case Raw.funcProto:
      return formatFunction(btf, id, name, place.typeSpacing);
    case Raw.struct:
    case Raw.union: {
      const { inner } = member;
      if (inner === undefined) return keyword(kind === Raw.struct ? "struct" : "union", btf, id, name, place);
      return formatBody(printer, inner, { ...place, typeSpacing: place.typeSpacing - 8 }, name, false);
    }
    case Raw.enum:
    case Raw.enum64:
      if (nameOf(btf, id) !== "") return keyword("enum", btf, id, name, place);
      return formatEnum(btf, id, name, place);
    case Raw.fwd:
      return keyword(kflagOf(btf, id) ? "union" : "struct", btf, id, name, place);
    default:
      return plain(formatTypeName(btf, id), name, place.typeSpacing);
  }
}

/** Pads as C's `%-*s` does, to which a negative width is no different. */
const padded = (text: string, width: number): string => text.padEnd(Math.abs(width));

/** What typedefs and modifiers lead to, and a comment that names the typedefs. */
function expand(printer: Printer, member: LayoutMember, id: TypeId, name: string, place: Place): string {
  const { btf } = printer;
  const typedefs: string[] = [];
  const modifiers: string[] = [];
  const behind = skipModifiers(btf, id);
  let current = id;
  for (; current !== behind; current = referredTypeOf(btf, current)) {
    const kind = rawKindOf(btf, current);
    if (kind === Raw.typedef) typedefs.push(nameOf(btf, current));
    else if (kind === Raw.const) modifiers.push("const ");
    else if (kind === Raw.volatile) modifiers.push("volatile ");
  }
  const comment = typedefs.length === 0 ? "" : `/* typedef ${typedefs.join(" -> ")} */ `;
  return comment + modifiers.join("") + declare(printer, member, current, name, place);
}

/** A pointer to a struct, union or enum without a name, which is shown in place, with offsets of its own. */
function declarePointer(
  printer: Printer,
  member: LayoutMember,
  to: TypeId,
  name: string,
  place: Place,
): string {
  const inside = { ...place, base: 0, typeSpacing: place.typeSpacing - 8 };
  return declare(printer, member, to, `* ${name}`, inside);
}

const plain = (type: string, name: string, spacing: number): string => `${padded(type, spacing)} ${name}`;

const keyword = (word: string, btf: Btf, id: TypeId, name: string, { typeSpacing }: Place): string =>
  `${word} ${padded(nameOf(btf, id), typeSpacing - word.length - 1)} ${name}`;

function formatEnum(btf: Btf, id: TypeId, name: string, { level }: Place): string {
  const type = typeById(btf, id);
  const enumerators: readonly Enumerator[] = "enumerators" in type ? type.enumerators : [];
  const longest = enumerators.reduce((length, one) => Math.max(length, one.name.length), 0);
  const lines = enumerators.map((one) => `${tabs(level + 1)}${one.name.padEnd(longest)} = ${one.value},\n`);
  const packed = ownSizeOf(btf, id) === 4 ? "" : PACKED;
  return `enum {\n${lines.join("")}${tabs(level)}}${packed}${name === "" ? "" : ` ${name}`}`;
}
