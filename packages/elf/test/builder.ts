import type { ByteOrder } from "@core/bytes";
import type { ElfClass } from "../src/index.js";

/** A section to build. What is left out is 0, empty, or follows from the rest. */
export interface SectionPlan {
  readonly name: string;
  readonly type: number;
  readonly flags?: number;
  readonly addr?: bigint;
  readonly data?: Uint8Array;
  /** Instead of the size of `data`. */
  readonly size?: number;
  /** Instead of where `data` is put. */
  readonly offset?: number;
  readonly link?: number;
  readonly info?: number;
  readonly addralign?: number;
  readonly entsize?: number;
}

export interface ElfPlan {
  readonly class?: ElfClass;
  readonly order?: ByteOrder;
  readonly type?: number;
  readonly machine?: number;
  readonly flags?: number;
  /** Number of program headers, all zero, right behind the ELF header. */
  readonly programHeaders?: number;
  /** Sections from index 1 on; `.shstrtab` is added behind them. */
  readonly sections: readonly SectionPlan[];
  /** Puts the section numbers into section header 0 even where they would fit the ELF header. */
  readonly extended?: boolean;
}

/** Writes whole numbers of a file's class and byte order at the end of what it has written so far. */
class Writer {
  readonly bytes: number[] = [];
  readonly order: ByteOrder;
  readonly wordBytes: 4 | 8;

  constructor(order: ByteOrder, elfClass: ElfClass) {
    this.order = order;
    this.wordBytes = elfClass === 32 ? 4 : 8;
  }

  number(value: bigint | number, length: number): this {
    const little = Array.from({ length }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));
    this.bytes.push(...(this.order === "little" ? little : little.reverse()));
    return this;
  }

  u8 = (value: number): this => this.number(value, 1);
  u16 = (value: number): this => this.number(value, 2);
  u32 = (value: number): this => this.number(value, 4);
  word = (value: bigint | number): this => this.number(value, this.wordBytes);
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Where an ELF header's fields are, in bytes. */
export function headerFields(elfClass: ElfClass) {
  const w = elfClass / 8;
  const tail = 24 + 3 * w;
  return {
    phoff: 24 + w,
    shoff: 24 + 2 * w,
    phentsize: tail + 6,
    phnum: tail + 8,
    shentsize: tail + 10,
    shnum: tail + 12,
    shstrndx: tail + 14,
    size: tail + 16,
  };
}

/**
 * An ELF file: header, program headers, contents in order, section headers last. Written from the
 * specification and checked with readelf (readelf.test.ts), so that it can vouch for the parser.
 */
export function buildElf(plan: ElfPlan): Uint8Array {
  const elfClass = plan.class ?? 64;
  const order = plan.order ?? "little";
  const wordBytes = elfClass / 8;
  const programBytes = (plan.programHeaders ?? 0) * (elfClass === 32 ? 32 : 56);
  const names = ["", ...plan.sections.map((section) => section.name), ".shstrtab"];
  let nameEnd = 0;
  const nameOffsets = names.map((name) => {
    const offset = nameEnd;
    nameEnd += text(name).length + 1;
    return offset;
  });
  const sections: SectionPlan[] = [
    { name: "", type: 0 },
    ...plan.sections,
    { name: ".shstrtab", type: 3, data: text(`${names.join("\0")}\0`), addralign: 1 },
  ];
  const count = sections.length;

  const start = 40 + 3 * wordBytes + programBytes;
  let end = start;
  const offsets = sections.map((section, index) => {
    if (index === 0) return 0;
    if (section.offset === undefined) end = alignUp(end, section.addralign ?? 1);
    const offset = end;
    end += section.data?.length ?? 0;
    return offset;
  });
  const shoff = alignUp(end, 8);
  const extended = plan.extended === true || count >= 0xff00;

  const header = new Writer(order, elfClass);
  header.u8(0x7f).u8(0x45).u8(0x4c).u8(0x46);
  header
    .u8(elfClass === 32 ? 1 : 2)
    .u8(order === "little" ? 1 : 2)
    .u8(1);
  header.number(0, 9);
  header
    .u16(plan.type ?? 1)
    .u16(plan.machine ?? 0)
    .u32(1);
  header
    .word(0)
    .word(programBytes === 0 ? 0 : start - programBytes)
    .word(shoff);
  header.u32(plan.flags ?? 0).u16(40 + 3 * wordBytes);
  header.u16(elfClass === 32 ? 32 : 56).u16(plan.programHeaders ?? 0);
  header
    .u16(16 + 6 * wordBytes)
    .u16(extended ? 0 : count)
    .u16(extended ? 0xffff : count - 1);

  const headerBytes = 16 + 6 * wordBytes;
  const file = new Uint8Array(shoff + count * headerBytes);
  file.set(header.bytes);
  sections.forEach((section, index) => {
    const offset = offsets[index] ?? 0;
    if (section.data !== undefined) file.set(section.data, offset);
    const first = index === 0 && extended;
    const entry = new Writer(order, elfClass);
    entry.u32(nameOffsets[index] ?? 0).u32(section.type);
    entry
      .word(section.flags ?? 0)
      .word(section.addr ?? 0)
      .word(section.offset ?? offset);
    entry.word(first ? count : (section.size ?? section.data?.length ?? 0));
    entry.u32(first ? count - 1 : (section.link ?? 0)).u32(section.info ?? 0);
    entry.word(section.addralign ?? 0).word(section.entsize ?? 0);
    file.set(entry.bytes, shoff + index * headerBytes);
  });
  return file;
}

