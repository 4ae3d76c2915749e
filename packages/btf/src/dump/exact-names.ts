import type { TypeId } from "../btf.js";
import { type Flat, kflagOf, nameOf, vlenOf } from "../flat.js";
import { Raw } from "../kinds.js";
import { byteAt } from "../words.js";
import type { CDump } from "./c-dump.js";
import { type CNames, type NameSpace, newNameSpace, putSuffix, use } from "./c-names.js";
import { newNameTable, numberOfName } from "./name-table.js";
import { put, putByte, putString, type Text } from "./text.js";
import type { Work } from "./work.js";

// Names are numbered as bpftool numbers them, but so that the result is C: the first of its name counts as the second
// when C has the name for itself; a number whose result is another name in the BTF is passed over; and a declaration
// gets the number of a definition that it can be a declaration of.

const KEYWORDS = [
  ..."auto break case char const continue default do double else enum extern float for goto if inline int long".split(
    " ",
  ),
  ..."register restrict return short signed sizeof static struct switch typedef union unsigned void volatile".split(
    " ",
  ),
  ..."while asm typeof linux unix i386 _Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn".split(
    " ",
  ),
  ..."_Static_assert _Thread_local _Float16 _BitInt _Accum _Fract _Sat __alignof __alignof__ __asm __asm__".split(
    " ",
  ),
  ..."__attribute __attribute__ __auto_type __builtin_offsetof __builtin_types_compatible_p __builtin_va_arg".split(
    " ",
  ),
  ..."__builtin_va_list __builtin_ms_va_list __complex __complex__ __const __const__ __extension__ __func__".split(
    " ",
  ),
  ..."__imag __imag__ __inline __inline__ __int128 __int128_t __uint128_t __label__ __null __real __real__".split(
    " ",
  ),
  ..."__restrict __restrict__ __signed __signed__ __thread __typeof __typeof__ __volatile __volatile__".split(
    " ",
  ),
  ..."__FUNCTION__ __PRETTY_FUNCTION__ __ksym __weak __bpf_fastcall __bf16 __float128 __ibm128".split(" "),
  // With -fms-extensions.
  ..."__int8 __int16 __int32 __int64 _int8 _int16 _int32 _int64 __w64 __ptr32 __ptr64 __sptr __uptr __declspec".split(
    " ",
  ),
  ..."__cdecl __stdcall __fastcall __thiscall __vectorcall __pascal __forceinline __unaligned __interface".split(
    " ",
  ),
  ..."__try __except __finally __leave __if_exists __if_not_exists __single_inheritance __multiple_inheritance".split(
    " ",
  ),
  ..."__virtual_inheritance __uuidof __alignof _asm _cdecl _fastcall _stdcall _thiscall _declspec _inline".split(
    " ",
  ),
];
/** By their length and first letter. */
const SLOTS: string[][] = [];
const slotOf = (length: number, first: number): number => length * 0x100 + first;
for (const keyword of KEYWORDS) {
  const slot = slotOf(keyword.length, keyword.charCodeAt(0));
  const keywords = SLOTS[slot];
  if (keywords === undefined) SLOTS[slot] = [keyword];
  else keywords.push(keyword);
}

/** By byte: 1 for those of an identifier, 2 for digits, which no identifier begins with. */
const CLASSES = new Uint8Array(0x100);
for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$") CLASSES[char.charCodeAt(0)] = 1;
for (const digit of "0123456789") CLASSES[digit.charCodeAt(0)] = 2;

const UNDERSCORE = 0x5f;

/** Which of the names at string offsets C takes for identifiers. */
export interface Identifiers {
  readonly strings: Uint8Array;
  /** By string offset, two bits each: YES or NO; 0 until it is asked. */
  readonly known: Uint8Array;
}
export const newIdentifiers = (strings: Uint8Array): Identifiers => ({
  strings,
  known: new Uint8Array((strings.length >> 2) + 1),
});

const YES = 1;
const NO = 2;

function isKnownIdentifier({ strings, known }: Identifiers, offset: number): boolean {
  const shift = 2 * (offset & 3);
  const four = byteAt(known, offset >> 2);
  const before = (four >> shift) & 3;
  if (before !== 0) return before === YES;
  const is = isIdentifier(strings, offset);
  known[offset >> 2] = four | ((is ? YES : NO) << shift);
  return is;
}

function isIdentifier(strings: Uint8Array, offset: number): boolean {
  const first = byteAt(strings, offset);
  let at = offset;
  for (let byte = first; byte !== 0; byte = byteAt(strings, ++at)) if (CLASSES[byte] === 0) return false;
  const length = at - offset;
  if (length === 0 || CLASSES[first] === 2 || isMacro(strings, offset, length)) return false;
  return !(SLOTS[slotOf(length, first)]?.some((keyword) => isAt(strings, offset, keyword)) ?? false);
}

