import type { Btf } from "@core/btf";
import { GOTOX } from "@core/insn-patch/opcodes";
import type { Relocated } from "@core/relocate";
import { describe, expect, it } from "vitest";
import { NEW_KERNEL, programOf } from "../test/program.js";
import { type Knowledge, type LinkedFunction, type Reference, reachOf } from "./index.js";
import { outlineOf } from "./outline.js";

type References = Readonly<Record<number, (functions: readonly LinkedFunction[]) => Reference>>;

/** Whether each poisoned instruction is reached, in their order. */
function kindsOf(
  texts: string | readonly string[],
  options: { references?: References; rodata?: Uint8Array; knowledge?: Knowledge; kernel?: Btf } = {},
): readonly string[] {
  const { references, rodata, kernel } = options;
  const program = programOf(typeof texts === "string" ? [texts] : texts, references, rodata, kernel);
  const found = reachOf(program.linked, program.relocated, program.poisoned, options.knowledge);
  return found.map(({ kind }) => kind);
}

// bpf_get_prandom_u32, of whose result nothing is known but that it has 32 bits on newer kernels.
const RANDOM = "call 7";
const EXIT = "r0 = 0\nexit";

describe("poison", () => {
  it.each<[string, string, string]>([
    ["at the start", "poison", "reached"],
    ["behind a constant that rules it out", "r1 = 0\nif r1 == 0 goto +1\npoison", "guarded"],
    ["behind a constant that does not", "r1 = 1\nif r1 == 0 goto +1\npoison", "reached"],
    ["behind a condition known at run time", `${RANDOM}\nif r0 != 5 goto +1\npoison`, "reached"],
    ["behind a wide constant", "r1 = 0x100000000 ll\nif r1 == 0 goto +1\npoison", "reached"],
    ["behind the low half of one", "r1 = 0x100000000 ll\nif w1 == 0 goto +1\npoison", "guarded"],
    ["behind a computed constant", "r1 = 6\nr1 *= 7\nr1 -= 42\nif r1 == 0 goto +1\npoison", "guarded"],
    ["behind a sign", "r1 = -1\nr1 >>= 63\nif r1 s> 0 goto +1\npoison", "guarded"],
    ["behind an arithmetic shift", "r1 = -8\nr1 s>>= 2\nif r1 == -2 goto +1\npoison", "guarded"],
    ["after the end", `goto +2\n${EXIT}\nr1 = 1\nif r1 == 1 goto -4\npoison`, "guarded"],
  ])("%s", (_, text, expected) => {
    expect(kindsOf(`${text}\n${EXIT}`)).toEqual([expected]);
  });

  it.each<[string, string, string]>([
    ["a mask leaves no such bits", "r0 &= 7\nif r0 < 8 goto +1", "guarded"],
    ["a mask leaves such bits", "r0 &= 7\nif r0 < 7 goto +1", "reached"],
    ["the same was asked before", "if r0 == 5 goto +1\ngoto +2\nif r0 == 5 goto +1", "guarded"],
    ["the opposite was asked before", "if r0 != 5 goto +1\ngoto +2\nif r0 != 6 goto +1", "reached"],
    ["a range that was left", "if r0 > 100 goto +2\nif r0 < 200 goto +1", "guarded"],
    ["a signed range that was left", "if r0 s< 0 goto +2\nif r0 s> -1 goto +1", "guarded"],
    ["a range moved along", "if r0 > 10 goto +3\nr0 += 5\nif r0 <= 15 goto +1", "guarded"],
    ["a copy learns, too", "r6 = r0\nif r0 != 3 goto +2\nif r6 == 3 goto +1", "guarded"],
    [
      "a copy on the stack, too",
      "*(u64 *)(r10 -8) = r0\nif r0 != 3 goto +3\nr1 = *(u64 *)(r10 -8)\nif r1 == 3 goto +1",
      "unknown",
    ],
    ["low halves", "if w0 > 100 goto +2\nif w0 < 200 goto +1", "guarded"],
    [
      "a sign extended",
      "r0 <<= 32\nr0 s>>= 32\nif r0 s< 0x7fffffff goto +2\nif r0 s>= 0x7fffffff goto +1",
      "guarded",
    ],
    ["a register and itself", "if r0 == r0 goto +1", "unknown"],
  ])("behind a random number: %s", (_, text, expected) => {
    expect(kindsOf(`${RANDOM}\n${text}\npoison\n${EXIT}`)).toEqual([expected]);
  });

  it.each<[string, string, string]>([
    ["a whole number", "r1 = 1\n*(u64 *)(r10 -8) = r1\nr2 = *(u64 *)(r10 -8)\nif r2 == 1 goto +1", "guarded"],
    [
      "zeros, in any size",
      "r1 = 0\n*(u64 *)(r10 -8) = r1\nr2 = *(u16 *)(r10 -6)\nif r2 == 0 goto +1",
      "guarded",
    ],
    [
      "part of a number, which newer kernels know",
      "r1 = 1\n*(u64 *)(r10 -8) = r1\nr2 = *(u32 *)(r10 -8)\nif r2 == 1 goto +1",
      "unknown",
    ],
    [
      "part of it overwritten",
      `${RANDOM}\nr1 = 1\n*(u64 *)(r10 -8) = r1\n*(u8 *)(r10 -7) = r0\nr2 = *(u64 *)(r10 -8)\nif r2 == 1 goto +1`,
      "reached",
    ],
    [
      "through another pointer",
      "r1 = r10\nr1 += -8\nr2 = 1\n*(u64 *)(r1 +0) = r2\nr2 = *(u64 *)(r10 -8)\nif r2 == 1 goto +1",
      "guarded",
    ],
    [
      "what a helper writes",
      "r1 = 0\n*(u64 *)(r10 -8) = r1\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall 113\nr2 = *(u64 *)(r10 -8)\nif r2 == 0 goto +1",
      "reached",
    ],
    [
      "beside what a helper writes",
      "r1 = 1\n*(u64 *)(r10 -8) = r1\nr1 = r10\nr1 += -16\nr2 = 8\nr3 = 0\ncall 113\nr2 = *(u64 *)(r10 -8)\nif r2 == 1 goto +1",
      "guarded",
    ],
  ])("behind what is on the stack: %s", (_, text, expected) => {
    expect(kindsOf(`${text}\npoison\n${EXIT}`)).toEqual([expected]);
  });

  it("behind null checks", () => {
    // r0 = map_lookup_elem(…): null or not, and the same when it is asked again.
    const again = `call 1\nif r0 == 0 goto +4\nif r0 != 0 goto +1\npoison\n${EXIT}\npoison\n${EXIT}`;
    expect(kindsOf(again)).toEqual(["guarded", "reached"]);
    expect(kindsOf(`call 1\nr6 = r0\nif r0 != 0 goto +2\nif r6 == 0 goto +1\npoison\n${EXIT}`)).toEqual([
      "guarded",
    ]);
  });

  it("behind a loop that ends", () => {
    expect(kindsOf(`r1 = 0\nr1 += 1\nif r1 < 10 goto -2\nif r1 == 10 goto +1\npoison\n${EXIT}`)).toEqual([
      "guarded",
    ]);
    expect(kindsOf(`r1 = 0\nif r1 != 9 goto +1\npoison\nr1 += 1\nif r1 < 10 goto -4\n${EXIT}`)).toEqual([
      "reached",
    ]);
  });

  it("behind a loop that does not end is unknown, for want of time", () => {
    const text = `${RANDOM}\nr6 = 0\nr6 += 1\nif r6 != 0 goto -2\npoison\n${EXIT}`;
    const { linked, relocated, poisoned } = programOf([text]);
    expect(reachOf(linked, relocated, poisoned)).toEqual([{ kind: "unknown", because: { reason: "limit" } }]);
  });

  it("behind a jump through a table is unknown, unless something rules the jump out", () => {
    const kindsOfTable = (before: string) => {
      const program = programOf([`${before}\ngoto +0\nexit\npoison\n${EXIT}`]);
      program.relocated.object.elf.bytes[16] = GOTOX;
      return reachOf(program.linked, program.relocated, program.poisoned);
    };
    expect(kindsOfTable("r1 = 0\nr1 = 0")).toMatchObject([
      { kind: "unknown", because: { reason: "indirect", at: { insnOff: 16 } } },
    ]);
    expect(kindsOfTable("r1 = 0\nif r1 == 0 goto +1")).toEqual([{ kind: "guarded" }]);
  });

  it("behind branches of which there are more than paths can be followed", () => {
    const branch = `${RANDOM}\nr6 <<= 1\nif r0 == 0 goto +1\nr6 |= 1\n`;
    const text = `r6 = 0\n${branch.repeat(60)}if r6 == -1 goto +1\npoison\n${EXIT}`;
    expect(kindsOf(text)).toEqual(["reached"]);
  });

  it("behind `.rodata`", () => {
    const read = (offset: number): References => ({
      0: () => ({ kind: "data", section: ".rodata", sectionIndex: 1, offset }),
    });
    const text = `r1 = 0 ll\nr1 = *(u8 *)(r1 +1)\nif r1 == 0 goto +1\npoison\n${EXIT}`;
    const rodata = Uint8Array.of(1, 0, 1, 1);
    expect(kindsOf(text, { references: read(0), rodata })).toEqual(["guarded"]);
    expect(kindsOf(text, { references: read(1), rodata })).toEqual(["reached"]);
  });

  it("behind configuration values and weak references", () => {
    const extern = { name: "CONFIG_X", weak: true, typeId: 1 };
    const config = `r1 = 0 ll\nr1 = *(u32 *)(r1 +0)\nif r1 == 0 goto +1\npoison\n${EXIT}`;
    const kconfig: References = { 0: () => ({ kind: "kconfig", ...extern }) };
    const known = (value: bigint | undefined) => ({
      references: kconfig,
      knowledge: { kconfig: () => value },
    });
    expect(kindsOf(config, known(0n))).toEqual(["guarded"]);
    expect(kindsOf(config, known(1n))).toEqual(["reached"]);
    expect(kindsOf(config, known(undefined))).toEqual(["unknown"]);

    const range = (min: bigint, max: bigint) => ({
      references: kconfig,
      knowledge: { kconfig: () => ({ min, max }) },
    });
    const version = (text: string) => `r1 = 0 ll\nr1 = *(u32 *)(r1 +0)\n${text}\npoison\n${EXIT}`;
    expect(kindsOf(version("if r1 > 9 goto +1"), range(10n, 20n))).toEqual(["guarded"]);
    expect(kindsOf(version("if r1 > 20 goto +1"), range(10n, 20n))).toEqual(["reached"]);
    expect(kindsOf(version("if r1 > 15 goto +1"), range(10n, 20n))).toEqual(["unknown"]);
    expect(kindsOf(version("if r1 <= 15 goto +1"), range(10n, 20n))).toEqual(["unknown"]);
    expect(kindsOf(version("r2 = 9\nif r2 < r1 goto +1"), range(10n, 20n))).toEqual(["guarded"]);
    expect(
      kindsOf(version("*(u64 *)(r10 -8) = r1\nr1 = *(u64 *)(r10 -8)\nif r1 > 9 goto +1"), range(10n, 20n)),
    ).toEqual(["unknown"]);

    const symbol = `r1 = 0 ll\nif r1 == 0 goto +1\npoison\n${EXIT}`;
    const ksym: References = { 0: () => ({ kind: "ksym", typed: false, ...extern }) };
    const exists = (value: boolean | undefined) => ({
      references: ksym,
      knowledge: { ksymExists: () => value },
    });
    expect(kindsOf(symbol, exists(false))).toEqual(["guarded"]);
    expect(kindsOf(symbol, exists(true))).toEqual(["reached"]);
    expect(kindsOf(symbol, exists(undefined))).toEqual(["unknown"]);
  });

  it("behind what a helper gives or is given, as kernels learnt of it", () => {
    const lookUp = `*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\ncall 1\nif r0 != 0 goto +1\npoison\n${EXIT}`;
    expect(kindsOf(lookUp)).toEqual(["reached"]);
    expect(kindsOf(lookUp, { kernel: NEW_KERNEL })).toEqual(["unknown"]);
    const known = lookUp.replace("if r0", "if r0 == 0 goto +3\nif r0");
    expect(kindsOf(known, { kernel: NEW_KERNEL })).toEqual(["guarded"]);

    const at = (offset: number) =>
      `*(u64 *)(r10 ${offset}) = 0\nr2 = r10\nr2 += -16\ncall 1\nr1 = *(u64 *)(r10 ${offset})\nif r1 == 0 goto +1\npoison\n${EXIT}`;
    expect(kindsOf(at(-16))).toEqual(["reached"]);
    // It may be part of a longer key.
    expect(kindsOf(at(-8))).toEqual(["unknown"]);
    expect(kindsOf(at(-24))).toEqual(["guarded"]);
    for (const offset of [-16, -8, -24])
      expect(kindsOf(at(offset), { kernel: NEW_KERNEL })).toEqual(["guarded"]);
  });

  it("behind zeros stored and loaded somewhere on the stack", () => {
    const zeros = "*(u64 *)(r10 -16) = 0\n*(u64 *)(r10 -8) = 0";
    const somewhere = `${RANDOM}\nr0 &= 8\nr2 = r10\nr2 += -16\nr2 += r0`;
    const guard = `if r1 == 0 goto +1\npoison\n${EXIT}`;
    const stored = (value: string) =>
      `${zeros}\n${somewhere}\n${value}\n*(u64 *)(r2 +0) = r3\nr1 = *(u64 *)(r10 -8)\n${guard}`;
    expect(kindsOf(stored("r3 = 0"))).toEqual(["guarded"]);
    expect(kindsOf(stored("r3 = 0"), { kernel: NEW_KERNEL })).toEqual(["guarded"]);
    expect(kindsOf(stored("r3 = 1"))).toEqual(["reached"]);
    const before = (number: number) =>
      `*(u64 *)(r10 -16) = 0\n*(u64 *)(r10 -8) = ${number}\n${somewhere}\nr1 = *(u64 *)(r2 +0)\n${guard}`;
    expect(kindsOf(before(0))).toEqual(["guarded"]);
    // 6.12 does not look into what was stored whole, 5.10 and 7.3 do.
    expect(kindsOf(before(0), { kernel: NEW_KERNEL })).toEqual(["unknown"]);
    expect(kindsOf(before(1))).toEqual(["reached"]);
    expect(kindsOf(before(1), { kernel: NEW_KERNEL })).toEqual(["reached"]);
  });

  it("tells which branch it is unknown for", () => {
    const kconfig: References = { 0: () => ({ kind: "kconfig", name: "CONFIG_X", weak: true, typeId: 1 }) };
    const text = `r1 = 0 ll\nr1 = *(u32 *)(r1 +0)\nif r1 == 0 goto +1\npoison\n${EXIT}`;
    const { linked, relocated, poisoned } = programOf([text], kconfig);
    expect(reachOf(linked, relocated, poisoned)).toEqual([
      { kind: "unknown", because: { reason: "branch", at: { function: linked.functions[0], insnOff: 24 } } },
    ]);
  });
});

