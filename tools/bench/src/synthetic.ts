// Makes BPF objects of any size: as many relocations, of as many root types, as are asked for.

import {
  type Btf,
  enumeratorNameOff,
  kindOf,
  memberBitSize,
  memberNameOff,
  memberTypeOf,
  nameOf,
  parseBtf,
  skipModifiers,
  stringAt,
  type TypeId,
  typeIdAt,
  vlenOf,
  type WritableType,
  writeBtf,
} from "@core/btf";

const INT = 1;
const POINTER = 2;
const STRINGS = 3;
const FIRST_STRUCT = 4;
const SECTION = "socket";
const PROGRAM = "program";
const INSN_SIZE = 8;
const LEAST_FIELDS = 6;

interface Root {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly typeId: number }[];
}

/**
 * A little-endian object whose one function does `r1 = <offset of a field>` for fields of a kernel's own structs, all
 * of which exist.
 *
 * @throws Error when the kernel has too few structs of several plain fields.
 */
export function syntheticObject(kernel: Btf, rootTypes: number, relocations: number): Uint8Array {
  const roots = rootsIn(kernel, rootTypes, Math.max(LEAST_FIELDS, Math.ceil(relocations / rootTypes)));
  const accesses = roots.flatMap((root, i) => root.fields.map((_, field) => ({ root: i, field })));
  const wanted = Array.from(
    { length: relocations },
    (_, i) => accesses[i % accesses.length] ?? { root: 0, field: 0 },
  );
  const most = Math.max(...roots.map(({ fields }) => fields.length));
  const accessStrs = Array.from({ length: most }, (_, field) => `0:${field}`);
  const types: WritableType[] = [
    { kind: "int", name: "int", size: 4, bits: 32, bitOffset: 0, signed: true, char: false, bool: false },
    { kind: "ptr", typeId: 0 },
    // For their names, which .BTF.ext refers to.
    {
      kind: "enum",
      name: "strings",
      size: 4,
      signed: false,
      enumerators: [SECTION, ...accessStrs].map((name) => ({ name, value: 0n })),
    },
    ...roots.map(
      ({ name, fields }): WritableType => ({
        kind: "struct",
        name,
        size: fields.length * 8,
        members: fields.map((field, i) => ({ ...field, bitOffset: i * 64, bitSize: 0 })),
      }),
    ),
    { kind: "func_proto", returnTypeId: INT, params: [] },
    { kind: "func", name: PROGRAM, typeId: FIRST_STRUCT + rootTypes, linkage: 1 },
  ];
  const btfBytes = writeBtf(types, { order: "little" });
  const btf = parseBtf(btfBytes);
  const stringOff = (index: number): number => enumeratorNameOff(btf, typeIdAt(btf, STRINGS), index);

  const code = new DataView(new ArrayBuffer((relocations + 2) * INSN_SIZE));
  const records = wanted.flatMap(({ root, field }, i) => {
    code.setUint8(i * INSN_SIZE, 0xb7);
    code.setUint8(i * INSN_SIZE + 1, 1);
    code.setInt32(i * INSN_SIZE + 4, field * 8, true);
    return [i * INSN_SIZE, FIRST_STRUCT + root, stringOff(1 + field), 0];
  });
  // r0 = 0; exit
  code.setUint8(relocations * INSN_SIZE, 0xb7);
  code.setUint8((relocations + 1) * INSN_SIZE, 0x95);

  // Where the function begins, and that it has no source: cilium/ebpf insists on being told, as compilers do.
  const functions = [8, stringOff(0), 1, 0, types.length];
  const lines = [16, stringOff(0), 1, 0, 0, 0, 0];
  const coreRelos = [16, stringOff(0), relocations, ...records];
  const [linesAt, relosAt] = [functions.length * 4, (functions.length + lines.length) * 4];
  const places = [0, linesAt, linesAt, lines.length * 4, relosAt, coreRelos.length * 4];
  const ext = wordsToBytes([0x0001eb9f, 32, ...places, ...functions, ...lines, ...coreRelos]);
  return elfOf([
    { name: SECTION, type: 1, flags: 6, bytes: new Uint8Array(code.buffer) },
    { name: ".BTF", type: 1, flags: 0, bytes: btfBytes },
    { name: ".BTF.ext", type: 1, flags: 0, bytes: ext },
  ]);
}

