import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseBtf } from "@core/btf";
import { openObject, relocate } from "@core/relocate";
import { describe, expect, test } from "vitest";
import { benchCilium, differenceOf, parseAnswer } from "./cilium.js";

const FIXTURES = resolve(import.meta.dirname, "../../fixtures");
const OBJECT = resolve(FIXTURES, "objects/example-el.o");
const TARGET = resolve(FIXTURES, "targets/example-kernel-el.btf");

/** What the program wrote of them. */
const ANSWER = `{"runs":2,"relocations":30,"resolved":27,"whole":{"first_ns":532229,"median_ns":532229,"min_ns":133149,"max_ns":532229},"open":{"first_ns":71167,"median_ns":117016,"min_ns":71167,"max_ns":117016},"parse":{"first_ns":3035,"median_ns":4517,"min_ns":3035,"max_ns":4517},"relocate_cold":{"first_ns":21152,"median_ns":30135,"min_ns":21152,"max_ns":30135},"relocate_warm":{"first_ns":10626,"median_ns":11697,"min_ns":10626,"max_ns":11697}}
`;

const relocated = relocate(openObject(readFileSync(OBJECT)), { kernel: parseBtf(readFileSync(TARGET)) });

describe("an answer of the program around cilium/ebpf", () => {
  test("has each figure in its place", () => {
    expect(parseAnswer(ANSWER)).toEqual(JSON.parse(ANSWER));
  });

  test.each([
    ["resolved", "the answer has no resolved"],
    ["relocate_warm", "relocate_warm has no first_ns"],
    ["min_ns", "whole has no min_ns"],
  ])("is refused without its %s", (figure, message) => {
    expect(() => parseAnswer(ANSWER.replace(`"${figure}"`, '"other"'))).toThrow(message);
  });

  test("is of the same work when it resolves as many relocations as we do", () => {
    const answer = parseAnswer(ANSWER);
    expect(differenceOf(answer, relocated)).toBeUndefined();
    expect(differenceOf({ ...answer, resolved: 26 }, relocated)).toBe(
      "cilium/ebpf resolves 26 of 30, not 27",
    );
    expect(differenceOf(undefined, relocated)).toBe("cilium/ebpf refuses it");
  });
});

describe("a program that gives no answer", () => {
  const bench = (program: string) =>
    benchCilium({ version: "0.22.0", source: "", program }, { target: TARGET, object: OBJECT }, 2);

  test("has refused, when it says so by its exit code", () => {
    expect(bench("false")).toBeUndefined();
  });

  test("is an error, when it is not there", () => {
    expect(() => bench("/nowhere/cilium")).toThrow("ENOENT");
  });
});