describe("poison in subprograms", () => {
  const call = (slot: number, index: number): References => ({
    [slot]: (functions) => ({ kind: "call", function: functions[index]! }),
  });
  const subprogram = `if r1 == 0 goto +1\npoison\n${EXIT}`;

  it("is guarded by an argument", () => {
    expect(kindsOf([`r1 = 0\ncall pc+0\n${EXIT}`, subprogram], { references: call(1, 1) })).toEqual([
      "guarded",
    ]);
    expect(kindsOf([`r1 = 1\ncall pc+0\n${EXIT}`, subprogram], { references: call(1, 1) })).toEqual([
      "reached",
    ]);
  });

  it("is guarded in a caller", () => {
    const main = `r1 = 1\nr2 = 0\nif r2 == 0 goto +1\ncall pc+0\n${EXIT}`;
    expect(kindsOf([main, subprogram], { references: call(3, 1) })).toEqual(["guarded"]);
  });

  it("guards by its result, and by what it writes to its caller's stack", () => {
    const result = `call pc+0\nif r0 == 7 goto +1\npoison\n${EXIT}`;
    expect(kindsOf([result, "r0 = 7\nexit"], { references: call(0, 1) })).toEqual(["guarded"]);
    const written = `r1 = r10\nr1 += -8\ncall pc+0\nr1 = *(u64 *)(r10 -8)\nif r1 == 7 goto +1\npoison\n${EXIT}`;
    expect(kindsOf([written, `r2 = 7\n*(u64 *)(r1 +0) = r2\n${EXIT}`], { references: call(2, 1) })).toEqual([
      "guarded",
    ]);
  });

  it("is not guarded by the result of one that calls itself without end", () => {
    const main = `call pc+0\npoison\n${EXIT}`;
    expect(kindsOf([main, `call pc+0\n${EXIT}`], { references: { ...call(0, 1), ...call(4, 1) } })).toEqual([
      "guarded",
    ]);
  });

  it("is reached in a callback, in any round", () => {
    const callback: References = { 2: (functions) => ({ kind: "function", function: functions[1]! }) };
    // bpf_loop(4, callback, r10 - 8, 0), with a number on the stack that each round counts up.
    const main = `r1 = 0\n*(u64 *)(r10 -8) = r1\nr2 = 0 ll\nr1 = 4\nr3 = r10\nr3 += -8\nr4 = 0\ncall 181\n${EXIT}`;
    const body = `r1 = *(u64 *)(r2 +0)\nif r1 == 0 goto +1\npoison\nr1 += 1\n*(u64 *)(r2 +0) = r1\n${EXIT}`;
    expect(kindsOf([main, body], { references: callback })).toEqual(["reached"]);
  });
});

