import type { Btf, TypeId } from "../btf.js";
import { ELEM_SIZE, KINDS, kflagOfInfo, kindOfInfo, Raw, RECORD_HEAD, vlenOfInfo } from "../kinds.js";
import { infoOf, nameOffOf } from "../read.js";
import { byteAt, wordAt } from "../words.js";

/** What writes records down: as raw text or as JSON. It is told everything in bpftool's order and words. */
export interface Notation {
  /** A type begins. Names are string offsets. */
  beginType(id: TypeId, kind: string, name: number): void;
  number(key: string, value: number): void;
  word(key: string, value: string): void;
  /** Of a variable; as {@link word}, but that raw text has a comma there. */
  variableLinkage(value: string): void;
  beginElements(key: string): void;
  /** `name` is undefined for the variables of a section, which have none of their own. */
  beginElement(name: number | undefined): void;
  /** An enumerator's value: 32 bits, or 64 in two words. */
  enumerator(signed: boolean, low: number, high: number | undefined): void;
  /** What a section's variable is, in words. */
  variable(kind: string, name: number): void;
  endElement(): void;
  endElements(): void;
  endType(): void;
}

/** A record and where to read it. */
interface Found {
  readonly view: DataView;
  readonly little: boolean;
  /** In bytes. */
  readonly at: number;
  readonly kind: number;
  readonly vlen: number;
  readonly kflag: boolean;
}

const KIND_WORDS = KINDS.map((kind) => (kind === "void" ? "UNKNOWN" : kind.toUpperCase()));

const kindWord = (kind: number): string => KIND_WORDS[kind] ?? "UNKNOWN";

/** An int's encodings by their number; bpftool has no words for combinations. */
const ENCODINGS: readonly (string | undefined)[] = ["(none)", "SIGNED", "CHAR", undefined, "BOOL"];
const LINKAGES: readonly (string | undefined)[] = ["static", "global", "extern"];

const linkageWord = (linkage: number): string => LINKAGES[linkage] ?? "(unknown)";

/**
 * Everything that the record of a type states (bpftool: dump_btf_type). Of a kind that this library does not know,
 * and of void, that is no more than the name.
 */
export function describeRecord(btf: Btf, id: TypeId, to: Notation): void {
  if (id === 0) {
    to.beginType(id, kindWord(0), 0);
    to.endType();
    return;
  }
  let layer = btf;
  while (id < layer.startId && layer.base !== undefined) layer = layer.base;
  const { view, little, offsets, startId } = layer;
  const at = wordAt(offsets, id - startId);
  const info = view.getUint32(at + 4, little);
  const found = {
    view,
    little,
    at,
    kind: kindOfInfo(info),
    vlen: vlenOfInfo(info),
    kflag: kflagOfInfo(info),
  };
  to.beginType(id, kindWord(found.kind), view.getUint32(at, little));
  describeFields(btf, found, to);
  to.endType();
}

function describeFields(btf: Btf, found: Found, to: Notation): void {
  const { view, little, at, kind, vlen, kflag } = found;
  const sizeOrType = view.getUint32(at + 8, little);
  const trailing = (word: number): number => view.getUint32(at + RECORD_HEAD + word * 4, little);
  switch (kind) {
    case Raw.int: {
      const encoding = trailing(0);
      to.number("size", sizeOrType);
      to.number("bits_offset", (encoding >>> 16) & 0xff);
      to.number("nr_bits", encoding & 0xff);
      to.word("encoding", ENCODINGS[(encoding >>> 24) & 0xf] ?? "UNKN");
      break;
    }
    case Raw.ptr:
    case Raw.const:
    case Raw.volatile:
    case Raw.restrict:
    case Raw.typedef:
    case Raw.typeTag:
      to.number("type_id", sizeOrType);
      break;
    case Raw.array:
      to.number("type_id", trailing(0));
      to.number("index_type_id", trailing(1));
      to.number("nr_elems", trailing(2));
      break;
    case Raw.struct:
    case Raw.union:
      to.number("size", sizeOrType);
      describeElements(found, to, "members", describeMember);
      break;
    case Raw.enum:
    case Raw.enum64:
      to.word("encoding", kflag ? "SIGNED" : "UNSIGNED");
      to.number("size", sizeOrType);
      describeElements(found, to, "values", describeEnumerator);
      break;
    case Raw.fwd:
      to.word("fwd_kind", kflag ? "union" : "struct");
      break;
    case Raw.func:
      to.number("type_id", sizeOrType);
      to.word("linkage", linkageWord(vlen));
      break;
    case Raw.funcProto:
      to.number("ret_type_id", sizeOrType);
      describeElements(found, to, "params", describeParam);
      break;
    case Raw.var:
      to.number("type_id", sizeOrType);
      to.variableLinkage(linkageWord(trailing(0)));
      break;
    case Raw.datasec:
      to.number("size", sizeOrType);
      describeElements(found, to, "vars", (section, element) => describeVar(btf, section, element, to));
      break;
    case Raw.float:
      to.number("size", sizeOrType);
      break;
    case Raw.declTag:
      to.number("type_id", sizeOrType);
      to.number("component_idx", trailing(0) | 0);
      break;
  }
}

function describeElements(
  found: Found,
  to: Notation,
  key: string,
  describe: (found: Found, element: number, to: Notation) => void,
): void {
  const size = byteAt(ELEM_SIZE, found.kind);
  to.number("vlen", found.vlen);
  to.beginElements(key);
  for (let i = 0, element = found.at + RECORD_HEAD; i < found.vlen; i++, element += size) {
    describe(found, element, to);
    to.endElement();
  }
  to.endElements();
}

function describeMember({ view, little, kflag }: Found, element: number, to: Notation): void {
  const offset = view.getUint32(element + 8, little);
  to.beginElement(view.getUint32(element, little));
  to.number("type_id", view.getUint32(element + 4, little));
  to.number("bits_offset", kflag ? offset & 0xffffff : offset);
  if (kflag && offset >>> 24 !== 0) to.number("bitfield_size", offset >>> 24);
}

function describeEnumerator({ view, little, kind, kflag }: Found, element: number, to: Notation): void {
  to.beginElement(view.getUint32(element, little));
  const high = kind === Raw.enum64 ? view.getUint32(element + 8, little) : undefined;
  to.enumerator(kflag, view.getUint32(element + 4, little), high);
}

function describeParam({ view, little }: Found, element: number, to: Notation): void {
  to.beginElement(view.getUint32(element, little));
  to.number("type_id", view.getUint32(element + 4, little));
}

function describeVar(btf: Btf, { view, little }: Found, element: number, to: Notation): void {
  const id = view.getUint32(element, little) as TypeId;
  to.beginElement(undefined);
  to.number("type_id", id);
  to.number("offset", view.getUint32(element + 4, little));
  to.number("size", view.getUint32(element + 8, little));
  to.variable(kindWord(kindOfInfo(infoOf(btf, id))), nameOffOf(btf, id));
}