function alignUp(value: number, alignment: number): number {
  return alignment === 0 ? value : Math.ceil(value / alignment) * alignment;
}

export interface SymbolPlan {
  readonly name: number;
  readonly value?: bigint;
  readonly size?: bigint | number;
  readonly info?: number;
  readonly other?: number;
  readonly shndx?: number;
}

/** The contents of a symbol table; the first symbol, all zero, is added. */
export function symbolTable(
  order: ByteOrder,
  elfClass: ElfClass,
  symbols: readonly SymbolPlan[],
): Uint8Array {
  const out = new Writer(order, elfClass);
  for (const { name, value = 0n, size = 0, info = 0, other = 0, shndx = 0 } of [
    { name: 0 },
    ...symbols,
  ] as SymbolPlan[]) {
    out.u32(name);
    if (elfClass === 32) out.word(value).word(size).u8(info).u8(other).u16(shndx);
    else out.u8(info).u8(other).u16(shndx).word(value).word(size);
  }
  return Uint8Array.from(out.bytes);
}

export interface RelocationPlan {
  readonly offset: bigint;
  readonly symbol: number;
  readonly type: number;
  readonly addend?: bigint;
}

/** The contents of a relocation section; with addends when `withAddend`. */
export function relocationTable(
  order: ByteOrder,
  elfClass: ElfClass,
  relocations: readonly RelocationPlan[],
  withAddend: boolean,
): Uint8Array {
  const out = new Writer(order, elfClass);
  for (const { offset, symbol, type, addend = 0n } of relocations) {
    out.word(offset);
    out.word((BigInt(symbol) << (elfClass === 32 ? 8n : 32n)) | BigInt(type));
    if (withAddend) out.word(addend);
  }
  return Uint8Array.from(out.bytes);
}

/** A number of `length` bytes written over `bytes` at `offset`. */
export function poke(
  bytes: Uint8Array,
  order: ByteOrder,
  offset: number,
  length: number,
  value: bigint | number,
): void {
  bytes.set(new Writer(order, 64).number(value, length).bytes, offset);
}

/**
 * A small object with everything that this package reads: contents, a section without bytes, symbols
 * of every place, extended section indices, relocations with and without addends.
 *
 * | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |
 * |---|---|---|---|---|---|---|---|---|
 * | .text | .bss | .strtab | .symtab | .symtab_shndx | .rel.text | .rela.text | note | .shstrtab |
 */
export function sampleElf(elfClass: ElfClass, order: ByteOrder, extended = false): Uint8Array {
  const strings = "\0start\0size\0end\0";
  const symbols = symbolTable(order, elfClass, [
    { name: 0, info: 3, shndx: 1 },
    { name: 1, info: 0x12, value: 8n, size: 16, shndx: 1 },
    { name: 7, info: 0x11, size: 4, shndx: 0xfff2, value: 4n },
    { name: 9, info: 0x20, other: 2 },
    { name: 12, info: 0x04, shndx: 0xfff1 },
    { name: 7, info: 0x11, shndx: 0xffff, value: 0x7fff_ffffn },
    { name: 7, info: 0x10, shndx: 0xff20 },
  ]);
  const shndx = new Writer(order, elfClass);
  for (let i = 0; i < 8; i++) shndx.u32(i === 6 ? 2 : 0);
  const relocations = [
    { offset: 0n, symbol: 2, type: 1, addend: -4n },
    { offset: 8n, symbol: 4, type: 2, addend: 0x1234n },
    { offset: 16n, symbol: 0, type: 10 },
  ];
  const wordBytes = elfClass / 8;
  return buildElf({
    class: elfClass,
    order,
    machine: 22,
    flags: 0x8000_0001,
    extended,
    sections: [
      { name: ".text", type: 1, flags: 6, data: Uint8Array.from({ length: 24 }, (_, i) => i), addralign: 8 },
      { name: ".bss", type: 8, flags: 3, size: 0x1000, addralign: 4 },
      { name: ".strtab", type: 3, data: text(strings), addralign: 1 },
      {
        name: ".symtab",
        type: 2,
        data: symbols,
        link: 3,
        info: 2,
        addralign: 8,
        entsize: elfClass === 32 ? 16 : 24,
      },
      {
        name: ".symtab_shndx",
        type: 18,
        data: Uint8Array.from(shndx.bytes),
        link: 4,
        addralign: 4,
        entsize: 4,
      },
      {
        name: ".rel.text",
        type: 9,
        flags: 0x40,
        data: relocationTable(order, elfClass, relocations, false),
        link: 4,
        info: 1,
        addralign: 8,
        entsize: 2 * wordBytes,
      },
      {
        name: ".rela.text",
        type: 4,
        flags: 0x40,
        data: relocationTable(order, elfClass, relocations, true),
        link: 4,
        info: 1,
        addralign: 8,
        entsize: 3 * wordBytes,
      },
      { name: "note", type: 1, data: text("hello"), addralign: 1 },
    ],
  });
}

export const FLAVOURS: readonly (readonly [ElfClass, ByteOrder])[] = [
  [64, "little"],
  [64, "big"],
  [32, "little"],
  [32, "big"],
];
