// Builds small inputs of every kind: BTF, ELF files, kernel images and archives. Written from the formats' own
// specifications; nothing here comes from the sources under test.

import { parseBtf } from "@core/btf";
import type { ByteOrder } from "@core/bytes";
import { Types } from "@core/written-types";

export const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);

export function concat(...parts: readonly (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === "string" ? text(part) : part))));
}

/** BTF of an int, of what is added, and of `more` ints behind it. */
function bytesOf(add: (types: Types, int: number) => void, order: ByteOrder, more: number) {
  const types = new Types();
  add(types, types.int("int", 4, { signed: true }));
  for (let i = 0; i < more; i++) types.int(`int${i}`, 4, { signed: true });
  return types.bytes(order);
}

/** BTF of a kernel in little: an int and a task_struct, and a few more ints to tell several apart. */
export const kernelBtf = (order: ByteOrder = "little", more = 0): Uint8Array<ArrayBuffer> =>
  bytesOf((types, int) => types.struct("task_struct", 4, ["pid", int, 0]), order, more);

/** BTF of something else, such as a BPF program. */
export const programBtf = (order: ByteOrder = "little", more = 0): Uint8Array<ArrayBuffer> =>
  bytesOf(() => {}, order, more);

/** Split BTF on top of {@link kernelBtf}. */
export function moduleBtf(order: ByteOrder = "little"): Uint8Array<ArrayBuffer> {
  const types = new Types(parseBtf(kernelBtf(order)));
  types.typedef("my_int", 1);
  return types.bytes(order);
}

export interface SectionPlan {
  readonly name: string;
  readonly data: Uint8Array;
  readonly type?: number;
  readonly flags?: number;
  /** Instead of that of `data`. */
  readonly size?: number;
}

/** A 64-bit ELF file. */
export function elf(
  plans: readonly SectionPlan[],
  { order = "little", machine = 62, type = 2 }: { order?: ByteOrder; machine?: number; type?: number } = {},
): Uint8Array<ArrayBuffer> {
  const little = order === "little";
  const names = `\0${[...plans.map(({ name }) => name), ".shstrtab"].join("\0")}\0`;
  const sections = [...plans, { name: ".shstrtab", data: text(names), type: 3 }];
  const contents = concat(...sections.map(({ data }) => data));
  const bytes = concat(new Uint8Array(64), contents, new Uint8Array(64 * (sections.length + 1)));
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, little ? 1 : 2, 1]);
  view.setUint16(16, type, little);
  view.setUint16(18, machine, little);
  const headers = 64 + contents.length;
  view.setBigUint64(40, BigInt(headers), little);
  view.setUint16(58, 64, little);
  view.setUint16(60, sections.length + 1, little);
  view.setUint16(62, sections.length, little);
  let offset = 64;
  sections.forEach((section: SectionPlan, i) => {
    const at = headers + 64 * (i + 1);
    view.setUint32(at, names.indexOf(`\0${section.name}\0`) + 1, little);
    view.setUint32(at + 4, section.type ?? 1, little);
    view.setBigUint64(at + 8, BigInt(section.flags ?? 0), little);
    view.setBigUint64(at + 24, BigInt(offset), little);
    view.setBigUint64(at + 32, BigInt(section.size ?? section.data.length), little);
    offset += section.data.length;
  });
  return bytes;
}

export const vmlinux = (order: ByteOrder = "little", btf: Uint8Array = kernelBtf(order)) =>
  elf([{ name: ".BTF", data: btf }], { order });

export function module(name = "my_module", btf: Uint8Array = moduleBtf()): Uint8Array<ArrayBuffer> {
  const info = text(`license=GPL\0name=${name}\0vermagic=6.1\0`);
  return elf(
    [
      { name: ".modinfo", data: info },
      { name: ".BTF", data: btf },
    ],
    { type: 1 },
  );
}

/** Documentation/arch/x86/boot.rst */
export function bzImage(
  payload: Uint8Array,
  { version = 0x20f, setupSectors = 2 } = {},
): Uint8Array<ArrayBuffer> {
  const offset = 100;
  const bytes = concat(new Uint8Array((setupSectors + 1) * 512 + offset), payload, new Uint8Array(64));
  const view = new DataView(bytes.buffer);
  bytes.set(text("MZ"));
  bytes[0x1f1] = setupSectors;
  bytes.set([0x55, 0xaa], 0x1fe);
  bytes.set(text("HdrS"), 0x202);
  view.setUint16(0x206, version, true);
  view.setUint32(0x248, offset, true);
  view.setUint32(0x24c, payload.length, true);
  return bytes;
}

/** drivers/firmware/efi/libstub/zboot-header.S */
export function zboot(payload: Uint8Array, compression: string): Uint8Array<ArrayBuffer> {
  const bytes = concat(new Uint8Array(128), payload, new Uint8Array(64));
  const view = new DataView(bytes.buffer);
  bytes.set(text("MZ\0\0zimg"));
  view.setUint32(8, 128, true);
  view.setUint32(12, payload.length, true);
  bytes.set(text(compression), 24);
  return bytes;
}

/** A header of `size` bytes with `magic` at `at`, and what follows it. */
export function flatImage(
  magic: string,
  at: number,
  ...parts: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(64);
  header.set(
    Uint8Array.from(magic, (char) => char.charCodeAt(0)),
    at,
  );
  return concat(header, ...parts);
}

export const arm64Image = (...parts: readonly Uint8Array[]) => flatImage("ARM\x64", 0x38, ...parts);

/** A little-endian u32. */
export function u32(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

export interface TarPlan {
  readonly name: string;
  readonly data?: Uint8Array;
  readonly type?: string;
  /** The field as it is, instead of the size of `data`. */
  readonly size?: string;
  readonly prefix?: string;
}

export function tarHeader({ name, data = text(""), type = "0", size, prefix = "" }: TarPlan): Uint8Array {
  const header = new Uint8Array(512);
  const put = (at: number, value: string) =>
    header.set(
      Uint8Array.from(value, (char) => char.charCodeAt(0)),
      at,
    );
  put(0, name);
  put(100, "0000644\0");
  put(124, size ?? `${data.length.toString(8).padStart(11, "0")}\0`);
  put(156, type);
  put(257, "ustar\x0000");
  put(345, prefix);
  put(148, "        ");
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return header;
}

export function tar(entries: readonly TarPlan[]): Uint8Array<ArrayBuffer> {
  const parts = entries.flatMap((entry) => {
    const data = entry.data ?? text("");
    return [tarHeader(entry), data, new Uint8Array(-data.length & 511)];
  });
  return concat(...parts, new Uint8Array(1024));
}

export function ar(
  members: readonly { readonly name: string; readonly data: Uint8Array }[],
): Uint8Array<ArrayBuffer> {
  const parts = members.flatMap(({ name, data }) => [
    `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}`,
    `${String(data.length).padEnd(10)}\`\n`,
    data,
    data.length % 2 === 0 ? "" : "\n",
  ]);
  return concat("!<arch>\n", ...parts);
}

export function deb(data: Uint8Array, name = "data.tar.gz"): Uint8Array<ArrayBuffer> {
  return ar([
    { name: "debian-binary", data: text("2.0\n") },
    { name: "control.tar", data: tar([{ name: "./control", data: text("Package: linux") }]) },
    { name, data },
  ]);
}