function isAt(strings: Uint8Array, offset: number, ascii: string): boolean {
  for (let i = 0; i < ascii.length; i++) if (strings[offset + i] !== ascii.charCodeAt(i)) return false;
  return true;
}

/** Whether a name is like those of the macros that compilers define: `__SIZE_TYPE__`, `__BPF__`. */
function isMacro(strings: Uint8Array, offset: number, length: number): boolean {
  return (
    length > 4 &&
    strings[offset] === UNDERSCORE &&
    strings[offset + 1] === UNDERSCORE &&
    strings[offset + length - 1] === UNDERSCORE &&
    strings[offset + length - 2] === UNDERSCORE
  );
}

/**
 * Writes the name at a string offset, as the given one of its name. Bytes that no identifier has become `_xx`, in
 * hexadecimal, and the name gets a number even if it is the first, as keywords do.
 */
export function putName({ text }: CDump, known: Identifiers, offset: number, occurrence: number): void {
  const { strings } = known;
  if (isKnownIdentifier(known, offset)) {
    putString(text, strings, offset);
    putSuffix(text, occurrence);
  } else {
    putEscaped(text, strings, offset);
    putSuffix(text, Math.max(2, occurrence));
  }
}

function putEscaped(text: Text, strings: Uint8Array, offset: number): void {
  const first = byteAt(strings, offset);
  if (first === 0 || CLASSES[first] === 2) put(text, "_");
  let at = offset;
  for (let byte = strings[at]; byte; byte = strings[++at]) {
    if (CLASSES[byte] === 0) put(text, `_${byte.toString(16).padStart(2, "0")}`);
    else putByte(text, byte);
  }
}

/** Uses a name once more, or twice when the first one is C's own; passes over numbers that make another name. */
function useName(
  space: NameSpace,
  known: Identifiers,
  taken: () => ReadonlySet<string>,
  offset: number,
): number {
  const { strings } = known;
  let count = use(space, offset);
  if (count === 1 && !isKnownIdentifier(known, offset)) count = use(space, offset);
  if (count === 1) return 1;
  const name = latin1(strings, offset);
  while (taken().has(`${name}___${count}`)) count = use(space, offset);
  return count;
}

function latin1(strings: Uint8Array, offset: number): string {
  let name = "";
  for (let at = offset; strings[at]; at++) name += String.fromCharCode(byteAt(strings, at));
  return name;
}

/** Names that end like those that are given a number. */
function numberedNames(strings: Uint8Array): ReadonlySet<string> {
  const names = new Set<string>();
  for (let start = 0, end = strings.indexOf(0); end >= 0; start = end + 1, end = strings.indexOf(0, start)) {
    let digits = end;
    while (digits > start && CLASSES[byteAt(strings, digits - 1)] === 2) digits--;
    if (digits < end && digits - start > 3 && isAt(strings, digits - 3, "___"))
      names.add(latin1(strings, start));
  }
  return names;
}

/** The word before a name: `struct`, `union` or `enum`, as a kind. */
const wordOf = ({ kinds }: Flat, id: TypeId, isUnion: boolean): number => {
  const kind = kinds[id];
  if (kind === Raw.fwd) return isUnion ? Raw.union : Raw.struct;
  return kind === Raw.enum64 ? Raw.enum : (kind ?? 0);
};

/** A name that is declared somewhere, by its number and word. */
interface Declared {
  readonly occurrence: number;
  isDefined: boolean;
}

export function newNames(flat: Flat, work: Work, known: Identifiers): CNames {
  const { kinds, strings } = flat;
  const table = newNameTable(flat.strings, work);
  const tags = newNameSpace(table);
  const identifiers = newNameSpace(table);
  const occurrences = new Uint32Array(kinds.length);
  const declared = new Map<number, Declared>();
  let numbered: ReadonlySet<string> | undefined;
  const taken = () => {
    numbered ??= numberedNames(strings);
    return numbered;
  };

  const ofTag = (id: TypeId): number => {
    const name = nameOf(flat, id);
    const isFwd = kinds[id] === Raw.fwd;
    const onlyDeclares = isFwd || (wordOf(flat, id, false) === Raw.enum && vlenOf(flat, id) === 0);
    const key = numberOfName(tags.table, name) * 0x10 + wordOf(flat, id, isFwd && kflagOf(flat, id));
    const before = declared.get(key);
    if (before !== undefined && (onlyDeclares || !before.isDefined)) {
      if (!onlyDeclares) before.isDefined = true;
      return before.occurrence;
    }
    const occurrence = useName(tags, known, taken, name);
    if (before === undefined) declared.set(key, { occurrence, isDefined: !onlyDeclares });
    return occurrence;
  };
  return {
    ofType(id) {
      const before = occurrences[id];
      if (before) return before;
      const occurrence =
        kinds[id] === Raw.typedef ? useName(identifiers, known, taken, nameOf(flat, id)) : ofTag(id);
      occurrences[id] = occurrence;
      return occurrence;
    },
    ofIdentifier: (name) => useName(identifiers, known, taken, name),
  };
}
