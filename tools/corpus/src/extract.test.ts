import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { findBpfObjects, findBtf, findKernelBtf, findModuleBtf } from "./extract.js";

/** An empty BTF but for `strings`, which start and end with NUL as the format demands. */
function btfOf(order: "little" | "big", strings = "\0int\0"): Buffer {
  const bytes = Buffer.alloc(24 + strings.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const little = order === "little";
  view.setUint16(0, 0xeb9f, little);
  view.setUint8(2, 1);
  view.setUint32(4, 24, little);
  view.setUint32(20, strings.length, little);
  bytes.write(strings, 24, "latin1");
  return bytes;
}

/** A 64-bit ELF with one section, named `.BTF`. */
function elfOf(order: "little" | "big", machine: number, content: Uint8Array): Buffer {
  const little = order === "little";
  const names = "\0.BTF\0.shstrtab\0";
  const start = 64 + content.length + names.length;
  const bytes = Buffer.alloc(start + 3 * 64);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, little ? 1 : 2, 1]);
  view.setUint16(16, 1, little);
  view.setUint16(18, machine, little);
  view.setBigUint64(40, BigInt(start), little);
  view.setUint16(60, 3, little);
  view.setUint16(62, 2, little);
  bytes.set(content, 64);
  bytes.write(names, 64 + content.length, "latin1");
  const section = (index: number, name: number, offset: number, size: number) => {
    view.setUint32(start + index * 64, name, little);
    view.setUint32(start + index * 64 + 4, 1, little);
    view.setBigUint64(start + index * 64 + 24, BigInt(offset), little);
    view.setBigUint64(start + index * 64 + 32, BigInt(size), little);
  };
  section(1, 1, 64, content.length);
  section(2, 6, 64 + content.length, names.length);
  return bytes;
}

const NOISE = Buffer.from("noise \x9f\xeb\x01\0 and \x1f\x8b\x08 more", "latin1");

describe.each(["little", "big"] as const)("%s-endian", (order) => {
  const btf = btfOf(order);

  it("finds BTF among bytes that only begin like it", () => {
    expect(findBtf(Buffer.concat([NOISE, btf, NOISE]), 0)).toEqual(btf);
    expect(findBtf(NOISE, 0)).toBeUndefined();
  });

  it("finds BTF in a compressed kernel image, whatever follows", () => {
    const image = Buffer.concat([NOISE, gzipSync(Buffer.concat([NOISE, btf])), NOISE]);
    expect(findKernelBtf(image, 0)).toEqual(btf);
  });

  it("finds a module's section by its name", () => {
    expect(findModuleBtf(elfOf(order, 62, btf))).toEqual(btf);
    expect(findModuleBtf(NOISE)).toBeUndefined();
  });

  it("cuts out every BPF object, to its last byte", () => {
    const [one, two] = [elfOf(order, 247, btf), elfOf(order, 247, btfOf(order, "\0long\0"))];
    const program = Buffer.concat([elfOf("little", 62, NOISE), one, NOISE, two, NOISE]);
    expect(findBpfObjects(program)).toEqual([one, two]);
  });
});

it("takes no BTF smaller than a kernel's for a kernel's", () => {
  const btf = btfOf("little");
  expect(findBtf(btf, btf.length)).toEqual(btf);
  expect(findBtf(btf, btf.length + 1)).toBeUndefined();
});

it("leaves an object alone whose sections run past the end", () => {
  const object = elfOf("little", 247, NOISE);
  expect(findBpfObjects(object.subarray(0, -1))).toEqual([]);
});
