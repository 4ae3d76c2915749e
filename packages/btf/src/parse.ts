import { viewOf } from "@core/bytes";
import type { Btf, KindLayout, TypeId } from "./btf.js";
import { BtfError } from "./error.js";
import { HEADER_LENGTH, MAGIC, MAX_KINDS } from "./kinds.js";
import { type Scan, scanRecords } from "./scan.js";
import { hasLongStrings, validateNameLengths, validateReferences } from "./validate.js";
import { byteAt } from "./words.js";

/** Bytes of `info_sz`, `elem_sz` and flags of one kind. */
const LAYOUT_ENTRY = 4;
/**
 * Longest string section, in bytes: four times the kernel's limit (BTF_MAX_NAME_OFFSET), where libbpf allows 2 GiB.
 * Any part of it fits a string, escaped or not, in every engine.
 */
const MAX_STRINGS = 0x4000000;

export interface ParseOptions {
  /** What this BTF was split from, such as the vmlinux of a module. */
  readonly base?: Btf;
  /** Bytes of a pointer. Give 8 for the BTF of a BPF object, as libbpf does; else it is guessed from `long`. */
  readonly pointerSize?: 4 | 8;
}

/**
 * Parses the content of a `.BTF` section, in the byte order that its magic number tells.
 *
 * The bytes are kept, not copied: they must not change while the result is in use. Every record is
 * checked to lie inside its section and to refer only to strings and types that exist, as libbpf does
 * (btf_parse_hdr, btf_parse_type_sec, btf_sanity_check); so reading cannot fail later on.
 * A kind unknown to this library is skipped with the help of the layout section, if there is one.
 *
 * @throws BtfError for malformed bytes.
 */
export function parseBtf(bytes: Uint8Array, options: ParseOptions = {}): Btf {
  const { btf, scan } = scanBtf(bytes, options);
  validateReferences(btf, scan);
  if (btf.hasLongStrings) validateNameLengths(btf);
  return btf;
}

/** @internal {@link parseBtf} but for what records refer to, which may not exist: to find out what is wrong with it. */
export function scanBtf(bytes: Uint8Array, options: ParseOptions): { btf: Btf; scan: Scan } {
  const { base, pointerSize } = options;
  const view = viewOf(bytes);
  const little = littleOf(view);
  const header = parseHeader(view, little);

  // Not a part of what was given, which may be a Buffer: those are slow to take parts of, and to search.
  const strings = new Uint8Array(bytes.buffer, bytes.byteOffset + header.stringsAt, header.stringsLength);
  checkStrings(strings, base, header.stringsAt);
  const stringStart = base?.stringEnd ?? 0;

  const layout = parseLayout(bytes, header);
  const startId = base?.endId ?? (1 as TypeId);
  // A split BTF without a layout section shares that of its immediate base (libbpf: btf_type_size_unknown).
  const scan = scanRecords({
    view,
    little,
    start: header.typesAt,
    length: header.typesLength,
    layout: layout ?? base?.layout,
    firstId: startId,
  });

  const btf: Btf = {
    order: little ? "little" : "big",
    base,
    startId,
    endId: (startId + scan.offsets.length) as TypeId,
    view,
    little,
    offsets: scan.offsets,
    kinds: scan.kinds,
    kindCounts: scan.kindCounts,
    strings,
    stringStart,
    stringEnd: stringStart + strings.length,
    hasLongStrings: hasLongStrings(strings) || (base?.hasLongStrings ?? false),
    layout,
    nameIndex: undefined,
    knownPointerSize: pointerSize,
  };
  return { btf, scan };
}

function littleOf(view: DataView): boolean {
  if (view.byteLength < HEADER_LENGTH.least) {
    throw new BtfError("header", `${view.byteLength} bytes are too few for a BTF header`);
  }
  if (view.byteLength > 0xffffffff) {
    throw new BtfError("header", `${view.byteLength} bytes are too many: offsets in BTF have 32 bits`);
  }
  if (view.getUint16(0, true) === MAGIC) return true;
  if (view.getUint16(0, false) === MAGIC) return false;
  const found = view.getUint16(0, false).toString(16).padStart(4, "0");
  throw new BtfError("magic", `not BTF: starts with 0x${found}, not with 0xeb9f in either byte order`, {
    offset: 0,
  });
}

