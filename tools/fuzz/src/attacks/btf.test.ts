import {
  type Btf,
  idsByName,
  parseBtf,
  sizeOf,
  skipModifiers,
  typeIdAt,
  type WritableType,
  writeBtf,
} from "@core/btf";
import { diffBtf, formatDiff } from "@core/btf/diff";
import { dumpC, dumpJson, dumpRaw } from "@core/btf/dump";
import { layoutOf } from "@core/btf/layout";
import { decodeValue, formatData } from "@core/btf/values";
import { viewOf } from "@core/bytes";
import { describe, expect, it } from "vitest";
import { answerOf } from "../../test/answers.js";

const order = "little";
const int: WritableType = {
  kind: "int",
  name: "int",
  size: 4,
  bits: 32,
  bitOffset: 0,
  signed: true,
  char: false,
  bool: false,
};
const btfOf = (...types: readonly WritableType[]): Btf => parseBtf(writeBtf(types, { order }));
const struct = (typeId: number, name = "s"): WritableType => ({
  kind: "struct",
  name,
  size: 8,
  members: [{ name: "a", typeId, bitOffset: 0, bitSize: 0 }],
});
const array = (typeId: number, nelems: number): WritableType => ({
  kind: "array",
  typeId,
  indexTypeId: typeId,
  nelems,
});

/** Does everything there is to do with a type, whatever comes of it. */
function tryAll(btf: Btf, id: number): void {
  const typeId = typeIdAt(btf, id);
  for (const step of [
    () => sizeOf(btf, typeId),
    () => skipModifiers(btf, typeId),
    () => layoutOf(btf, typeId),
    () => decodeValue(btf, typeId, new Uint8Array(64)),
    () => formatData(btf, typeId, new Uint8Array(64)),
    () => formatDiff(diffBtf(btf, btf), btf, btf),
    () => [...dumpRaw(btf)].length,
    () => [...dumpJson(btf)].length,
    () => [...dumpC(btf, { style: "bpftool" })].length,
  ]) {
    answerOf(step);
  }
}

describe("types that lead back to themselves", () => {
  it.each<[string, readonly WritableType[]]>([
    ["a const", [{ kind: "const", typeId: 1 }]],
    [
      "two typedefs",
      [
        { kind: "typedef", name: "a", typeId: 2 },
        { kind: "typedef", name: "b", typeId: 1 },
      ],
    ],
    ["a pointer", [{ kind: "ptr", typeId: 1 }]],
    ["an array", [array(1, 2)]],
    ["a struct", [struct(1)]],
    ["a struct by way of an array", [struct(2), array(1, 3)]],
    ["a prototype", [{ kind: "func_proto", returnTypeId: 1, params: [{ name: "a", typeId: 1 }] }]],
    ["a tag", [{ kind: "type_tag", name: "t", typeId: 1, attribute: false }]],
  ])("%s: every question has an answer or an error", (_, types) => {
    tryAll(btfOf(...types), 1);
  });

  it("have no size", () => {
    const cycle = btfOf({ kind: "typedef", name: "a", typeId: 2 }, { kind: "typedef", name: "b", typeId: 1 });
    expect(answerOf(() => sizeOf(cycle, typeIdAt(cycle, 1)))).toBe("no-size");
  });
});

describe("types within types, 100,000 deep", () => {
  const DEPTH = 100_000;
  it.each<[string, (next: number) => WritableType]>([
    ["consts", (typeId) => ({ kind: "const", typeId })],
    ["typedefs", (typeId) => ({ kind: "typedef", name: "t", typeId })],
    ["pointers", (typeId) => ({ kind: "ptr", typeId })],
    ["arrays", (typeId) => array(typeId, 1)],
    ["structs", (typeId) => struct(typeId, "")],
    [
      "prototypes",
      (typeId) => ({ kind: "func_proto", returnTypeId: typeId, params: [{ name: "", typeId }] }),
    ],
  ])("%s do not exhaust the stack", (_, link) => {
    const types = Array.from({ length: DEPTH }, (_, i) => (i === DEPTH - 1 ? int : link(i + 2)));
    tryAll(btfOf(...types), 1);
  });
});

describe("sizes", () => {
  it("of arrays of arrays are no number that wraps around", () => {
    const btf = btfOf(array(2, 0xffffffff), array(3, 0xffffffff), array(4, 0xffffffff), int);
    expect(answerOf(() => sizeOf(btf, typeIdAt(btf, 1)))).toBe("size-overflow");
    tryAll(btf, 1);
  });
});

describe("a file that says more than it holds", () => {
  const bytes = writeBtf([int, struct(1)], { order });
  const withWord = (at: number, word: number) => {
    const copy = bytes.slice();
    viewOf(copy).setUint32(at, word, true);
    return copy;
  };
  const types = 24;
  const structAt = types + 16;

  it.each([
    ["16 million members", withWord(structAt + 4, (4 << 24) | 0xffffff), "record"],
    ["65,535 members", withWord(structAt + 4, (4 << 24) | 0xffff), "record"],
    [
      "a name at the very end of the strings",
      withWord(structAt, viewOf(bytes).getUint32(20, true)),
      "string-offset",
    ],
    ["a name beyond 4 GiB", withWord(structAt, 0xffffffff), "string-offset"],
    ["strings of 4 GiB", withWord(20, 0xffffffff), "header"],
    ["types that start at 4 GiB", withWord(8, 0xfffffffc), "header"],
    ["a header of 4 GiB", withWord(4, 0xffffffff), "header"],
  ])("%s", (_, changed, code) => {
    expect(answerOf(() => parseBtf(changed))).toBe(code);
  });

  it("strings without an end", () => {
    const copy = bytes.slice();
    copy[copy.length - 1] = 0x61;
    expect(answerOf(() => parseBtf(copy))).toBe("strings");
  });

  it("no bytes at all", () => {
    expect(answerOf(() => parseBtf(new Uint8Array()))).toBe("header");
  });
});

describe("bases", () => {
  const base = btfOf(int, struct(1));

  it("given twice stack up, or are refused, but never mix", () => {
    const again = parseBtf(writeBtf([struct(2, "t")], { order, base }), { base });
    tryAll(parseBtf(writeBtf([struct(3, "u")], { order, base: again }), { base: again }), 4);
  });

  it("of another kernel are told where ids or names lead nowhere", () => {
    const nothing = btfOf();
    const module = writeBtf([struct(2, "only in the module")], { order, base });
    expect(answerOf(() => parseBtf(module, { base: nothing }))).toMatch(/^(string-offset|type-id)$/);
  });
});

it("BTF without types has no type of any name", () => {
  const nothing = btfOf();
  expect(nothing.endId).toBe(1);
  expect(idsByName(nothing, "task_struct", "essential")).toEqual([]);
  tryAll(nothing, 0);
});

it("names of JavaScript's own are names like others", () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const btf = btfOf(int, struct(1, name));
    expect(idsByName(btf, name, "exact")).toEqual([2]);
    expect(idsByName(btf, "valueOf", "exact")).toEqual([]);
    const value = decodeValue(
      btfOf(int, {
        kind: "struct",
        name: "s",
        size: 4,
        members: [{ name, typeId: 1, bitOffset: 0, bitSize: 0 }],
      }),
      2,
      Uint8Array.of(7, 0, 0, 0),
    );
    expect(Object.getOwnPropertyDescriptor(value, name)?.value).toBe(7);
  }
  expect(Object.prototype).not.toHaveProperty("7");
});
