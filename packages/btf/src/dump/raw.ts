import type { Btf, TypeId } from "../btf.js";
import { stringLayerOf } from "../read.js";
import { describeRecord, type Notation } from "./record.js";
import { type Roots, selectedIds } from "./roots.js";
import {
  type Chunks,
  isFull,
  newText,
  put,
  putNumber,
  putSigned,
  putString,
  putWide,
  type Text,
  takeChunk,
} from "./text.js";
import { newWork } from "./work.js";

/**
 * Dumps types as text, byte for byte as bpftool 7.8 does (`bpftool btf dump file … format raw`): a type on each line,
 * its members, enumerators, parameters or variables on lines of their own below it. Of split BTF these are its own
 * types, not those of its base.
 *
 * Names are written as they are: make the text printable before it gets to a terminal.
 *
 * @throws BtfError `type-id` for a root that does not exist; `too-complex` when the text gets out of proportion, after
 * any number of chunks.
 */
export function* dumpRaw(btf: Btf, options: Roots = {}): Chunks {
  const text = newText(newWork(btf));
  const notation = rawNotation(btf, text);
  const ids = selectedIds(btf, options);
  for (let i = 0; i < ids.length; i++) {
    describeRecord(btf, (ids[i] ?? 0) as TypeId, notation);
    if (isFull(text)) yield takeChunk(text);
  }
  if (text.length > 0) yield takeChunk(text);
}

/** A name in single quotes. */
function putQuoted(text: Text, btf: Btf, name: number): void {
  put(text, "'");
  if (name === 0) put(text, "(anon)");
  else putName(text, btf, name);
  put(text, "'");
}

function putName(text: Text, btf: Btf, offset: number): void {
  const { strings, stringStart } = stringLayerOf(btf, offset);
  putString(text, strings, offset - stringStart);
}

function rawNotation(btf: Btf, text: Text): Notation {
  // Fields are separated by spaces, but what follows a tab is the first on its line.
  let separator = " ";
  return {
    beginType(id, kind, name) {
      put(text, "[");
      putNumber(text, id);
      put(text, "] ");
      put(text, kind);
      put(text, " ");
      putQuoted(text, btf, name);
    },
    number(key, value) {
      put(text, separator);
      put(text, key);
      put(text, "=");
      putSigned(text, value);
      separator = " ";
    },
    word(key, value) {
      put(text, " ");
      put(text, key);
      put(text, "=");
      put(text, value);
    },
    variableLinkage(value) {
      put(text, ", linkage=");
      put(text, value);
    },
    beginElements() {},
    beginElement(name) {
      put(text, "\n\t");
      if (name === undefined) separator = "";
      else putQuoted(text, btf, name);
    },
    enumerator(signed, low, high) {
      put(text, " val=");
      if (high === undefined) {
        putSigned(text, signed ? low | 0 : low);
      } else {
        putWide(text, signed, low, high);
        put(text, signed ? "LL" : "ULL");
      }
    },
    variable(kind, name) {
      put(text, " (");
      put(text, kind);
      put(text, " ");
      putQuoted(text, btf, name);
      put(text, ")");
    },
    endElement() {},
    endElements() {},
    endType() {
      put(text, "\n");
    },
  };
}
