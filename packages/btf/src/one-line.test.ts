import { readFixture, targetPath } from "@core/fixtures";
import { expect, test } from "vitest";
import { idsByName, nameOf, parseBtf, type TypeId, withOneLineNames, writeBtf } from "./index.js";

const INT = { kind: "int", size: 4, bits: 32, bitOffset: 0, signed: true, char: false, bool: false } as const;

test("line feeds and tabs in names are no text, whatever layer they are in, and nothing else changes", () => {
  const base = parseBtf(writeBtf([{ ...INT, name: "a\nb\tc\r" }], { order: "little" }));
  const own = writeBtf([{ ...INT, name: "d" }], { order: "little", base });
  const btf = withOneLineNames(parseBtf(own, { base }));
  expect([1, 2].map((id) => nameOf(btf, id as TypeId))).toEqual(["a\ufffdb\ufffdc\r", "d"]);
  expect(nameOf(base, 1 as TypeId)).toBe("a\nb\tc\r");
  expect(idsByName(btf, "a\nb\tc\r", "exact", ["int"])).toEqual([]);
});

test("a BTF without them stays the one it is", () => {
  const btf = parseBtf(readFixture(targetPath("example-kernel", "little")));
  expect(withOneLineNames(btf)).toBe(btf);
});
