import type { TypeId } from "../btf.js";
import { elementOf, elementsAt, kflagOf, MEMBER_WORDS, nelemsOf, targetOf, typeAt, vlenOf } from "../flat.js";
import { Raw } from "../kinds.js";
import { bestPairs, comparableName, nameLikeness } from "../likeness.js";
import { stringAt } from "../read.js";
import { findUnmodified } from "../resolve.js";
import { wordAt } from "../words.js";
import { type Comparison, countSteps } from "./comparison.js";
import { fieldsCompatible } from "./compatible.js";
import { bitOffsetIn, bitSizeIn } from "./definition.js";
import { NO_SIZE, type Side } from "./side.js";
import type { Field, FieldChange, FieldChangeCode, Pair } from "./types.js";

/** A field whose name is not decoded yet. */
interface Found extends Omit<Field, "name"> {
  /** Number of its name. */
  readonly key: number;
  readonly nameOff: number;
}

/** Anonymous structs and unions in each other that are looked into (libbpf: BPF_CORE_SPEC_MAX_LEN). */
const MAX_DEPTH = 64;

/**
 * The fields of a struct or union, those of anonymous ones in it included, by the numbers of their names, as
 * relocation finds them: the first of a name counts.
 */
function fieldsOf(comparison: Comparison, side: Side, root: TypeId): Map<number, Found> {
  const { flat, shapes } = side;
  const fields = new Map<number, Found>();
  const entered = new Set<TypeId>();
  collect(root, 0, []);
  return fields;

  function collect(id: TypeId, start: number, within: readonly ("struct" | "union")[]): void {
    // One that is met again has no field of another name.
    if (entered.has(id) || within.length > MAX_DEPTH) return;
    entered.add(id);
    const vlen = vlenOf(flat, id);
    countSteps(comparison, vlen, root);
    const kflag = kflagOf(flat, id);
    let at = elementsAt(flat, id);
    for (let i = 0; i < vlen; i++, at += MEMBER_WORDS) {
      const nameOff = wordAt(flat.words, at);
      const key = comparison.words.nameOf(flat, nameOff);
      const typeId = typeAt(flat, at + 1);
      const place = wordAt(flat.words, at + 2);
      const bitOffset = start + bitOffsetIn(place, kflag);
      if (key === 0) {
        const inner = compositeOf(side, typeId);
        if (inner !== undefined) collect(inner.id, bitOffset, [...within, inner.kind]);
      } else if (!fields.has(key)) {
        const size = shapes.size[typeId];
        fields.set(key, {
          key,
          nameOff,
          typeId,
          bitOffset,
          bitSize: bitSizeIn(place, kflag),
          size: size === undefined || size === NO_SIZE ? undefined : size >>> 0,
          within,
        });
      }
    }
  }
}

/** The struct or union behind modifiers and typedefs. */
function compositeOf(
  { btf, flat }: Side,
  id: TypeId,
): { readonly id: TypeId; readonly kind: "struct" | "union" } | undefined {
  const behind = findUnmodified(btf, id);
  const kind = flat.kinds[behind ?? 0];
  if (behind === undefined || (kind !== Raw.struct && kind !== Raw.union)) return undefined;
  return { id: behind, kind: kind === Raw.struct ? "struct" : "union" };
}

/** Where in the structs that are compared two others lie, that are compared as parts of them. */
interface Place {
  /** What their fields' names begin with. */
  readonly prefix: string;
  /** In bits. */
  readonly offsets: Pair<number>;
  readonly depth: number;
}

const ROOT: Place = { prefix: "", offsets: [0, 0], depth: 0 };

/** What is different between the fields of two structs or unions. */
export function compareFields(
  comparison: Comparison,
  before: TypeId,
  after: TypeId,
  place = ROOT,
): FieldChange[] {
  const old = fieldsOf(comparison, comparison.before, before);
  const now = fieldsOf(comparison, comparison.after, after);
  const removed = [...old.values()].filter(({ key }) => !now.has(key));
  const added = [...now.values()].filter(({ key }) => !old.has(key));
  const renames = likelyRenames(comparison, removed, added);
  const [start, newStart] = place.offsets;
  const oldField = (field: Found): Field => named(comparison.before, field, place.prefix, start);
  const newField = (field: Found): Field => named(comparison.after, field, place.prefix, newStart);

  const changes: FieldChange[] = [];
  for (const field of old.values()) {
    const same = now.get(field.key);
    const partner = same ?? renames.get(field);
    if (partner === undefined) {
      changes.push({ codes: ["removed"], before: oldField(field), after: undefined, compatible: false });
      continue;
    }
    const inner = same === undefined ? undefined : compareInner(comparison, field, same, place);
    const codes = codesOf(comparison, field, partner, inner !== undefined);
    const compatible = same !== undefined && fieldsCompatible(comparison, field.typeId, same.typeId);
    if (codes.length > 0 || !compatible) {
      changes.push({
        codes: same === undefined ? ["renamed", ...codes] : codes,
        before: oldField(field),
        after: newField(partner),
        compatible,
      });
    }
    for (const change of inner ?? []) changes.push(change);
  }
  const renamed = new Set(renames.values());
  for (const field of added) {
    if (renamed.has(field)) continue;
    changes.push({ codes: ["added"], before: undefined, after: newField(field), compatible: true });
  }
  return changes;
}

