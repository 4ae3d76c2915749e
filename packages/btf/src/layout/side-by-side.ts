import type { Btf } from "../btf.js";
import { Raw } from "../kinds.js";
import { arrayElementOf, arrayNelemsOf, rawKindOf, referredTypeOf } from "../read.js";
import { wordAt } from "../words.js";
import { formatFunction, formatTypeName, withoutTags } from "./declaration.js";
import type { Layout, LayoutMember } from "./types.js";

/** A layout, and the BTF that it is of. */
export interface LayoutSide {
  readonly btf: Btf;
  readonly layout: Layout;
}

/** Members of one name in two layouts, or one that only one of them has there. */
export interface LayoutRow {
  /** How many structs and unions, shown in place, are around it. */
  readonly level: number;
  readonly before: LayoutMember | undefined;
  readonly after: LayoutMember | undefined;
  /** Of what is around it in each layout, from the start of the outermost struct or union, in bytes. */
  readonly bases: readonly [before: number, after: number];
  /** Declared in the same words, at the same offset from the start of the outermost, and of the same size. */
  readonly isSame: boolean;
}

/**
 * The members of two layouts, those of anonymous structs and unions after them, such that as many as possible with the
 * same name share a row without any changing its place in its own layout.
 */
export function alignLayouts(before: LayoutSide, after: LayoutSide): LayoutRow[] {
  const rows: LayoutRow[] = [];
  collect(before.layout.members, after.layout.members, 0, [0, 0]);
  return rows;

  function collect(
    old: readonly LayoutMember[],
    now: readonly LayoutMember[],
    level: number,
    bases: LayoutRow["bases"],
  ): void {
    for (const [a, b] of align(old, now)) {
      const same = bases[0] === bases[1] && isSame(before.btf, a, after.btf, b);
      rows.push({ level, before: a, after: b, bases, isSame: same });
      const inner = [bases[0] + (a?.offset ?? 0), bases[1] + (b?.offset ?? 0)] as const;
      collect(a?.inner?.members ?? [], b?.inner?.members ?? [], level + 1, inner);
    }
  }
}

const isSame = (old: Btf, a: LayoutMember | undefined, now: Btf, b: LayoutMember | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.bitOffset === b.bitOffset &&
  a.bitSize === b.bitSize &&
  a.size === b.size &&
  declarationOf(old, a).whole === declarationOf(now, b).whole;

type Row = readonly [before: LayoutMember | undefined, after: LayoutMember | undefined];

/** Beyond so many combinations only what is at the same place goes together. */
const MAX_COMBINATIONS = 1 << 22;

/** The longest common subsequence of the members' names. */
function align(old: readonly LayoutMember[], now: readonly LayoutMember[]): Row[] {
  if (old.length * now.length > MAX_COMBINATIONS) return alignByPlace(old, now);
  const width = now.length + 1;
  // How many have a partner from each pair of positions on.
  const lengths = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const [a, b] = [old[i], now[j]];
      lengths[i * width + j] =
        a && b && keyOf(a) === keyOf(b)
          ? wordAt(lengths, (i + 1) * width + j + 1) + 1
          : Math.max(wordAt(lengths, (i + 1) * width + j), wordAt(lengths, i * width + j + 1));
    }
  }
  const rows: Row[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    const [a, b] = [old[i], now[j]];
    if (a && b && keyOf(a) === keyOf(b)) rows.push([old[i++], now[j++]]);
    else if (
      b === undefined ||
      (a && wordAt(lengths, (i + 1) * width + j) >= wordAt(lengths, i * width + j + 1))
    ) {
      rows.push([old[i++], undefined]);
    } else rows.push([undefined, now[j++]]);
  }
  return rows;
}

function alignByPlace(old: readonly LayoutMember[], now: readonly LayoutMember[]): Row[] {
  return Array.from({ length: Math.max(old.length, now.length) }).flatMap((_, i): Row[] => {
    const [a, b] = [old[i], now[i]];
    return a && b && keyOf(a) === keyOf(b)
      ? [[a, b]]
      : [...(a ? [[a, undefined] as Row] : []), ...(b ? [[undefined, b] as Row] : [])];
  });
}

/** Anonymous members go with others of their kind. */
const keyOf = ({ name, inner }: LayoutMember): string => (name === "" ? `${inner?.kind ?? ""} {` : name);

export interface SideBySideOptions {
  /** Characters that a line has at most, if that is 70 or more; types are cut short for it. No limit unless given. */
  readonly columns?: number | undefined;
}

/**
 * Two layouts beside each other, a line for each row and for each hole, as sdiff does: between the two columns a
 * `|` where they differ, `<` and `>` where there is something on one side only. Behind a member stand its offset
 * from the start of the outermost struct or union and its size, in bytes. Names are as in the BTF, not yet made printable.
 */
