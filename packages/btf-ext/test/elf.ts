import type { ByteOrder } from "@core/bytes";

/** The contents of a 64-bit object's section; undefined if there is none. No layer here may know ELF. */
export function sectionOf(object: Uint8Array, order: ByteOrder, name: string): Uint8Array | undefined {
  const view = new DataView(object.buffer, object.byteOffset, object.byteLength);
  const little = order === "little";
  const sections = Number(view.getBigUint64(40, little));
  const [headerSize, count, nameIndex] = [58, 60, 62].map((at) => view.getUint16(at, little)) as [
    number,
    number,
    number,
  ];
  const contents = (index: number): Uint8Array => {
    const header = sections + index * headerSize;
    const offset = Number(view.getBigUint64(header + 24, little));
    return object.subarray(offset, offset + Number(view.getBigUint64(header + 32, little)));
  };
  const names = new TextDecoder("latin1").decode(contents(nameIndex));
  for (let index = 1; index < count; index++) {
    const nameAt = view.getUint32(sections + index * headerSize, little);
    if (names.slice(nameAt, names.indexOf("\0", nameAt)) === name) return contents(index);
  }
  return undefined;
}

/** The offsets of an Elf64_Rel table's entries. */
export function relocatedOffsets(table: Uint8Array, order: ByteOrder): number[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  return Array.from({ length: table.length / 16 }, (_, i) =>
    Number(view.getBigUint64(i * 16, order === "little")),
  );
}
