import { readerOf } from "@core/bytes";
import type { LinkedFunction } from "@core/reach";
import { expect, it } from "vitest";
import { contextReadsOf } from "./context-reads.js";

type Slot = readonly [code: number, off: number, imm: number];

// Opcodes of RFC 9669; all of them write r0 and read r1, as far as they do.
const read = (off: number): Slot => [0x79, off, 0];
const gotol: Slot = [0x06, 0, 1];
const gotox: Slot = [0x0d, 0, 0];
const mayGoto: Slot = [0xe5, 1, 0];
const exit: Slot = [0x95, 0, 0];

function offsetsRead(...slots: readonly Slot[]): readonly (number | undefined)[] {
  const bytes = new Uint8Array(slots.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, [code, off, imm]] of slots.entries()) {
    view.setUint8(index * 8, code);
    view.setUint8(index * 8 + 1, code === 0x79 ? 0x10 : 0);
    view.setInt16(index * 8 + 2, off, true);
    view.setInt32(index * 8 + 4, imm, true);
  }
  const main: LinkedFunction = {
    name: "main",
    section: "raw_tp/event",
    sectionIndex: 0,
    offset: 0,
    size: bytes.length,
    global: false,
    typeId: undefined,
    references: new Map(),
  };
  return contextReadsOf({ functions: [main] }, () => readerOf(bytes, "little")).map(({ offset }) => offset);
}

it("follows jumps with offsets of 32 bits, and those that may be taken", () => {
  expect(offsetsRead(gotol, read(8), read(16), exit)).toEqual([16]);
  expect(offsetsRead(mayGoto, read(8), read(16), exit)).toEqual(expect.arrayContaining([8, 16]));
});

it("takes nothing behind a jump to where a register says for executed", () => {
  expect(offsetsRead(read(8), gotox, read(16), exit)).toEqual([8]);
});
