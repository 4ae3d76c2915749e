import type { TypeId } from "../btf.js";
import { elementsAt, enumeratorWords, kflagOf, nameOf, ownSizeOf, vlenOf } from "../flat.js";
import { Raw } from "../kinds.js";
import { wordAt } from "../words.js";
import { type CDump, putTypeName } from "./c-dump.js";
import { put, putLine, putSigned, putWide } from "./text.js";

/** What makes a compiler use so many bytes, whatever the values are. */
const MODES = new Map([
  [1, " __attribute__((mode(byte)))"],
  [2, " __attribute__((mode(HI)))"],
  [4, " __attribute__((mode(SI)))"],
  [8, " __attribute__((mode(DI)))"],
]);

export function putEnum(dump: CDump, id: TypeId, level: number): void {
  const { flat, text, style } = dump;
  const count = vlenOf(flat, id);
  if (count === 0 && nameOf(flat, id) === 0) {
    put(text, "/* an enum is missing: it has neither a name nor enumerators */");
    return;
  }
  put(text, "enum");
  if (nameOf(flat, id) !== 0) put(text, " ");
  putTypeName(dump, id);
  if (count === 0) return;
  put(text, " {");
  const signed = kflagOf(flat, id);
  const isWide = flat.kinds[id] === Raw.enum64;
  const words = enumeratorWords(flat, id);
  let least = 0;
  let most = 0;
  for (let i = 0, at = elementsAt(flat, id); i < count; i++, at += words) {
    const name = wordAt(flat.words, at);
    const low = wordAt(flat.words, at + 1);
    const high = isWide ? wordAt(flat.words, at + 2) : signed ? low >> 31 : 0;
    const value = (signed ? high | 0 : high) * 2 ** 32 + low;
    least = Math.min(least, value);
    most = Math.max(most, value);
    putLine(text, level + 1);
    style.putName(dump, name, style.names.ofIdentifier(name));
    put(text, " = ");
    if (isWide) putWideValue(dump, signed, low, high);
    else putSigned(text, value);
    put(text, ",");
  }
  putLine(text, level);
  put(text, "}");
  const size = ownSizeOf(flat, id);
  if (size !== sizeByValues(least, most)) put(text, MODES.get(size) ?? ` /* of ${size} bytes */`);
}

/** In bytes, as a compiler chooses it. */
function sizeByValues(least: number, most: number): number {
  if (least < 0) return least >= -(2 ** 31) && most < 2 ** 31 ? 4 : 8;
  return most < 2 ** 32 ? 4 : 8;
}

function putWideValue({ text }: CDump, signed: boolean, low: number, high: number): void {
  // C has no negative literals, and the positive one would be too large.
  if (signed && low === 0 && high >>> 0 === 0x80000000) {
    put(text, "-9223372036854775807LL - 1");
  } else {
    putWide(text, signed, low, high);
    put(text, signed ? "LL" : "ULL");
  }
}