export function formatSideBySide(
  before: LayoutSide,
  after: LayoutSide,
  { columns = Number.POSITIVE_INFINITY }: SideBySideOptions = {},
): string[] {
  const room = Math.floor((Math.max(columns, LEAST_COLUMNS) - MARK) / 2) - NUMBERS;
  const lines: (readonly [left: string, mark: string, right: string])[] = [];
  const head = ({ layout }: LayoutSide): string => `${layout.kind} ${layout.name}, ${layout.size} bytes`;
  const holesBefore = [holeText(before.layout.before), holeText(after.layout.before)] as const;
  lines.push([head(before), head(before) === head(after) ? " " : "|", head(after)]);
  pushHole(1, ...holesBefore);
  for (const { level, before: a, after: b, bases, isSame: same } of alignLayouts(before, after)) {
    const left = a === undefined ? "" : cell(before.btf, a, level + 1, bases[0], room);
    const right = b === undefined ? "" : cell(after.btf, b, level + 1, bases[1], room);
    lines.push([left, a === undefined ? ">" : b === undefined ? "<" : same ? " " : "|", right]);
    pushHole(level + 1, a === undefined ? "" : holeText(a.hole), b === undefined ? "" : holeText(b.hole));
  }
  pushHole(1, holeText(before.layout.padding, "padding"), holeText(after.layout.padding, "padding"));
  const width = lines.reduce((longest, [left]) => Math.max(longest, left.length), 0);
  return lines.map(([left, mark, right]) => `${left.padEnd(width)} ${mark} ${right}`.trimEnd());

  function pushHole(level: number, left: string, right: string): void {
    if (left === "" && right === "") return;
    const mark = left === right ? " " : left === "" ? ">" : right === "" ? "<" : "|";
    const indented = (text: string): string => (text === "" ? "" : "  ".repeat(level) + text);
    lines.push([indented(left), mark, indented(right)]);
  }
}

function holeText({ bytes, bits }: { readonly bytes: number; readonly bits: number }, what = "hole"): string {
  const parts = [...(bits > 0 ? [`${bits} bits`] : []), ...(bytes > 0 ? [`${bytes} bytes`] : [])];
  return parts.length === 0 ? "" : `/* ${parts.join(" and ")} ${what} */`;
}

const LEAST_COLUMNS = 70;
/** Characters of what stands between the columns. */
const MARK = 3;
/** Columns that a declaration takes where there is room for it, and its offset and size behind it. */
const DECLARATION = 44;
const NUMBERS = 15;

/** `room`: the characters that a declaration may take. */
function cell(btf: Btf, member: LayoutMember, level: number, base: number, room: number): string {
  const { bitOffset, bitSize, offset, size } = member;
  const indent = "  ".repeat(level);
  const text = `${indent}${shortened(declarationOf(btf, member), room - indent.length - 1)};`;
  const place = `${base + offset}${bitSize === 0 ? "" : `:${bitOffset - offset * 8}`}`;
  return `${text.padEnd(Math.min(DECLARATION, room))} ${place.padStart(7)} ${String(size).padStart(6)}`;
}

/** Cut to so many characters: rather its type than its name. */
function shortened({ whole, type, declared }: Declaration, room: number): string {
  if (whole.length <= room) return whole;
  const left = room - declared.length - 2;
  const text = left > 0 && type !== "" ? `${type.slice(0, left)}\u2026 ${declared}` : declared;
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}\u2026`;
}

interface Declaration {
  readonly whole: string;
  /** What stands before the name; nothing for a function. */
  readonly type: string;
  /** The name, and what belongs to it. */
  readonly declared: string;
}

/** A member in C, with an ellipsis for what is shown in place. */
function declarationOf(btf: Btf, { typeId, name, bitSize, inner }: LayoutMember): Declaration {
  const bitfield = bitSize === 0 ? "" : `:${bitSize}`;
  let dimensions = "";
  let type = withoutTags(btf, typeId);
  for (let step = 0; step < MAX_DIMENSIONS && rawKindOf(btf, type) === Raw.array; step++) {
    dimensions += `[${arrayNelemsOf(btf, type)}]`;
    type = withoutTags(btf, arrayElementOf(btf, type));
  }
  const declared = name + dimensions + bitfield;
  const to = rawKindOf(btf, type) === Raw.ptr ? withoutTags(btf, referredTypeOf(btf, type)) : type;
  if (rawKindOf(btf, to) === Raw.funcProto) {
    const whole = formatFunction(btf, to, to === type ? declared : `*${declared}`, 0);
    return { whole, type: "", declared: `(*${declared})(\u2026)` };
  }
  const words =
    inner?.name === ""
      ? `${inner.kind} {...}${to === type ? "" : " *"}`
      : formatTypeName(btf, type).trim().replaceAll("  ", " ");
  return { whole: declared === "" ? words : `${words} ${declared}`, type: words, declared };
}

const MAX_DIMENSIONS = 64;