/** Structs with a name of their own, and up to `most` of their fields, plain integers and pointers. */
function rootsIn(kernel: Btf, count: number, most: number): readonly Root[] {
  const seen = new Set<string>();
  const roots: Root[] = [];
  for (let id = kernel.startId; id < kernel.endId && roots.length < count; id = (id + 1) as TypeId) {
    const name = nameOf(kernel, id);
    if (kindOf(kernel, id) !== "struct" || name === "" || name.includes("___") || seen.has(name)) continue;
    seen.add(name);
    const fields = Array.from({ length: vlenOf(kernel, id) }, (_, i) => i).flatMap((i) => {
      const field = stringAt(kernel, memberNameOff(kernel, id, i));
      const kind = kindOf(kernel, skipModifiers(kernel, memberTypeOf(kernel, id, i)));
      if (field === "" || memberBitSize(kernel, id, i) > 0 || (kind !== "int" && kind !== "ptr")) return [];
      return [{ name: field, typeId: kind === "int" ? INT : POINTER }];
    });
    if (fields.length >= LEAST_FIELDS) roots.push({ name, fields: fields.slice(0, most) });
  }
  if (roots.length < count)
    throw new Error(`the kernel has no ${count} structs of ${LEAST_FIELDS} fields, only ${roots.length}`);
  return roots;
}

const wordsToBytes = (words: readonly number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  for (const [i, word] of words.entries()) view.setUint32(i * 4, word, true);
  return new Uint8Array(view.buffer);
};

interface Contents {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly bytes: Uint8Array;
  readonly link?: number;
  readonly info?: number;
  readonly entsize?: number;
}

const HEADER = 64;
const SYMBOL = 24;

/** A relocatable 64-bit file for BPF with these sections from 1 on, and a symbol for a function that is all of the first. */
function elfOf(contents: readonly Contents[]): Uint8Array {
  const strings = ["", ...contents.map(({ name }) => name), ".symtab", ".strtab", PROGRAM];
  const table = new TextEncoder().encode(`${strings.join("\0")}\0`);
  const nameAt = (name: string): number =>
    strings.slice(0, strings.indexOf(name)).reduce((at, text) => at + text.length + 1, 0);
  const symbols = new DataView(new ArrayBuffer(2 * SYMBOL));
  symbols.setUint32(SYMBOL, nameAt(PROGRAM), true);
  symbols.setUint8(SYMBOL + 4, 0x12);
  symbols.setUint16(SYMBOL + 6, 1, true);
  symbols.setBigUint64(SYMBOL + 16, BigInt(contents[0]?.bytes.length ?? 0), true);
  const sections: readonly Contents[] = [
    { name: "", type: 0, flags: 0, bytes: new Uint8Array() },
    ...contents,
    {
      name: ".symtab",
      type: 2,
      flags: 0,
      bytes: new Uint8Array(symbols.buffer),
      link: contents.length + 2,
      info: 1,
      entsize: SYMBOL,
    },
    { name: ".strtab", type: 3, flags: 0, bytes: table },
  ];
  const aligned = (at: number): number => Math.ceil(at / 8) * 8;
  const headersAt = sections.reduce((at, { bytes }) => aligned(at + bytes.length), HEADER);
  const file = new Uint8Array(headersAt + sections.length * HEADER);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 1, true);
  view.setUint16(18, 247, true);
  view.setUint32(20, 1, true);
  view.setUint32(40, headersAt, true);
  view.setUint16(52, HEADER, true);
  view.setUint16(58, HEADER, true);
  view.setUint16(60, sections.length, true);
  view.setUint16(62, sections.length - 1, true);
  let at = HEADER;
  for (const [i, { name, type, flags, bytes, link = 0, info = 0, entsize = 0 }] of sections.entries()) {
    const header = headersAt + i * HEADER;
    file.set(bytes, at);
    view.setUint32(header, nameAt(name), true);
    view.setUint32(header + 4, type, true);
    view.setUint32(header + 8, flags, true);
    view.setUint32(header + 24, at, true);
    view.setUint32(header + 32, bytes.length, true);
    view.setUint32(header + 40, link, true);
    view.setUint32(header + 44, info, true);
    view.setUint32(header + 48, 8, true);
    view.setUint32(header + 56, entsize, true);
    at = aligned(at + bytes.length);
  }
  return file;
}