/** Positions in bytes from the start of the input, lengths in bytes. */
interface Header {
  readonly typesAt: number;
  readonly typesLength: number;
  readonly layoutAt: number;
  readonly layoutLength: number;
  readonly stringsAt: number;
  readonly stringsLength: number;
}

/** libbpf accepts types, then layout, then strings, each at a multiple of 4 but the strings (btf_parse_hdr). */
function parseHeader(view: DataView, little: boolean): Header {
  const u32 = (offset: number): number => view.getUint32(offset, little);
  const refuse = (message: string, offset: number): never => {
    throw new BtfError("header", message, { offset });
  };

  const length = u32(4);
  if (length < HEADER_LENGTH.least || length > view.byteLength) {
    refuse(
      `header length ${length} is not between ${HEADER_LENGTH.least} and the ${view.byteLength} bytes there are`,
      4,
    );
  }
  const [typeOff, typeLen, strOff, strLen] = [u32(8), u32(12), u32(16), u32(20)];
  const hasLayout = length >= HEADER_LENGTH.withLayout;
  const [layoutOff, layoutLen] = hasLayout ? [u32(24), u32(28)] : [0, 0];

  if (strOff + strLen > view.byteLength - length) {
    refuse(
      `strings at ${strOff} + ${strLen} run past the ${view.byteLength - length} bytes after the header`,
      16,
    );
  }
  if (typeOff + typeLen > strOff)
    refuse(`types at ${typeOff} + ${typeLen} run into the strings at ${strOff}`, 8);
  if (typeOff % 4 !== 0) refuse(`types start at ${typeOff}, not at a multiple of 4`, 8);
  if (layoutLen !== 0) {
    if (layoutOff % 4 !== 0 || layoutLen % LAYOUT_ENTRY !== 0) {
      refuse(`layout section at ${layoutOff} + ${layoutLen}: both have to be multiples of 4`, 24);
    }
    if (layoutOff < typeOff + typeLen || layoutOff + layoutLen > strOff) {
      refuse(`layout section at ${layoutOff} + ${layoutLen} is not between types and strings`, 24);
    }
  }
  return {
    typesAt: length + typeOff,
    typesLength: typeLen,
    layoutAt: length + layoutOff,
    layoutLength: layoutLen,
    stringsAt: length + strOff,
    stringsLength: strLen,
  };
}

function checkStrings(strings: Uint8Array, base: Btf | undefined, offset: number): void {
  if (strings.length === 0 && base !== undefined) return;
  if (strings.length === 0) throw new BtfError("strings", "the string section is empty", { offset });
  if (strings.length > MAX_STRINGS) {
    throw new BtfError("strings", `a string section of ${strings.length} bytes is over ${MAX_STRINGS}`, {
      offset,
    });
  }
  if (strings[strings.length - 1] !== 0) {
    throw new BtfError("strings", "the last string is not terminated", {
      offset: offset + strings.length - 1,
    });
  }
  if (base === undefined && strings[0] !== 0) {
    throw new BtfError("strings", "the first string is not empty: is this a split BTF that needs its base?", {
      offset,
    });
  }
}

function parseLayout(bytes: Uint8Array, { layoutAt, layoutLength }: Header): KindLayout | undefined {
  if (layoutLength === 0) return undefined;
  const kinds = Math.min(layoutLength / LAYOUT_ENTRY, MAX_KINDS);
  const infoSize = new Uint8Array(kinds);
  const elemSize = new Uint8Array(kinds);
  for (let kind = 0; kind < kinds; kind++) {
    infoSize[kind] = byteAt(bytes, layoutAt + kind * LAYOUT_ENTRY);
    elemSize[kind] = byteAt(bytes, layoutAt + kind * LAYOUT_ENTRY + 1);
  }
  return { infoSize, elemSize };
}
