import type { Btf } from "../btf.js";
import { stringEndAt, stringLayerOf } from "../read.js";
import { byteAt, wordAt } from "../words.js";
import { eachTypeWord, mapWords, type Records } from "../write/records.js";
import { type Draft, firstIdOf } from "./draft.js";

/**
 * Types in the order that Linux has had since 7.0: those without a name first, then by the bytes of their names; in both the
 * order that they had.
 */
export function sorted(draft: Draft): Draft {
  const { records } = draft;
  const firstId = firstIdOf(draft);
  const nameOf = namesOf(draft);
  const count = records.starts.length - 1;
  const names = Array.from({ length: count }, (_, i) =>
    nameOf(wordAt(records.words, wordAt(records.starts, i))),
  );
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => compareBytes(names[a] ?? NO_NAME, names[b] ?? NO_NAME) || a - b,
  );
  const places = new Uint32Array(count);
  for (const [place, i] of order.entries()) places[i] = place;
  const permuted = permute(records, order);
  mapWords(permuted, eachTypeWord, (id) => (id < firstId ? id : firstId + wordAt(places, id - firstId)));
  return { ...draft, records: permuted };
}

const NO_NAME = new Uint8Array();

/** A view of the string at an offset of a draft. */
function namesOf({ base, strings }: Draft): (offset: number) => Uint8Array {
  const own = strings.toBytes();
  const stringStart = base?.stringEnd ?? 0;
  const viewIn = (bytes: Uint8Array, at: number) => bytes.subarray(at, stringEndAt(bytes, at));
  const inBase = (btf: Btf, offset: number) => {
    const layer = stringLayerOf(btf, offset);
    return viewIn(layer.strings, offset - layer.stringStart);
  };
  return (offset) =>
    base !== undefined && offset < stringStart ? inBase(base, offset) : viewIn(own, offset - stringStart);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = byteAt(a, i) - byteAt(b, i);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function permute({ words, starts }: Records, order: Uint32Array): Records {
  const permuted = { words: new Uint32Array(words.length), starts: new Uint32Array(starts.length) };
  let at = 0;
  for (const [place, i] of order.entries()) {
    const record = words.subarray(starts[i], starts[i + 1]);
    permuted.starts[place] = at;
    permuted.words.set(record, at);
    at += record.length;
  }
  permuted.starts[order.length] = at;
  return permuted;
}
