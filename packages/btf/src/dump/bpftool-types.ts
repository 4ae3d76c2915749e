import type { TypeId } from "../btf.js";
import {
  elementsAt,
  enumeratorWords,
  kflagOf,
  MEMBER_WORDS,
  nameOf,
  ownSizeOf,
  typeAt,
  vlenOf,
} from "../flat.js";
import { Raw } from "../kinds.js";
import { sizeOrZero } from "../resolve.js";
import { wordAt } from "../words.js";
import { alignmentOf, isPacked, type Layout } from "./bpftool-layout.js";
import { type CDump, putTypeName } from "./c-dump.js";
import { putSuffix } from "./c-names.js";
import { putDeclaration } from "./declarator.js";
import { put, putLine, putNumber, putSigned, putString, putWide } from "./text.js";

// Structs, unions and enums as bpftool writes them, with `packed` for what does not lie as a compiler would put it,
// and nameless bitfields for gaps (libbpf: btf_dump_emit_struct_def, btf_dump_emit_enum_def). Offsets in bits are ints
// of 32 bits there, which wrap around in types of 256 MiB and more: so they are here, by `| 0`.

export function putStruct(dump: CDump, layout: Layout, id: TypeId, level: number): void {
  const { flat, text } = dump;
  const { words } = flat;
  const isStruct = flat.kinds[id] === Raw.struct;
  const size = ownSizeOf(flat, id);
  const count = vlenOf(flat, id);
  const packed = isStruct && isPacked(layout, id);

  put(text, isStruct ? "struct" : "union");
  if (nameOf(flat, id) !== 0) put(text, " ");
  putTypeName(dump, id);
  put(text, " {");
  /** In bits, where the last member ends. */
  let end = 0;
  let afterBitfield = false;
  const hasBitfields = kflagOf(flat, id);
  const members = elementsAt(flat, id);
  for (let at = members; at < members + count * MEMBER_WORDS; at += MEMBER_WORDS) {
    const name = wordAt(words, at);
    const typeId = typeAt(flat, at + 1);
    const offset = wordAt(words, at + 2);
    const start = hasBitfields ? offset & 0xffffff : offset | 0;
    const bitSize = hasBitfields ? offset >>> 24 : 0;
    const isBitfield = bitSize !== 0;
    if (end < start) {
      const alignment = packed ? 1 : alignmentOf(layout, typeId);
      putPadding(
        dump,
        { from: end, to: start, alignment, inBitfield: afterBitfield && isBitfield },
        level + 1,
      );
    }
    putLine(text, level + 1);
    putDeclaration(dump, typeId, name, 1, level + 1);
    if (isBitfield) {
      put(text, ": ");
      putNumber(text, bitSize);
    }
    put(text, ";");
    end = (start + (isBitfield ? bitSize : 8 * sizeOrZero(dump.btf, typeId))) | 0;
    afterBitfield = isBitfield;
  }
  const last = (8 * size) | 0;
  if (isStruct && end < last) {
    const alignment = alignmentOf(layout, id);
    putPadding(dump, { from: end, to: last, alignment, inBitfield: false }, level + 1);
  }
  if (count > 0 || size > 0) putLine(text, level);
  put(text, packed ? "} __attribute__((packed))" : "}");
}

/** Bits between two members, or between the last one and the end. */
interface Gap {
  /** In bits. */
  readonly from: number;
  /** In bits; more than `from`. */
  readonly to: number;
  /** Alignment, in bytes, of what follows. */
  readonly alignment: number;
  /** Whether there are bitfields on both sides. */
  readonly inBitfield: boolean;
}

interface Pad {
  readonly type: string;
  readonly bits: number;
}

const INT_PADS: readonly Pad[] = [
  { type: "int", bits: 32 },
  { type: "short", bits: 16 },
  { type: "char", bits: 8 },
];

/** Fills a gap with nameless bitfields of as large a type as is aligned in it (libbpf: btf_dump_emit_bit_padding). */
function putPadding(dump: CDump, { from, to, alignment, inBitfield }: Gap, level: number): void {
  const pads = [{ type: "long", bits: 8 * dump.flat.pointerSize }, ...INT_PADS];
  const pad = pads.find(({ bits }) => roundUp(from, bits) <= to) ?? { type: "char", bits: 8 };
  let at = from;
  const aligned = roundUp(from, pad.bits);
  if (aligned > from && aligned <= to) {
    // A compiler would skip to there by itself when what follows, the next pad or member, has to be aligned.
    const isNeeded =
      aligned === to ? roundUp(from, 8 * alignment) !== aligned : to - aligned <= aligned - from;
    if (inBitfield) putPad(dump, pad.type, aligned - from, level);
    else if (isNeeded) putPad(dump, pad.type, 0, level);
    at = aligned;
  }
  let rest = (to - at) | 0;
  for (; rest >= pad.bits; rest -= pad.bits) putPad(dump, pad.type, pad.bits, level);
  const smallest = pads.findLast(({ bits }) => bits >= rest);
  if (rest !== 0 && smallest !== undefined) putPad(dump, smallest.type, rest, level);
}

function putPad({ text }: CDump, type: string, bits: number, level: number): void {
  putLine(text, level);
  put(text, type);
  put(text, ": ");
  putSigned(text, bits);
  put(text, ";");
}

/** As C does with ints, whose division rounds towards 0. */
const roundUp = (value: number, step: number): number =>
  (Math.trunc(((value + step - 1) | 0) / step) * step) | 0;

export function putEnum(dump: CDump, id: TypeId, level: number): void {
  const { flat, text } = dump;
  put(text, "enum");
  if (nameOf(flat, id) !== 0) put(text, " ");
  putTypeName(dump, id);
  if (vlenOf(flat, id) === 0) return;
  put(text, " {");
  const hasHighBits = putEnumerators(dump, id, level + 1);
  putLine(text, level);
  put(text, "}");
  const size = ownSizeOf(flat, id);
  if (size === 1) put(text, " __attribute__((mode(byte)))");
  // A value that needs 64 bits makes a compiler use as many.
  if (size === 8 && flat.pointerSize === 8 && !hasHighBits) put(text, " __attribute__((mode(word)))");
}

/** Returns whether any value has one of its upper 32 bits set. */
function putEnumerators({ flat, text, style }: CDump, id: TypeId, level: number): boolean {
  const { words } = flat;
  const isWide = flat.kinds[id] === Raw.enum64;
  const signed = kflagOf(flat, id);
  const count = vlenOf(flat, id);
  let hasHighBits = false;
  const size = enumeratorWords(flat, id);
  const first = elementsAt(flat, id);
  for (let at = first; at < first + count * size; at += size) {
    const name = wordAt(words, at);
    const low = wordAt(words, at + 1);
    putLine(text, level);
    putString(text, flat.strings, name);
    putSuffix(text, style.names.ofIdentifier(name));
    put(text, " = ");
    if (isWide) {
      const high = wordAt(words, at + 2);
      if (high !== 0) hasHighBits = true;
      putWide(text, signed, low, high);
      put(text, signed ? "LL," : "ULL,");
    } else {
      putSigned(text, signed ? low | 0 : low);
      put(text, ",");
    }
  }
  return hasHighBits;
}
