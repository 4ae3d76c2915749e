import { kindOf, nameOf, typeById } from "@core/btf";
import { expect, it } from "vitest";
import { Types } from "./index.js";

it("answers the id of what it added, also behind a base", () => {
  const kernel = new Types();
  const next = kernel.next(1);
  const int = kernel.int("int", 4, { signed: true });
  expect(kernel.struct("task", 8, ["pid", int, 0], ["flag", int, 32, 1])).toBe(next);
  const btf = kernel.btf();
  expect(nameOf(btf, next)).toBe("task");
  const module = new Types(btf);
  const pointer = module.ptr(next);
  const split = module.btf("big");
  expect(split.base).toBe(btf);
  expect(kindOf(split, pointer)).toBe("ptr");
});

it("makes an enumeration signed where a value is negative", () => {
  const types = new Types();
  const ids = [types.enum("a", { A: 1 }), types.enum("b", { B: -1 }), types.enum64("c", { C: -(2n ** 40n) })];
  const btf = types.btf();
  expect(ids.map((id) => typeById(btf, id))).toMatchObject([
    { signed: false, size: 4 },
    { signed: true, size: 4 },
    { signed: true, size: 8, enumerators: [{ name: "C", value: -(2n ** 40n) }] },
  ]);
});