describe("one program that is relocated for several kernels", () => {
  /** With the byte at `at` of its code set to 1. */
  const changedAt = (at: number, relocated: Relocated): Relocated => {
    const bytes = relocated.object.elf.bytes.map((byte, i) => (i === at ? 1 : byte));
    return { ...relocated, code: new Map([[0, bytes]]) };
  };

  it("is told of the code that each has", () => {
    const { linked, relocated, poisoned } = programOf([`r1 = 0\nif r1 == 0 goto +1\npoison\n${EXIT}`]);
    const kernels = [relocated, changedAt(4, relocated), relocated];
    const kinds = kernels.map((one) => reachOf(linked, one, poisoned).map(({ kind }) => kind));
    expect(kinds).toEqual([["guarded"], ["reached"], ["guarded"]]);
  });

  it("is followed once for those that differ in nothing that was looked at", () => {
    const { linked, relocated, poisoned } = programOf([`r1 = 0\npoison\nr0 = 0\nr2 = 0\nexit`]);
    const followed = (one: Relocated): number => {
      expect(reachOf(linked, one, poisoned)).toEqual([{ kind: "reached" }]);
      return outlineOf(linked).explored.length;
    };
    expect([relocated, changedAt(28, relocated), changedAt(4, relocated), relocated].map(followed)).toEqual([
      1, 1, 2, 2,
    ]);
  });

  it("is told of the values that each has", () => {
    const references: References = {
      0: () => ({ kind: "kconfig", name: "CONFIG_X", weak: true, typeId: 1 }),
    };
    const text = `r1 = 0 ll\nr1 = *(u32 *)(r1 +0)\nif r1 == 0 goto +1\npoison\n${EXIT}`;
    const { linked, relocated, poisoned } = programOf([text], references);
    const kinds = [0n, 1n, 0n].map(
      (value) => reachOf(linked, relocated, poisoned, { kconfig: () => value })[0]?.kind,
    );
    expect(kinds).toEqual(["guarded", "reached", "guarded"]);
  });
});

