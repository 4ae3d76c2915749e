import { printable } from "@core/bytes";
import type { Btf, TypeId } from "../btf.js";
import { formatType } from "../format-type.js";
import {
  declTagIndexOf,
  enumeratorNameOff,
  intBitsOf,
  intEncodingOf,
  kflagOf,
  kindOf,
  nameOf,
  ownSizeOf,
  paramNameOff,
  paramTypeOf,
  referredTypeOf,
  stringAt,
  vlenOf,
} from "../read.js";
import type {
  BtfDiff,
  EnumeratorChange,
  Field,
  FieldChange,
  FieldChangeCode,
  NamedType,
  Pair,
  TypeChange,
  VarChange,
} from "./types.js";

/**
 * A difference as lines of text, of which the first character tells what it is about: `-` removed, `+` added, `~`
 * changed and compatible, `!` changed and not. Of each changed type a line, and one for each of its fields,
 * enumerators or prototypes, two characters further in. Everything is made printable. Offsets and sizes are in bytes,
 * bitfields are `byte:bit`.
 */
export function formatDiff(diff: BtfDiff, before: Btf, after: Btf): string[] {
  const sides: Sides = { before, after };
  const lines: string[] = [];
  for (const change of diff.changed) {
    for (const line of formatChange(sides, change)) lines.push(printable(line));
  }
  for (const type of diff.removed) lines.push(printable(formatNamed("-", before, type)));
  for (const type of diff.added) lines.push(printable(formatNamed("+", after, type)));
  return lines;
}

interface Sides {
  readonly before: Btf;
  readonly after: Btf;
}

function formatNamed(mark: string, btf: Btf, { kind, name, id, isVariant }: NamedType): string {
  if (kind === "decl_tag") {
    const tagged = referredTypeOf(btf, id);
    const part = declTagIndexOf(btf, id);
    const on = `${keywordOf(kindOf(btf, tagged))} ${nameOf(btf, tagged)}`;
    return `${mark} tag ${name} on ${part === -1 ? "" : `part ${part} of `}${on}`;
  }
  return `${mark} ${keywordOf(kind)} ${name || unnamed(btf, id)}${isVariant ? " (one of several)" : ""}`;
}

/** An enum without a name, by what it begins with. */
const unnamed = (btf: Btf, id: TypeId): string => {
  const first = stringAt(btf, enumeratorNameOff(btf, id, 0));
  return `{ ${first}${vlenOf(btf, id) > 1 ? ", ..." : ""} }`;
};

const keywordOf = (kind: string): string => (kind === "enum64" ? "enum" : kind);

const markOf = (compatible: boolean): string => (compatible ? "~" : "!");

/** `, 8 -> 16 bytes`, or nothing when they are equal. */
const sizes = ([before, after]: Pair<number>): string =>
  before === after ? "" : `, ${before} -> ${after} bytes`;

function formatChange(sides: Sides, change: TypeChange): string[] {
  const { before, after } = sides;
  const mark = markOf(change.compatible);
  const head = `${mark} ${keywordOf(change.kind)} ${change.name || unnamed(after, change.after)}`;
  switch (change.kind) {
    case "struct":
    case "union": {
      const [was, is] = change.kinds;
      const kinds = was === is ? "" : `, ${was} -> ${is}`;
      return [head + kinds + sizes(change.sizes), ...formatFields(sides, change.fields)];
    }
    case "enum":
    case "enum64": {
      const [was, is] = change.signed.map((signed) => (signed ? "signed" : "unsigned"));
      const signs = was === is ? "" : `, ${was} -> ${is}`;
      return [head + sizes(change.sizes) + signs, ...change.enumerators.map(formatEnumerator)];
    }
    case "typedef": {
      const [was, is] = change.targets;
      const parts = [...formatFields(sides, change.fields), ...change.enumerators.map(formatEnumerator)];
      return [parts.length > 0 ? head : `${head}: ${types(sides, was, is)}`, ...parts];
    }
    case "func":
      return [
        head,
        `-   ${formatPrototype(before, referredTypeOf(before, change.before))}`,
        `+   ${formatPrototype(after, referredTypeOf(after, change.after))}`,
      ];
    case "datasec":
      return [head + sizes(change.sizes), ...change.vars.map(formatVar)];
    case "var":
      return [
        `${head}: ${types(sides, referredTypeOf(before, change.before), referredTypeOf(after, change.after))}`,
      ];
    case "int":
      return [`${head}: ${formatInt(before, change.before)} -> ${formatInt(after, change.after)}`];
    case "float":
      return [head + sizes([ownSizeOf(before, change.before), ownSizeOf(after, change.after)])];
    case "fwd": {
      const of = (btf: Btf, id: TypeId): string => (kflagOf(btf, id) ? "union" : "struct");
      return [`${head}: ${of(before, change.before)} -> ${of(after, change.after)}`];
    }
  }
}

