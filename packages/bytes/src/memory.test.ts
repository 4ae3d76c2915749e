import { expect, test } from "vitest";
import { copyBytes } from "./index.js";

test.each([
  ["a Uint8Array", () => Uint8Array.of(1, 2, 3, 4)],
  ["a part of one", () => Uint8Array.of(0, 1, 2, 3, 4, 5).subarray(1, 5)],
  // Its slice() is a view.
  ["a Buffer", () => Buffer.from([1, 2, 3, 4])],
  ["shared memory", () => new Uint8Array(new SharedArrayBuffer(4)).map((_, i) => i + 1)],
])("a copy of %s shares nothing with it", (_, make) => {
  const original = make();
  const copy = copyBytes(original);
  expect([...copy]).toEqual([1, 2, 3, 4]);
  copy[0] = 9;
  original[1] = 9;
  expect([...original]).toEqual([1, 9, 3, 4]);
  expect([...copy]).toEqual([9, 2, 3, 4]);
  expect(copy.buffer).toBeInstanceOf(ArrayBuffer);
  expect(copy.buffer.byteLength).toBe(4);
});
