import type { Btf, TypeId } from "../btf.js";
import { stringLayerOf } from "../read.js";
import { describeRecord, type Notation } from "./record.js";
import { type Roots, selectedIds } from "./roots.js";
import {
  type Chunks,
  isFull,
  newText,
  put,
  putByte,
  putSigned,
  putWide,
  type Text,
  takeChunk,
} from "./text.js";
import { newWork } from "./work.js";

export interface JsonOptions extends Roots {
  /** Break and indent lines, as `bpftool --pretty` does, instead of writing it all on one. */
  readonly pretty?: boolean;
}

/**
 * Dumps types as JSON, byte for byte as bpftool 7.8 does (`bpftool --json btf dump file …`): an object `{"types":[…]}`
 * with an object for each type. Of split BTF these are its own types, not those of its base.
 *
 * There is one difference: control characters in names are all escaped. bpftool escapes five of them and leaves the
 * others as they are, which is no JSON. What else surprises is bpftool's: the value of an enumerator of an unsigned
 * 32-bit enum is written as 64 bits with the sign extended, so that 2^32 - 1 becomes 2^64 - 1.
 *
 * @throws BtfError `type-id` for a root that does not exist; `too-complex` when the text gets out of proportion, after
 * any number of chunks.
 */
export function* dumpJson(btf: Btf, options: JsonOptions = {}): Chunks {
  const text = newText(newWork(btf));
  const json: Json = { btf, text, pretty: options.pretty === true, depth: 0, comma: false };
  const notation = jsonNotation(json);
  const ids = selectedIds(btf, options);
  open(json, "{");
  putKey(json, "types");
  open(json, "[");
  for (let i = 0; i < ids.length; i++) {
    describeRecord(btf, (ids[i] ?? 0) as TypeId, notation);
    if (isFull(text)) yield takeChunk(text);
  }
  close(json, "]");
  close(json, "}");
  put(text, "\n");
  yield takeChunk(text);
}

/** JSON that is being written. */
interface Json {
  readonly btf: Btf;
  readonly text: Text;
  readonly pretty: boolean;
  depth: number;
  /** Whether what comes next in the same object or array follows something. */
  comma: boolean;
}

function jsonNotation(json: Json): Notation {
  const { btf, text } = json;
  const number = (key: string, value: number): void => {
    putKey(json, key);
    putSigned(text, value);
    json.comma = true;
  };
  const word = (key: string, value: string): void => {
    putKey(json, key);
    put(text, '"');
    put(text, value);
    put(text, '"');
    json.comma = true;
  };
  const name = (offset: number): void => {
    putKey(json, "name");
    put(text, '"');
    if (offset === 0) put(text, "(anon)");
    else putEscapedName(text, btf, offset);
    put(text, '"');
    json.comma = true;
  };
  return {
    beginType(id, kind, nameOff) {
      open(json, "{");
      number("id", id);
      word("kind", kind);
      name(nameOff);
    },
    number,
    word,
    variableLinkage: (value) => word("linkage", value),
    beginElements(key) {
      putKey(json, key);
      open(json, "[");
    },
    beginElement(nameOff) {
      open(json, "{");
      if (nameOff !== undefined) name(nameOff);
    },
    enumerator(signed, low, high) {
      putKey(json, "val");
      putWide(text, signed, low, high ?? low >> 31);
      json.comma = true;
    },
    variable() {},
    endElement: () => close(json, "}"),
    endElements: () => close(json, "]"),
    endType: () => close(json, "}"),
  };
}

function open(json: Json, bracket: string): void {
  if (json.comma) put(json.text, ",");
  put(json.text, bracket);
  json.depth++;
  json.comma = false;
}

function close(json: Json, bracket: string): void {
  json.depth--;
  if (json.comma) putLineBreak(json);
  put(json.text, bracket);
  json.comma = true;
}

/** A key. What comes next is its value, before which there is no comma. */
function putKey(json: Json, key: string): void {
  const { text } = json;
  if (json.comma) put(text, ",");
  putLineBreak(json);
  put(text, '"');
  put(text, key);
  put(text, json.pretty ? '": ' : '":');
  json.comma = false;
}

function putLineBreak({ text, pretty, depth }: Json): void {
  if (!pretty) return;
  put(text, "\n");
  for (let i = 0; i < depth; i++) put(text, "    ");
}

/** By byte: what it is written as, if not as it is. bpftool knows those with a letter, JSON asks for all. */
const ESCAPES: readonly (string | undefined)[] = Array.from({ length: 0x100 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return byte < 0x20 || char === '"' || char === "\\" ? JSON.stringify(char).slice(1, -1) : undefined;
});

/** Writes the string at a string offset within quotes (bpftool: jsonw_puts). */
function putEscapedName(text: Text, btf: Btf, offset: number): void {
  const { strings, stringStart } = stringLayerOf(btf, offset);
  let at = offset - stringStart;
  for (let byte = strings[at]; byte; byte = strings[++at]) {
    const escaped = ESCAPES[byte];
    if (escaped === undefined) putByte(text, byte);
    else put(text, escaped);
  }
}
