import type { Btf, ExpectedNames } from "./btf.js";
import { MAX_KINDS } from "./kinds.js";
import { essentialHash, hashBytes, UNDERSCORE } from "./name-hash.js";

const PREFIXES = 256;

/** Not unique: two letters that come together in one of the names let pass some that are in none. */
const prefixHash = (first: number, second: number): number => (first * 31 + second) & (PREFIXES - 1);

/**
 * Looks at the names of all types of some kinds once, and at no more than the first two letters of most.
 *
 * @param names essential ones, none of them empty.
 */
export function findExpected(
  layer: Btf,
  names: readonly Uint8Array[],
  kinds: readonly number[],
): ExpectedNames {
  const prefixes = new Uint8Array(PREFIXES);
  for (const name of names) {
    const [first = 0, second] = name;
    const seconds = second === undefined ? [0, UNDERSCORE] : [second];
    for (const letter of seconds) prefixes[prefixHash(first, letter)] = 1;
  }
  const wanted = new Uint8Array(MAX_KINDS);
  for (const kind of kinds) wanted[kind] = 1;
  const found = new Map<number, number[]>(names.map((name) => [hashBytes(name, 0, name.length), []]));
  for (const i of withPrefix(layer, kinds, prefixes)) {
    const nameOff = layer.view.getUint32(layer.offsets[i] ?? 0, layer.little);
    found.get(essentialHash(layer.strings, nameOff - layer.stringStart))?.push(i);
  }
  return { kinds: wanted, found };
}

/** Lets the engine look for the kinds, which it does fast even in a process that runs this once: few types are of them. */
function withPrefix(
  { view, little, offsets, kinds, strings }: Btf,
  wanted: readonly number[],
  prefixes: Uint8Array,
): readonly number[] {
  const close: number[] = [];
  for (const kind of wanted) {
    for (let i = kinds.indexOf(kind); i !== -1; i = kinds.indexOf(kind, i + 1)) {
      const start = view.getUint32(offsets[i] ?? 0, little);
      if (prefixes[prefixHash(strings[start] ?? 0, strings[start + 1] ?? 0)] === 1) close.push(i);
    }
  }
  return close;
}
