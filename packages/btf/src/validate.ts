import type { Btf } from "./btf.js";
import { BtfError } from "./error.js";
import { ELEM_SIZE, KINDS, kindOfInfo, Raw, RECORD_HEAD, vlenOfInfo } from "./kinds.js";
import { infoOf } from "./read.js";

/**
 * Checks that every string offset and type id of this layer exists, and that every function has a
 * prototype (libbpf: btf_validate_type). Valid input, the common case, costs one pass that only keeps
 * the largest of each; who is to blame is looked for when that is too large.
 */
export function validateReferences(btf: Btf): void {
  const { maxString, maxId, lastFunc } = largestReferences(btf);
  if (maxString >= btf.stringEnd) throw blame(btf, "string-offset");
  if (maxId >= btf.endId) throw blame(btf, "type-id");
  if (lastFunc >= 0) checkFuncs(btf, lastFunc);
}

/** What of a record's head and elements are string offsets and type ids. Both by kind number. */
const HEAD_HAS_TYPE = flags(
  Raw.ptr,
  Raw.typedef,
  Raw.volatile,
  Raw.const,
  Raw.restrict,
  Raw.func,
  Raw.funcProto,
  Raw.var,
  Raw.declTag,
  Raw.typeTag,
);
const ELEMENT_HAS_NAME = flags(Raw.struct, Raw.union, Raw.enum, Raw.funcProto, Raw.enum64);
const ELEMENT_HAS_TYPE = flags(Raw.struct, Raw.union, Raw.funcProto, Raw.datasec);

function flags(...kinds: readonly number[]): Uint8Array {
  const set = new Uint8Array(KINDS.length);
  for (const kind of kinds) set[kind] = 1;
  return set;
}

/** Offset of the type id within an element: members and parameters start with a name, variables do not. */
const elementTypeAt = (kind: number): number => (kind === Raw.datasec ? 0 : 4);

function largestReferences(btf: Btf): { maxString: number; maxId: number; lastFunc: number } {
  const { view, little, offsets } = btf;
  let maxString = 0;
  let maxId = 0;
  let lastFunc = -1;
  for (let i = 0; i < offsets.length; i++) {
    const at = offsets[i] ?? 0;
    const name = view.getUint32(at, little);
    if (name > maxString) maxString = name;
    const info = view.getUint32(at + 4, little);
    const kind = kindOfInfo(info);
    if (HEAD_HAS_TYPE[kind] === 1) {
      const id = view.getUint32(at + 8, little);
      if (id > maxId) maxId = id;
      if (kind === Raw.func) lastFunc = i;
    } else if (kind === Raw.array) {
      const element = view.getUint32(at + RECORD_HEAD, little);
      if (element > maxId) maxId = element;
      const index = view.getUint32(at + RECORD_HEAD + 4, little);
      if (index > maxId) maxId = index;
    }
    const size = ELEM_SIZE[kind] ?? 0;
    if (size === 0) continue;
    const hasName = ELEMENT_HAS_NAME[kind] === 1;
    const hasType = ELEMENT_HAS_TYPE[kind] === 1;
    const typeAt = elementTypeAt(kind);
    const first = at + RECORD_HEAD;
    const end = first + vlenOfInfo(info) * size;
    for (let element = first; element < end; element += size) {
      if (hasName) {
        const elementName = view.getUint32(element, little);
        if (elementName > maxString) maxString = elementName;
      }
      if (hasType) {
        const id = view.getUint32(element + typeAt, little);
        if (id > maxId) maxId = id;
      }
    }
  }
  return { maxString, maxId, lastFunc };
}

function checkFuncs(btf: Btf, lastFunc: number): void {
  const { view, little, offsets } = btf;
  for (let i = 0; i <= lastFunc; i++) {
    const at = offsets[i] ?? 0;
    if (kindOfInfo(view.getUint32(at + 4, little)) !== Raw.func) continue;
    const proto = view.getUint32(at + 8, little);
    if (proto !== 0 && kindOfInfo(infoOf(btf, proto)) === Raw.funcProto) continue;
    const typeId = btf.startId + i;
    throw new BtfError("func-proto", `function ${typeId} has type ${proto}, which is no function prototype`, {
      typeId,
      offset: at,
    });
  }
}

/** Finds the first reference that is out of range. Only for input known to have one. */
function blame(btf: Btf, code: "string-offset" | "type-id"): BtfError {
  const { view, little, offsets } = btf;
  const limit = code === "string-offset" ? btf.stringEnd : btf.endId;
  const what = code === "string-offset" ? "string offset" : "type id";
  for (let i = 0; i < offsets.length; i++) {
    const at = offsets[i] ?? 0;
    const info = view.getUint32(at + 4, little);
    const kind = kindOfInfo(info);
    const found = referencesOf(code, kind, at, vlenOfInfo(info)).find(
      (offset) => view.getUint32(offset, little) >= limit,
    );
    if (found === undefined) continue;
    const typeId = btf.startId + i;
    const value = view.getUint32(found, little);
    return new BtfError(code, `type ${typeId} refers to ${what} ${value}, but there are only ${limit}`, {
      typeId,
      offset: found,
    });
  }
  return new BtfError(code, `a ${what} is out of range`);
}

/** Byte offsets of the string offsets, or of the type ids, of one record. */
function referencesOf(code: "string-offset" | "type-id", kind: number, at: number, vlen: number): number[] {
  const inHead: number[] = [];
  if (code === "string-offset") inHead.push(at);
  else if (HEAD_HAS_TYPE[kind] === 1) inHead.push(at + 8);
  else if (kind === Raw.array) inHead.push(at + RECORD_HEAD, at + RECORD_HEAD + 4);

  const inElements = code === "string-offset" ? ELEMENT_HAS_NAME : ELEMENT_HAS_TYPE;
  if (inElements[kind] !== 1) return inHead;
  const within = code === "string-offset" ? 0 : elementTypeAt(kind);
  const elements = Array.from(
    { length: vlen },
    (_, i) => at + RECORD_HEAD + i * (ELEM_SIZE[kind] ?? 0) + within,
  );
  return [...inHead, ...elements];
}
