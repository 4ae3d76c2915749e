import type { Btf } from "./btf.js";
import { BtfError } from "./error.js";
import {
  ELEM_SIZE,
  ELEMENT_HAS_NAME,
  ELEMENT_HAS_TYPE,
  elementTypeAt,
  HEAD_HAS_TYPE,
  kindOfInfo,
  Raw,
  RECORD_HEAD,
  vlenOfInfo,
} from "./kinds.js";
import { infoOf, stringEndAt, stringLayerOf } from "./read.js";

/**
 * Checks that every string offset and type id of this layer exists, and that every function has a
 * prototype (libbpf: btf_validate_type, which does not look at the type that a function returns). One pass
 * that only keeps the largest of each, and where it is.
 *
 * @throws BtfError `string-offset`, `type-id` or `func-proto`.
 */
export function validateReferences(btf: Btf): void {
  const { view, little, offsets } = btf;
  let maxString = 0;
  let maxStringAt = 0;
  let maxId = 0;
  let maxIdAt = 0;
  let lastFunc = -1;
  for (let i = 0; i < offsets.length; i++) {
    const at = offsets[i] ?? 0;
    const name = view.getUint32(at, little);
    if (name > maxString) {
      maxString = name;
      maxStringAt = at;
    }
    const info = view.getUint32(at + 4, little);
    const kind = kindOfInfo(info);
    if (HEAD_HAS_TYPE[kind] === 1) {
      const id = view.getUint32(at + 8, little);
      if (id > maxId) {
        maxId = id;
        maxIdAt = at + 8;
      }
      if (kind === Raw.func) lastFunc = i;
    } else if (kind === Raw.array) {
      for (let word = at + RECORD_HEAD; word < at + RECORD_HEAD + 8; word += 4) {
        const id = view.getUint32(word, little);
        if (id > maxId) {
          maxId = id;
          maxIdAt = word;
        }
      }
    }
    const size = ELEM_SIZE[kind] ?? 0;
    if (size === 0) continue;
    const hasName = ELEMENT_HAS_NAME[kind] === 1;
    const hasType = ELEMENT_HAS_TYPE[kind] === 1;
    const typeAt = elementTypeAt(kind);
    const end = at + RECORD_HEAD + vlenOfInfo(info) * size;
    for (let element = at + RECORD_HEAD; element < end; element += size) {
      if (hasName) {
        const elementName = view.getUint32(element, little);
        if (elementName > maxString) {
          maxString = elementName;
          maxStringAt = element;
        }
      }
      if (hasType) {
        const id = view.getUint32(element + typeAt, little);
        if (id > maxId) {
          maxId = id;
          maxIdAt = element + typeAt;
        }
      }
    }
  }
  if (maxString >= btf.stringEnd) {
    const what = `string offset ${maxString}: strings end at ${btf.stringEnd}`;
    throw outOfRange(btf, "string-offset", maxStringAt, what);
  }
  if (maxId >= btf.endId) {
    throw outOfRange(btf, "type-id", maxIdAt, `type id ${maxId}: the last is ${btf.endId - 1}`);
  }
  checkFuncs(btf, lastFunc);
}

function outOfRange(btf: Btf, code: "string-offset" | "type-id", offset: number, what: string): BtfError {
  const typeId = btf.startId + btf.offsets.findLastIndex((at) => at <= offset);
  return new BtfError(code, `type ${typeId} refers to ${what}`, { typeId, offset });
}

/** Only now that every id exists can what it leads to be looked at. */
function checkFuncs(btf: Btf, lastFunc: number): void {
  const { view, little, offsets } = btf;
  for (let i = 0; i <= lastFunc; i++) {
    const at = offsets[i] ?? 0;
    if (kindOfInfo(view.getUint32(at + 4, little)) !== Raw.func) continue;
    const proto = view.getUint32(at + 8, little);
    if (kindOfInfo(infoOf(btf, proto)) === Raw.funcProto) continue;
    const typeId = btf.startId + i;
    throw new BtfError("func-proto", `function ${typeId} has type ${proto}, which is no function prototype`, {
      typeId,
      offset: at,
    });
  }
}

/**
 * Names longer than this, in bytes, are summed up. Those of a kernel have 13 on average; its own limit is 512
 * (KSYM_NAME_LEN).
 */
const LONG_NAME = 256;
/** What all names of a layer may add up to: what they can when none is longer, as each takes 8 bytes to refer to. */
const MAX_NAMES_TO_INPUT = LONG_NAME / 8;

/** Whether any string is longer than {@link LONG_NAME}. Looks at few of the bytes. */
export function hasLongStrings(strings: Uint8Array): boolean {
  for (let start = 0; start + LONG_NAME < strings.length; ) {
    const terminator = strings.lastIndexOf(0, start + LONG_NAME);
    if (terminator < start) return true;
    start = terminator + 1;
  }
  return false;
}

/**
 * Checks, where there are long strings, that what can be decoded and compared is in proportion to the input:
 * names may overlap, so that a megabyte could hold a hundred gigabytes of them.
 *
 * @throws BtfError `names`.
 */
export function validateNameLengths(btf: Btf): void {
  const { view, little, offsets } = btf;
  const allowed = MAX_NAMES_TO_INPUT * (view.byteLength + btf.stringStart);
  let total = 0;
  const add = (nameAt: number): void => {
    const offset = view.getUint32(nameAt, little);
    const { strings, stringStart } = stringLayerOf(btf, offset);
    total += stringEndAt(strings, offset - stringStart) - (offset - stringStart);
    if (total <= allowed) return;
    const message = `names overlap until they are over ${MAX_NAMES_TO_INPUT} times the size of the input`;
    throw new BtfError("names", message, { offset: nameAt });
  };
  for (const at of offsets) {
    add(at);
    const info = view.getUint32(at + 4, little);
    const kind = kindOfInfo(info);
    if (ELEMENT_HAS_NAME[kind] !== 1) continue;
    const size = ELEM_SIZE[kind] ?? 0;
    for (let i = 0; i < vlenOfInfo(info); i++) add(at + RECORD_HEAD + i * size);
  }
}
