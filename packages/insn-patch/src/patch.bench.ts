import { readerOf } from "@core/bytes";
import { bench } from "vitest";
import { formatInsn, type Patch, patchInsn } from "./index.js";

const SLOTS = 1000;
// An immediate, a load and a store in turn.
const program = new Uint8Array(SLOTS * 8);
for (let i = 0; i < SLOTS; i++) program.set([[0xb7, 0x61, 0x7b][i % 3] ?? 0, 0x21], i * 8);
const reader = readerOf(program, "little");
const patch: Patch = {
  original: 24n,
  value: 24n,
  poison: false,
  validate: false,
  originalSize: 0,
  size: 0,
  failMemszAdjust: false,
};

bench(`patchInsn, ${SLOTS} instructions`, () => {
  for (let i = 0; i < SLOTS; i++) patchInsn(program, "little", i * 8, patch);
});

bench(`formatInsn, ${SLOTS} instructions`, () => {
  for (let i = 0; i < SLOTS; i++) formatInsn(reader, i * 8);
});
