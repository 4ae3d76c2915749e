import { execFileSync } from "node:child_process";

/** What `readelf` of GNU binutils says about a file, in the shape of this package's own results. */
export interface Readelf {
  readonly sections: readonly Record<string, unknown>[];
  /** By the name of the symbol table. */
  readonly symbols: ReadonlyMap<string, readonly Record<string, unknown>[]>;
  /** By the offset of the relocation section in the file, in bytes. */
  readonly relocations: ReadonlyMap<number, readonly Record<string, unknown>[]>;
}

const SECTION_TYPES: Readonly<Record<string, number>> = {
  NULL: 0,
  PROGBITS: 1,
  SYMTAB: 2,
  STRTAB: 3,
  RELA: 4,
  HASH: 5,
  DYNAMIC: 6,
  NOTE: 7,
  NOBITS: 8,
  REL: 9,
  DYNSYM: 11,
  INIT_ARRAY: 14,
  FINI_ARRAY: 15,
  PREINIT_ARRAY: 16,
  GROUP: 17,
  "SYMTAB SECTION INDICES": 18,
  RELR: 19,
  GNU_HASH: 0x6ffffff6,
  VERDEF: 0x6ffffffd,
  VERNEED: 0x6ffffffe,
  VERSYM: 0x6fffffff,
};
const SYMBOL_TYPES = ["NOTYPE", "OBJECT", "FUNC", "SECTION", "FILE", "COMMON", "TLS", "", "", "", "IFUNC"];
const BINDINGS = ["LOCAL", "GLOBAL", "WEAK", "", "", "", "", "", "", "", "UNIQUE"];
const VISIBILITIES = ["DEFAULT", "INTERNAL", "HIDDEN", "PROTECTED"];
const PLACES: Readonly<Record<string, string>> = { UND: "undef", ABS: "abs", COM: "common" };

const SECTION = /^ {7}(\S.*?) +([0-9a-f]{8,}) ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) +(\d+) +(\d+) +(\d+)$/;
const SYMBOL =
  /^ *\d+: ([0-9a-f]+) +(\S+) (\S+) +(\S+) +(\S+) +(?:\[.*?\] +)?(UND|ABS|COM|\d+|(?:OS|PRC|RSV) ?\[0x[0-9a-f]+\]) ?(.*)$/;
const RELOCATION = /^([0-9a-f]+) +([0-9a-f]+) \S+(.*)$/;

export const hasReadelf = ((): boolean => {
  try {
    return execFileSync("readelf", ["--version"], { encoding: "utf8" }).startsWith("GNU readelf");
  } catch {
    return false;
  }
})();

export function readelf(path: string): Readelf {
  const output = execFileSync("readelf", ["--wide", "--section-details", "--syms", "--relocs", path], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
    maxBuffer: 1 << 30,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const sections: Record<string, unknown>[] = [];
  const symbols = new Map<string, Record<string, unknown>[]>();
  const relocations = new Map<number, Record<string, unknown>[]>();
  const wide = / {7}NULL +[0-9a-f]{16} /.test(output);
  let name = "";
  let rows: Record<string, unknown>[] = [];
  let parseRow: (line: string) => Record<string, unknown> | undefined = () => undefined;

  for (const line of output.split("\n")) {
    const title = /^ {2}\[ *\d+\] (.*)$/.exec(line);
    const table = /^Symbol table '(.*)' contains/.exec(line);
    const group = /^Relocation section '.*' at offset (0x[0-9a-f]+) contains/.exec(line);
    const flags = /^ {7}\[([0-9a-f]+)\]: /.exec(line);
    if (title !== null) {
      name = title[1] ?? "";
      rows = sections;
      parseRow = (row) => sectionRow(row, sections.length, name);
    } else if (flags !== null) {
      Object.assign(sections.at(-1) ?? {}, { flags: Number.parseInt(flags[1] ?? "", 16) });
    } else if (table !== null) {
      rows = [];
      symbols.set(table[1] ?? "", rows);
      const dynamic = table[1] === ".dynsym";
      parseRow = (row) => symbolRow(row, dynamic);
    } else if (group !== null) {
      rows = [];
      relocations.set(Number(group[1]), rows);
      parseRow = (row) => relocationRow(row, wide);
    } else {
      const row = parseRow(line);
      if (row !== undefined) rows.push(row);
    }
  }
  return { sections, symbols, relocations };
}

function sectionRow(line: string, index: number, name: string): Record<string, unknown> | undefined {
  const match = SECTION.exec(line);
  if (match === null) return undefined;
  const [, type = "", addr, offset, size, entsize, link, info, align] = match;
  const hex = (digits = ""): number => Number.parseInt(digits, 16);
  return {
    index,
    name,
    type: SECTION_TYPES[type] ?? (type.startsWith("LOOS+") ? 0x6000_0000 + Number(type.slice(5)) : type),
    addr: BigInt(`0x${addr}`),
    offset: hex(offset),
    size: hex(size),
    link: Number(link),
    info: Number(info),
    addralign: Number(align),
    entsize: hex(entsize),
  };
}

function symbolRow(line: string, dynamic: boolean): Record<string, unknown> | undefined {
  const match = SYMBOL.exec(line);
  if (match === null) return undefined;
  const [, value, size, type = "", bind = "", visibility = "", place = "", name = ""] = match;
  return {
    // In the table of dynamic symbols readelf adds the version.
    name: dynamic ? name.replace(/@.*$/, "") : name,
    value: BigInt(`0x${value}`),
    size: Number(size),
    type: SYMBOL_TYPES.indexOf(type),
    bind: BINDINGS.indexOf(bind),
    visibility: VISIBILITIES.indexOf(visibility),
    section: PLACES[place] ?? (place.includes("[") ? "reserved" : Number(place)),
  };
}

function relocationRow(line: string, wide: boolean): Record<string, unknown> | undefined {
  const match = RELOCATION.exec(line);
  if (match === null) return undefined;
  const [, offset, digits = "0", rest = ""] = match;
  const info = BigInt(`0x${digits}`);
  const addend = /(?:(?: ([+-]) )| {4,})([0-9a-f]+)$/.exec(rest);
  return {
    offset: BigInt(`0x${offset}`),
    type: Number(wide ? info & 0xffff_ffffn : info & 0xffn),
    symbolIndex: Number(wide ? info >> 32n : info >> 8n),
    addend: addend === null ? undefined : BigInt(`0x${addend[2]}`) * (addend[1] === "-" ? -1n : 1n),
  };
}