/** What is different between the fields of two fields, if these are of a type without a name, which is told nowhere else. */
function compareInner(
  comparison: Comparison,
  before: Found,
  after: Found,
  { prefix, offsets, depth }: Place,
): FieldChange[] | undefined {
  if (isSameType(comparison, before, after) || depth === MAX_DEPTH) return undefined;
  const a = anonymousOf(comparison.before, before.typeId);
  const b = anonymousOf(comparison.after, after.typeId);
  if (a === undefined || b === undefined || a.dimensions !== b.dimensions) return undefined;
  return compareFields(comparison, a.id, b.id, {
    prefix: `${prefix}${stringAt(comparison.before.btf, before.nameOff)}${a.dimensions}.`,
    offsets: [offsets[0] + before.bitOffset, offsets[1] + after.bitOffset],
    depth: depth + 1,
  });
}

/** The anonymous struct or union that a type is, or is an array of, and the array's dimensions. */
function anonymousOf(
  { flat, shapes }: Side,
  id: TypeId,
): { readonly id: TypeId; readonly dimensions: string } | undefined {
  let current = id;
  let dimensions = "";
  for (let step = 0; step < MAX_DEPTH; step++) {
    switch (flat.kinds[current]) {
      case Raw.struct:
      case Raw.union:
        return shapes.name[current] === 0 ? { id: current, dimensions } : undefined;
      case Raw.array:
        dimensions += `[${nelemsOf(flat, current)}]`;
        current = elementOf(flat, current);
        break;
      case Raw.const:
      case Raw.volatile:
      case Raw.typeTag:
        current = targetOf(flat, current);
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}

function named({ btf }: Side, field: Found, prefix: string, start: number): Field {
  const { nameOff, typeId, bitOffset, bitSize, size, within } = field;
  return {
    name: prefix + stringAt(btf, nameOff),
    typeId,
    bitOffset: start + bitOffset,
    bitSize,
    size,
    within,
  };
}

const isSameType = ({ before, after }: Comparison, a: Found, b: Found): boolean =>
  before.shapes.declared[a.typeId] === after.shapes.declared[b.typeId];

function codesOf(comparison: Comparison, before: Found, after: Found, hasInner: boolean): FieldChangeCode[] {
  const codes: FieldChangeCode[] = [];
  if (before.bitOffset !== after.bitOffset) codes.push("moved");
  if (!hasInner && !isSameType(comparison, before, after)) codes.push("retyped");
  const wasBitfield = before.bitSize !== 0;
  if (wasBitfield !== (after.bitSize !== 0)) codes.push(wasBitfield ? "from-bitfield" : "to-bitfield");
  else if (wasBitfield ? before.bitSize !== after.bitSize : before.size !== after.size) codes.push("resized");
  const depth = after.within.length - before.within.length;
  if (depth !== 0) codes.push(depth > 0 ? "wrapped" : "unwrapped");
  else if (before.within.some((kind, i) => kind !== after.within[i])) codes.push("rewrapped");
  return codes;
}

/** Which of the removed fields may be which of those added: of a similar place, type and name. */
function likelyRenames(
  comparison: Comparison,
  removed: readonly Found[],
  added: readonly Found[],
): Map<Found, Found> {
  if (removed.length === 0 || added.length === 0) return new Map();
  const names = new Map<Found, string>();
  const add = ({ btf }: Side, field: Found): unknown =>
    names.set(field, comparableName(stringAt(btf, field.nameOff)));
  for (const field of removed) add(comparison.before, field);
  for (const field of added) add(comparison.after, field);
  return bestPairs(removed, added, (a, b) => {
    const place = a.bitOffset === b.bitOffset ? 2 : 0;
    const name = nameLikeness(names.get(a) ?? "", names.get(b) ?? "");
    if (isSameType(comparison, a, b)) return place + 2 + name;
    // All pointers are compatible, so without a like name that says nothing.
    return name === 0 ? 0 : place + (fieldsCompatible(comparison, a.typeId, b.typeId) ? 1 : 0) + name;
  });
}
