// Finds BTF in kernel images and modules, and BPF objects in the programs that embed them.

import { outputOf } from "./command.js";

/** The longest `.BTF` header that is looked for, in bytes. */
const MAX_HEADER = 64;
const BTF_HEADER = 24;

/** How kernel images are compressed: the first bytes, and a command that ignores what follows the data. */
const COMPRESSIONS = [
  { magic: [0x02, 0x21, 0x4c, 0x18], program: "lz4", args: ["-dc"] },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], program: "zstd", args: ["-dcq"] },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], program: "xz", args: ["-dcq", "--single-stream"] },
  { magic: [0x1f, 0x8b, 0x08], program: "gzip", args: ["-dcq"] },
] as const;

function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The BTF that starts at `offset`, when a plausible one does. */
function btfAt(bytes: Uint8Array, offset: number, minSize: number): Uint8Array | undefined {
  if (offset + BTF_HEADER > bytes.length || bytes[offset + 2] !== 1 || bytes[offset + 3] !== 0)
    return undefined;
  const view = dataView(bytes);
  const little = bytes[offset] === 0x9f;
  const u32 = (at: number) => view.getUint32(offset + at, little);
  const headerSize = u32(4);
  const [typeOff, typeLen, strOff, strLen] = [u32(8), u32(12), u32(16), u32(20)];
  const size = headerSize + strOff + strLen;
  if (headerSize < BTF_HEADER || headerSize > MAX_HEADER || strLen === 0 || size < minSize) return undefined;
  if (strOff < typeOff + typeLen || offset + size > bytes.length) return undefined;
  if (bytes[offset + headerSize + strOff] !== 0 || bytes[offset + size - 1] !== 0) return undefined;
  return bytes.subarray(offset, offset + size);
}

/** The first BTF of either byte order in `bytes`, of at least `minSize` bytes. */
export function findBtf(bytes: Uint8Array, minSize: number): Uint8Array | undefined {
  for (const magic of [
    [0x9f, 0xeb],
    [0xeb, 0x9f],
  ]) {
    for (const offset of offsetsOf(bytes, [...magic, 1, 0])) {
      const btf = btfAt(bytes, offset, minSize);
      if (btf !== undefined) return btf;
    }
  }
  return undefined;
}

/** The BTF of a kernel image, which is compressed on most architectures; at least `minSize` bytes. */
export function findKernelBtf(image: Uint8Array, minSize = 1 << 20): Uint8Array | undefined {
  const plain = findBtf(image, minSize);
  if (plain !== undefined) return plain;
  for (const { magic, program, args } of COMPRESSIONS) {
    for (const offset of offsetsOf(image, magic)) {
      const btf = findBtf(outputOf(program, args, { input: image.subarray(offset) }), minSize);
      if (btf !== undefined) return btf;
    }
  }
  return undefined;
}

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46, 2];
const EM_BPF = 247;
const ELF_HEADER = 64;
const SECTION_HEADER = 64;
const SHT_NOBITS = 8;

interface Section {
  readonly name: number;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

/** The sections of the 64-bit ELF at the start of `bytes`, or undefined when they do not fit into it. */
function sectionsOf(bytes: Uint8Array): { sections: Section[]; names: Section; end: number } | undefined {
  if (bytes.length < ELF_HEADER) return undefined;
  const view = dataView(bytes);
  const little = bytes[5] === 1;
  const start = Number(view.getBigUint64(40, little));
  const count = view.getUint16(60, little);
  let end = start + count * SECTION_HEADER;
  if (start < ELF_HEADER || end > bytes.length) return undefined;
  const sections = Array.from({ length: count }, (_, index) => {
    const at = start + index * SECTION_HEADER;
    return {
      name: view.getUint32(at, little),
      type: view.getUint32(at + 4, little),
      offset: Number(view.getBigUint64(at + 24, little)),
      size: Number(view.getBigUint64(at + 32, little)),
    };
  });
  for (const { type, offset, size } of sections) if (type !== SHT_NOBITS) end = Math.max(end, offset + size);
  const names = sections[view.getUint16(62, little)];
  return names === undefined || end > bytes.length ? undefined : { sections, names, end };
}

/** The bytes of a module's `.BTF` section; undefined when it has none. */
export function findModuleBtf(module: Uint8Array): Uint8Array | undefined {
  const elf = sectionsOf(module);
  const wanted = elf?.sections.find(({ name }) => {
    const at = elf.names.offset + name;
    return Buffer.from(module.subarray(at, at + 5)).toString("latin1") === ".BTF\0";
  });
  return wanted && module.subarray(wanted.offset, wanted.offset + wanted.size);
}

/** Every relocatable BPF ELF in `bytes`, itself included when it is one. */
export function findBpfObjects(bytes: Uint8Array): readonly Uint8Array[] {
  return offsetsOf(bytes, ELF_MAGIC).flatMap((offset) => {
    const rest = bytes.subarray(offset);
    if (rest.length < ELF_HEADER) return [];
    const machine = dataView(rest).getUint16(18, rest[5] === 1);
    const end = machine === EM_BPF ? sectionsOf(rest)?.end : undefined;
    return end === undefined ? [] : [rest.subarray(0, end)];
  });
}

function offsetsOf(bytes: Uint8Array, pattern: readonly number[]): readonly number[] {
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const needle = Buffer.from(pattern);
  const offsets = [];
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + 1)) offsets.push(at);
  return offsets;
}
