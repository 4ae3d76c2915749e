import { readFileSync } from "node:fs";
import type { ByteOrder } from "@core/bytes";
import { describe, expect, it } from "vitest";
import { hexOf, neutral } from "../test/patches.js";
import { InsnError, type Patch, type PatchOutcome, patchInsn } from "./index.js";

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

interface Row {
  readonly line: string;
  readonly order: ByteOrder;
  readonly before: string;
  readonly patch: Patch;
  readonly after: string;
  readonly outcome: string;
}

const ROW = /^(e[lb]) (\w+) (\d+) (\d+) (\S+) (\d+):(\d+) => (\w+) (.+)$/;

function rowOf(line: string): Row {
  const [, order, before = "", original = "", value = "", flags = "", from, to, after = "", outcome = ""] =
    ROW.exec(line) ?? [];
  return {
    line,
    order: order === "el" ? "little" : "big",
    before,
    patch: {
      original: BigInt(original),
      value: BigInt(value),
      poison: flags.includes("p"),
      validate: flags.includes("v"),
      failMemszAdjust: flags.includes("f"),
      originalSize: Number(from),
      size: Number(to),
    },
    after,
    outcome,
  };
}

/** An outcome as the table writes it. */
function wordsOf(outcome: PatchOutcome): string {
  if (outcome.kind === "patched") return `patched ${outcome.form} ${outcome.previous}`;
  if (outcome.kind === "poisoned") return `poisoned ${outcome.reason}`;
  const { rejection } = outcome;
  switch (rejection.reason) {
    case "unexpected-value":
      return `refused unexpected-value ${rejection.form} ${rejection.got} ${rejection.expected}`;
    case "offset-out-of-range":
      return `refused offset-out-of-range ${rejection.value}`;
    case "unexpected-size":
      return `refused unexpected-size ${rejection.got} ${rejection.expected}`;
    case "invalid-size":
      return `refused invalid-size ${rejection.size}`;
    default:
      return `refused ${rejection.reason}`;
  }
}

const rows = readFileSync(new URL("../testdata/patch.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map(rowOf);

describe("patchInsn does what libbpf does", () => {
  it("knows both byte orders of every case", () => {
    expect(rows.length).toBeGreaterThan(400);
    expect(rows.filter(({ order }) => order === "big").length).toBe(rows.length / 2);
  });

  it.each(rows)("$line", ({ order, before, patch, after, outcome }) => {
    const bytes = bytesOf(before);
    expect(wordsOf(patchInsn(bytes, order, 0, patch))).toBe(outcome);
    expect(hexOf(bytes)).toBe(after);
  });
});

describe("a refusal says which", () => {
  // Big-endian bytes, where a register pair reads as it is written: destination, source.
  it.each([
    ["2000000000000000", "opcode"],
    ["18110000000000000000000000000000", "source-register"],
    ["18100001000000000000000000000000", "offset"],
    ["18100000000000001800000000000000", "second-slot"],
    ["18100000000000000001000000000000", "second-slot"],
    // What is wrong first is what is told.
    ["18110001000000001800000000000000", "source-register"],
  ])("%s: %s", (hex, flaw) => {
    const outcome = patchInsn(bytesOf(hex), "big", 0, neutral);
    expect(outcome).toEqual({ kind: "refused", rejection: { reason: "unexpected-ldimm64", flaw } });
  });

  it("and carries the opcode", () => {
    expect(patchInsn(bytesOf("0f12000000000000"), "big", 0, neutral)).toEqual({
      kind: "refused",
      rejection: { reason: "register-operand", code: 0x0f },
    });
    expect(patchInsn(bytesOf("9500000000000000"), "big", 0, neutral)).toEqual({
      kind: "refused",
      rejection: { reason: "unrecognized-insn", code: 0x95 },
    });
  });
});

describe("values", () => {
  it("are taken modulo 2^64, as a __u64 is", () => {
    const negative = { ...neutral, original: -1n, value: -2n };
    const bytes = bytesOf("b7010000ffffffff");
    expect(patchInsn(bytes, "little", 0, negative).kind).toBe("patched");
    expect(hexOf(bytes)).toBe("b7010000feffffff");
    expect(patchInsn(bytesOf("61120000ffff0000"), "little", 0, { ...neutral, value: -1n })).toEqual({
      kind: "refused",
      rejection: { reason: "offset-out-of-range", value: 2n ** 64n - 1n },
    });
  });
});

describe("an offset at which no instruction can be", () => {
  it.each([
    [-8, "out-of-bounds"],
    [16, "out-of-bounds"],
    [4, "misaligned"],
    [Number.NaN, "misaligned"],
  ])("%d throws %s", (offset, code) => {
    const bytes = new Uint8Array(20);
    expect(() => patchInsn(bytes, "little", offset, neutral)).toThrow(InsnError);
    expect(() => patchInsn(bytes, "little", offset, neutral)).toThrow(expect.objectContaining({ code }));
  });
});

describe("bytes that are a part of a larger buffer", () => {
  it("are patched in place", () => {
    const buffer = new Uint8Array(40).fill(0xaa);
    const program = buffer.subarray(13, 29);
    program.set(bytesOf("b701000010000000"), 8);
    patchInsn(program, "little", 8, { ...neutral, original: 16n, value: 24n });
    expect(hexOf(buffer)).toBe(`${"aa".repeat(21)}b701000018000000${"aa".repeat(11)}`);
  });
});
