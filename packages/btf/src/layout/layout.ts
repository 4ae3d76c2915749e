import type { Btf, TypeId } from "../btf.js";
import { BtfError } from "../error.js";
import { Raw } from "../kinds.js";
import {
  arrayElementOf,
  kindOf,
  nameOf,
  ownSizeOf,
  rawKindOf,
  referredTypeOf,
  typeIdAt,
  vlenOf,
} from "../read.js";
import { sizeOrZero, skipModifiers } from "../resolve.js";
import { type Member, memberAt } from "../types.js";
import { type Alignments, forcedAlignment, naturalAlignment } from "./alignment.js";
import { withoutTags } from "./declaration.js";
import type { Hole, Layout, LayoutMember } from "./types.js";

export interface LayoutOptions {
  /** Show structs and unions with a name in place too, and not only those without. */
  readonly expand?: boolean;
  /** Bytes of a cache line: 64 when it is not given. */
  readonly cacheline?: number;
}

/**
 * The layout of a struct or union, or of what a typedef says is one (pahole: class__find_holes,
 * class__infer_packed_attributes).
 *
 * @throws BtfError `type-id`; `wrong-kind` for other types; `modifier-chain`; `too-complex` for structs that contain each
 * other without end.
 */
export function layoutOf(btf: Btf, id: number, options: LayoutOptions = {}): Layout {
  const typeId = skipModifiers(btf, typeIdAt(btf, id));
  const kind = rawKindOf(btf, typeId);
  if (kind !== Raw.struct && kind !== Raw.union) {
    const message = `type ${id} is of kind ${kindOf(btf, typeId)}, which has no layout`;
    throw new BtfError("wrong-kind", message, { typeId: id });
  }
  const { expand = false, cacheline = 64 } = options;
  const builder: Builder = {
    btf,
    expand,
    cacheline,
    alignments: new Map(),
    paddings: new Map(),
    membersLeft: MAX_MEMBERS,
  };
  return buildLayout(builder, typeId, false, 0);
}

/** The largest struct of a kernel, expanded, has some ten thousand. */
const MAX_MEMBERS = 1 << 20;
/** Structs in each other. */
const MAX_DEPTH = 64;
const NO_HOLE: Hole = { bytes: 0, bits: 0 };

interface Builder {
  readonly btf: Btf;
  readonly expand: boolean;
  readonly cacheline: number;
  readonly alignments: Alignments;
  /** Of structs met so far. */
  readonly paddings: Map<TypeId, number>;
  membersLeft: number;
}

/** A member, without what depends on those around it. */
type Placed = Omit<LayoutMember, "hole" | "alignment" | "typePadding" | "inner">;

function buildLayout(builder: Builder, id: TypeId, isMisplaced: boolean, depth: number): Layout {
  const { btf } = builder;
  const vlen = vlenOf(btf, id);
  builder.membersLeft -= vlen;
  if (builder.membersLeft < 0 || depth > MAX_DEPTH) {
    throw new BtfError("too-complex", `type ${id} contains more types than can be shown`, { typeId: id });
  }
  const isStruct = rawKindOf(btf, id) === Raw.struct;
  const size = ownSizeOf(btf, id);
  const placed = Array.from({ length: vlen }, (_, i) => place(btf, memberAt(btf, id, i)));
  const { before, holes, padding } = isStruct ? holesOf(placed, size) : unionHoles(placed);
  const hasBytesLeft = padding.bytes !== 0 || before.bytes !== 0 || holes.some(({ bytes }) => bytes !== 0);
  const isPacked = isMisplaced || (isStruct && !hasBytesLeft && looksPacked(builder, placed, size));
  const { alignments, alignment } = alignmentsIn(builder, id, placed, size);
  const members = placed.map((member, i): LayoutMember => {
    const inner = innerOf(builder, member.typeId);
    return {
      ...member,
      hole: holes[i] ?? NO_HOLE,
      alignment: alignments[i] ?? 0,
      typePadding: paddingOf(builder, member.typeId),
      inner:
        inner &&
        buildLayout(
          builder,
          inner,
          breaksAlignment(builder, inner, isStruct, hasBytesLeft, member, size),
          depth + 1,
        ),
    };
  });
  return {
    kind: isStruct ? "struct" : "union",
    name: nameOf(btf, id),
    typeId: id,
    size,
    members,
    before,
    padding,
    isPacked,
    alignment: isPacked ? 0 : alignment,
  };
}

/** Only integers and enums have units that bitfields are in; those are aligned whatever the struct is. */
function place(btf: Btf, { name, typeId, bitOffset, bitSize }: Member): Placed {
  const type = skipModifiers(btf, typeId);
  const kind = rawKindOf(btf, type);
  const size = sizeOrZero(btf, type);
  const hasUnit = kind === Raw.int || kind === Raw.enum || kind === Raw.enum64;
  const offset =
    bitSize !== 0 && hasUnit && size !== 0
      ? Math.floor(bitOffset / (size * 8)) * size
      : Math.floor(bitOffset / 8);
  return { name, typeId, bitOffset, bitSize, offset, size };
}

const endOf = ({ bitOffset, bitSize, size }: Placed): number => bitOffset + (bitSize || size * 8);

interface Holes {
  readonly before: Hole;
  /** After each member. */
  readonly holes: readonly Hole[];
  readonly padding: Hole;
}

