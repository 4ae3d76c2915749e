import type { Btf, TypeId } from "./btf.js";
import { BtfError } from "./error.js";
import { ELEM_SIZE, ELEMENT_HAS_NAME, Raw, RECORD_HEAD } from "./kinds.js";
import { rawKindOf, referredTypeOf, stringEndAt, stringLayerOf, vlenOf } from "./read.js";
import type { Scan } from "./scan.js";
import { byteAt, wordAt } from "./words.js";

/**
 * Checks that every string offset and type id of this layer exists, and that every function has a
 * prototype (libbpf: btf_validate_type, which does not look at the type that a function returns).
 *
 * @throws BtfError `string-offset`, `type-id` or `func-proto`.
 */
export function validateReferences(btf: Btf, scan: Scan): void {
  const { maxString, maxId } = scan;
  if (maxString >= btf.stringEnd) {
    const what = `string offset ${maxString}: strings end at ${btf.stringEnd}`;
    throw outOfRange(btf, "string-offset", scan.maxStringIn, what);
  }
  if (maxId >= btf.endId) {
    throw outOfRange(btf, "type-id", scan.maxIdIn, `type id ${maxId}: the last is ${btf.endId - 1}`);
  }
  if (scan.hasDoubtfulFunc) checkFuncs(btf);
}

function outOfRange(btf: Btf, code: "string-offset" | "type-id", index: number, what: string): BtfError {
  const typeId = btf.startId + index;
  return new BtfError(code, `type ${typeId} refers to ${what}`, {
    typeId,
    offset: wordAt(btf.offsets, index),
  });
}

/** Only now that every id exists can what it leads to be looked at, be it further on or in the base. */
function checkFuncs(btf: Btf): void {
  for (const [i, kind] of btf.kinds.entries()) {
    if (kind !== Raw.func) continue;
    const typeId = (btf.startId + i) as TypeId;
    const proto = referredTypeOf(btf, typeId);
    if (rawKindOf(btf, proto) === Raw.funcProto) continue;
    throw new BtfError("func-proto", `function ${typeId} has type ${proto}, which is no function prototype`, {
      typeId,
      offset: wordAt(btf.offsets, i),
    });
  }
}

/** Names longer than this, in bytes, are summed up: the kernel's own limit (KSYM_NAME_LEN). Its names have 13 on average. */
const LONG_NAME = 512;
/** What all names of a layer may add up to: what they can when none is longer, as each takes 8 bytes to refer to. */
const MAX_NAMES_TO_INPUT = LONG_NAME / 8;

/** Whether any string is longer than {@link LONG_NAME}. Looks at few of the bytes. */
export function hasLongStrings(strings: Uint8Array): boolean {
  for (let start = 0; start + LONG_NAME < strings.length; ) {
    let terminator = start + LONG_NAME;
    while (strings[terminator] !== 0) if (--terminator < start) return true;
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
  const { view, little } = btf;
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
  for (const [i, at] of btf.offsets.entries()) {
    add(at);
    const kind = byteAt(btf.kinds, i);
    if (ELEMENT_HAS_NAME[kind] !== 1) continue;
    const size = byteAt(ELEM_SIZE, kind);
    const vlen = vlenOf(btf, (btf.startId + i) as TypeId);
    for (let element = 0; element < vlen; element++) add(at + RECORD_HEAD + element * size);
  }
}