describe("where there are more paths than are followed", () => {
  const branch = `${RANDOM}\nr6 <<= 1\nif r0 == 0 goto +1\nr6 |= 1\n`;
  const many = `r6 = 0\n${branch.repeat(24)}`;
  // It depends on all that was before.
  const last = `if r6 == 5 goto +0\n${EXIT}`;

  it("is guarded by a number that is set right before it is compared", () => {
    expect(kindsOf(`${many}r7 = 1\nif r7 != 0 goto +1\npoison\n${last}`)).toEqual(["guarded"]);
    expect(kindsOf(`r7 = 1\n${many}if r7 != 0 goto +1\npoison\n${last}`)).toEqual(["unknown"]);
  });

  it("is not guarded by a number that is not the only one that is compared", () => {
    const set = "r7 = 0\nif r0 == 9 goto +1\nr7 = 1";
    expect(kindsOf(`${RANDOM}\n${set}\nif r7 != 0 goto +1\npoison\n${EXIT}`)).toEqual(["reached"]);
  });

  it("is reached where it is near, whatever is not", () => {
    const near = `r7 = 1\n${RANDOM}\nif r0 == 9 goto +1\ngoto +2\npoison\nexit`;
    expect(kindsOf(`${near}\n${many}if r7 != 0 goto +1\npoison\n${last}`)).toEqual(["reached", "unknown"]);
  });
});