function formatVar({ codes, before, after }: VarChange): string {
  if (before === undefined || after === undefined) {
    const { name = "", offset = 0 } = before ?? after ?? {};
    return `${after === undefined ? "-" : "+"}   ${name} at ${offset}`;
  }
  const moved = codes.includes("moved") ? [`moved ${before.offset} -> ${after.offset}`] : [];
  const resized = codes.includes("resized") ? [`resized ${before.size} -> ${after.size} bytes`] : [];
  return `~   ${after.name}: ${[...moved, ...resized].join(", ")}`;
}

function types({ before, after }: Sides, was: TypeId, is: TypeId): string {
  const [old, now] = [formatType(before, was), formatType(after, is)];
  return old === now ? `another ${now}` : `${old} -> ${now}`;
}

function formatInt(btf: Btf, id: TypeId): string {
  const encoding = intEncodingOf(btf, id);
  const words = [
    encoding & 1 ? "signed" : "unsigned",
    ...(encoding & 2 ? ["char"] : []),
    ...(encoding & 4 ? ["bool"] : []),
  ];
  return `${intBitsOf(btf, id)} bits in ${ownSizeOf(btf, id)} bytes, ${words.join(" ")}`;
}

function formatPrototype(btf: Btf, proto: TypeId): string {
  const params = Array.from({ length: vlenOf(btf, proto) }, (_, i) => {
    const type = paramTypeOf(btf, proto, i);
    const name = stringAt(btf, paramNameOff(btf, proto, i));
    if (type === 0) return "...";
    return name === "" ? formatType(btf, type) : `${formatType(btf, type)} ${name}`;
  });
  return `${formatType(btf, referredTypeOf(btf, proto))} (${params.join(", ") || "void"})`;
}

function formatEnumerator({ code, before, after, compatible }: EnumeratorChange): string {
  if (before === undefined) return `+   ${after?.name} = ${after?.value}`;
  if (after === undefined) return `-   ${before.name} = ${before.value}`;
  const mark = markOf(compatible);
  return code === "renamed"
    ? `${mark}   ${before.name} -> ${after.name}: renamed?, ${after.value}`
    : `${mark}   ${before.name}: ${before.value} -> ${after.value}`;
}

/** Those that follow each other and only moved together are told in one line. */
function formatFields(sides: Sides, changes: readonly FieldChange[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < changes.length; ) {
    const first = changes[i];
    if (first === undefined) break;
    const by = shiftOf(first);
    let end = i + 1;
    while (by !== undefined && end < changes.length && shiftOf(changes[end]) === by) end++;
    const last = changes[end - 1];
    lines.push(
      end - i > 1 && by !== undefined
        ? `~   ${first.before?.name} ... ${last?.before?.name} (${end - i} fields): moved by ${by / 8} bytes`
        : formatField(sides, first),
    );
    i = end;
  }
  return lines;
}

/** By how many bits a field moved, if that is all, and by whole bytes. */
function shiftOf(change: FieldChange | undefined): number | undefined {
  if (change?.before === undefined || change.after === undefined) return undefined;
  const by = change.after.bitOffset - change.before.bitOffset;
  return change.codes.join() === "moved" && by % 8 === 0 ? by : undefined;
}

function formatField(sides: Sides, { codes, before, after, compatible }: FieldChange): string {
  if (before === undefined) return after === undefined ? "" : `+   ${declaration(sides.after, after)}`;
  if (after === undefined) return `-   ${declaration(sides.before, before)}`;
  const name = before.name === after.name ? before.name : `${before.name} -> ${after.name}`;
  const what = codes.map((code) => formatCode(sides, code, before, after));
  return `${markOf(compatible)}   ${name}: ${what.join(", ") || `another ${formatType(sides.after, after.typeId)}`}`;
}

const declaration = (btf: Btf, field: Field): string =>
  `${field.name}: ${formatType(btf, field.typeId)}${width(field)} at ${offset(field)}`;

const width = ({ bitSize }: Field): string => (bitSize === 0 ? "" : `:${bitSize}`);

const offset = ({ bitOffset, bitSize }: Field): string =>
  bitSize === 0 && bitOffset % 8 === 0 ? `${bitOffset / 8}` : `${Math.floor(bitOffset / 8)}:${bitOffset % 8}`;

function formatCode(sides: Sides, code: FieldChangeCode, before: Field, after: Field): string {
  switch (code) {
    case "renamed":
      return "renamed?";
    case "moved":
      return `moved ${offset(before)} -> ${offset(after)}`;
    case "resized":
      return before.bitSize === 0
        ? `${before.size ?? "no"} -> ${after.size ?? "no"} bytes`
        : `${before.bitSize} -> ${after.bitSize} bits`;
    case "retyped":
      return types(sides, before.typeId, after.typeId);
    case "to-bitfield":
      return `now a bitfield of ${after.bitSize} bits`;
    case "from-bitfield":
      return `no longer a bitfield of ${before.bitSize} bits`;
    case "wrapped":
      return `now in an anonymous ${after.within.at(-1)}`;
    case "unwrapped":
      return `no longer in an anonymous ${before.within.at(-1)}`;
    case "rewrapped":
      return `anonymous ${before.within.join(" in ")} -> ${after.within.join(" in ")}`;
    case "added":
    case "removed":
      return code;
  }
}