const unionHoles = (members: readonly Placed[]): Holes => ({
  before: NO_HOLE,
  holes: members.map(() => NO_HOLE),
  padding: NO_HOLE,
});

/** What lies between the members of a struct. Members that overlap leave less than nothing, as in pahole. */
function holesOf(members: readonly Placed[], size: number): Holes {
  const gaps: Hole[] = [];
  let seen = 0;
  let isInBitfield = false;
  let unitSize = 0;
  let unitEnd = size * 8;
  for (const member of members) {
    const { bitOffset, bitSize, offset } = member;
    let bits = 0;
    let bytes = 0;
    if (isInBitfield) {
      // First what is left of the unit.
      const end = Math.min(bitOffset, unitEnd);
      bits = end - seen;
      seen = end;
    }
    if (bitSize !== 0) {
      const start = offset * 8;
      if (seen < start && start <= bitOffset) {
        bytes = offset - Math.floor(seen / 8);
        seen = start;
      }
      bits += bitOffset - seen;
    } else {
      bytes = Math.floor(bitOffset / 8) - Math.floor(seen / 8);
    }
    gaps.push({ bytes, bits });
    seen = endOf(member);
    isInBitfield = bitSize !== 0;
    if (!isInBitfield) {
      unitSize = 0;
      unitEnd = seen;
    } else if (seen > unitEnd || member.size * 8 > unitSize) {
      unitSize = member.size * 8;
      unitEnd = offset * 8 + unitSize;
      if (seen > unitEnd) unitEnd += unitSize;
    }
  }
  const end = isInBitfield ? Math.min(size * 8, unitEnd) : seen;
  return {
    before: gaps[0] ?? NO_HOLE,
    holes: [...gaps.slice(1), NO_HOLE],
    padding: { bits: end - seen, bytes: size - Math.floor(end / 8) },
  };
}

/** Bytes that a struct leaves at its end; 0 for other types. */
function paddingOf({ btf, paddings }: Builder, id: TypeId): number {
  if (rawKindOf(btf, id) !== Raw.struct) return 0;
  const known = paddings.get(id);
  if (known !== undefined) return known;
  const members = Array.from({ length: vlenOf(btf, id) }, (_, i) => place(btf, memberAt(btf, id, i)));
  const { bytes } = holesOf(members, ownSizeOf(btf, id)).padding;
  paddings.set(id, bytes);
  return bytes;
}

/** Is a member where it would not be unless all are packed, or does the size not fit their alignment? */
function looksPacked(builder: Builder, members: readonly Placed[], size: number): boolean {
  let largest = 1;
  for (const { typeId, offset } of members) {
    const natural = naturalAlignment(builder.btf, builder.alignments, typeId);
    if (offset % natural !== 0) return true;
    largest = Math.max(largest, natural);
  }
  return size % largest !== 0;
}

/** Must a struct in a struct or union be packed, because of where it is, or for an array of the union not to break its alignment? */
function breaksAlignment(
  { btf, alignments }: Builder,
  inner: TypeId,
  isInStruct: boolean,
  hasBytesLeft: boolean,
  { offset }: Placed,
  size: number,
): boolean {
  if (rawKindOf(btf, inner) !== Raw.struct) return false;
  const natural = naturalAlignment(btf, alignments, inner);
  return isInStruct ? hasBytesLeft && offset % natural !== 0 : size % natural !== 0;
}

function alignmentsIn(
  { btf, alignments: known, cacheline }: Builder,
  id: TypeId,
  members: readonly Placed[],
  size: number,
): { readonly alignments: readonly number[]; readonly alignment: number } {
  let least = 0;
  const alignments = members.map((member) => {
    if (member.size === 0) return 0;
    const natural = naturalAlignment(btf, known, member.typeId);
    const alignment = forcedAlignment(member.offset, least, natural, cacheline);
    least = member.offset + member.size;
    return alignment;
  });
  return { alignments, alignment: forcedAlignment(size, least, naturalAlignment(btf, known, id), cacheline) };
}

function withoutQualifiers(btf: Btf, id: TypeId): TypeId {
  let current = id;
  for (let step = 0; step < MAX_DEPTH; step++) {
    const kind = rawKindOf(btf, current);
    if (kind !== Raw.const && kind !== Raw.typeTag) break;
    current = referredTypeOf(btf, current);
  }
  return current;
}

/** The struct or union to be shown in place of a member's type, or of its elements' type, or of what it points to. */
function innerOf({ btf, expand }: Builder, id: TypeId): TypeId | undefined {
  let current = id;
  let isPointer = false;
  for (let step = 0; step < MAX_DEPTH; step++) {
    const type = isPointer
      ? withoutTags(btf, current)
      : expand
        ? skipModifiers(btf, current)
        : withoutQualifiers(btf, current);
    const kind = rawKindOf(btf, type);
    if (kind === Raw.struct || kind === Raw.union)
      return (expand && !isPointer) || nameOf(btf, type) === "" ? type : undefined;
    if (kind === Raw.array) current = arrayElementOf(btf, type);
    else if (kind === Raw.ptr && !isPointer) current = referredTypeOf(btf, type);
    else return undefined;
    if (kind === Raw.ptr) isPointer = true;
  }
  return undefined;
}
