import { type Btf, BtfError, stringBytesAt } from "@core/btf";
import { decodeUtf8, type Reader, readerOf } from "@core/bytes";
import type { BtfExt, CoreRelo, FuncInfo, InfoPart, InfoSection, LineInfo } from "./btf-ext.js";
import { BtfExtError } from "./error.js";

const MAGIC = 0xeb9f;
/** Where the header says where a part is: its offset and length in bytes, after the header. */
const FUNC_INFO_AT = 8;
const LINE_INFO_AT = 16;
const CORE_RELOS_AT = 24;
const MIN_HEADER = 24;
const HEADER_WITH_CORE_RELOS = 32;
/** Bytes of a section's name offset and number of records. */
const SECTION_HEAD = 8;
/** Longest section name, in bytes. Names may overlap: without a limit a small input could hold gigabytes of them. */
const MAX_SECTION_NAME = 1024;

/**
 * Parses the content of a `.BTF.ext` section, as strictly as libbpf (btf_ext_parse). The bytes are kept, not
 * copied; records are read when they are asked for. What they refer to (types, strings, instructions) is not looked at.
 *
 * @param btf of the same object, which has the section names.
 * @throws BtfExtError for malformed bytes.
 */
export function parseBtfExt(bytes: Uint8Array, btf: Btf): BtfExt {
  const reader = parseMagic(bytes);
  const headerLength = reader.u32(4);
  if (reader.u8(2) !== 1) throw new BtfExtError("version", `version ${reader.u8(2)} is not 1`, { offset: 2 });
  if (reader.u8(3) !== 0) throw new BtfExtError("version", `flags ${reader.u8(3)} are not 0`, { offset: 3 });
  if (headerLength < MIN_HEADER || headerLength >= bytes.length) {
    const message = `header length ${headerLength} is not from ${MIN_HEADER} to below the ${bytes.length} bytes there are`;
    throw new BtfExtError("header", message, { offset: 4 });
  }
  const hasCoreRelos = headerLength >= HEADER_WITH_CORE_RELOS;
  return {
    bytes,
    order: reader.order,
    headerLength,
    funcInfo: parsePart(reader, btf, FUNC_INFO_AT, "func_info", 8, funcInfoAt),
    lineInfo: parsePart(reader, btf, LINE_INFO_AT, "line_info", 16, lineInfoAt),
    coreRelos: hasCoreRelos ? parsePart(reader, btf, CORE_RELOS_AT, "core_relo", 16, coreReloAt) : undefined,
  };
}

function parseMagic(bytes: Uint8Array): Reader {
  if (bytes.length < MIN_HEADER) {
    throw new BtfExtError("header", `${bytes.length} bytes are too few for a .BTF.ext header`);
  }
  const little = readerOf(bytes, "little");
  if (little.u16(0) === MAGIC) return little;
  const big = readerOf(bytes, "big");
  if (big.u16(0) === MAGIC) return big;
  const found = big.u16(0).toString(16).padStart(4, "0");
  throw new BtfExtError("magic", `not .BTF.ext: starts with 0x${found}, not with 0xeb9f`, { offset: 0 });
}

function funcInfoAt(reader: Reader, at: number): FuncInfo {
  return { insnOff: reader.u32(at), typeId: reader.u32(at + 4) };
}

function lineInfoAt(reader: Reader, at: number): LineInfo {
  const lineAndColumn = reader.u32(at + 12);
  return {
    insnOff: reader.u32(at),
    fileNameOff: reader.u32(at + 4),
    lineOff: reader.u32(at + 8),
    line: lineAndColumn >>> 10,
    column: lineAndColumn & 0x3ff,
  };
}

function coreReloAt(reader: Reader, at: number): CoreRelo {
  return {
    insnOff: reader.u32(at),
    typeId: reader.u32(at + 4),
    accessStrOff: reader.u32(at + 8),
    kind: reader.u32(at + 12),
  };
}

function parsePart<R>(
  reader: Reader,
  btf: Btf,
  headerAt: number,
  name: string,
  minRecordSize: number,
  recordAt: (reader: Reader, at: number) => R,
): InfoPart<R> | undefined {
  const length = reader.u32(headerAt + 4);
  if (length === 0) return undefined;
  const relative = reader.u32(headerAt);
  const offset = reader.u32(4) + relative;
  const end = offset + length;
  const refusePart = (what: string): never => {
    throw new BtfExtError("part", `${name} at ${offset} of ${length} bytes ${what}`, { offset: headerAt });
  };
  if (relative % 4 !== 0) refusePart("is not a multiple of 4 behind the header");
  if (!reader.has(offset, length)) refusePart(`runs past the ${reader.bytes.length} there are`);
  if (length < 4) refusePart("has no room for a record size");

  const recordSize = reader.u32(offset);
  if (recordSize < minRecordSize || recordSize % 4 !== 0) {
    const message = `${name} records of ${recordSize} bytes: at least ${minRecordSize}, and a multiple of 4, is expected`;
    throw new BtfExtError("record-size", message, { offset });
  }
  // libbpf refuses a part without records too, and then ignores the whole section.
  if (length === 4) refusePart("has no records");
  const sections: InfoSection<R>[] = [];
  for (let at = offset + 4; at < end; ) {
    if (at + SECTION_HEAD > end) {
      throw new BtfExtError("records", `${name}: no room for another section`, { offset: at });
    }
    const count = reader.u32(at + 4);
    const first = at + SECTION_HEAD;
    if (count === 0 || first + count * recordSize > end) {
      const message = `${name}: ${count} records of ${recordSize} bytes, with room for ${end - first} bytes`;
      throw new BtfExtError("records", message, { offset: at });
    }
    const behind = first + count * recordSize;
    const records = (): readonly R[] => {
      const read: R[] = [];
      for (let record = first; record < behind; record += recordSize) read.push(recordAt(reader, record));
      return read;
    };
    sections.push({ name: sectionName(btf, reader.u32(at), at), records });
    at = behind;
  }
  return { offset, length, sections };
}

function sectionName(btf: Btf, nameOff: number, offset: number): string {
  try {
    const bytes = stringBytesAt(btf, nameOff);
    if (bytes.length <= MAX_SECTION_NAME) return decodeUtf8(bytes);
  } catch (cause) {
    if (!(cause instanceof BtfError)) throw cause;
    throw new BtfExtError("section-name", `no section name at string offset ${nameOff}`, { offset }, cause);
  }
  const message = `the section name at string offset ${nameOff} is longer than ${MAX_SECTION_NAME} bytes`;
  throw new BtfExtError("section-name", message, { offset });
}
