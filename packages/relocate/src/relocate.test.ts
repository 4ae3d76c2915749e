import { copyBytes, readerOf, viewOf } from "@core/bytes";
import { parseElf } from "@core/elf";
import { PAIRS, type Pair } from "@core/fixtures";
import { formatInsn } from "@core/insn-patch";
import { rawSpec, SpecError } from "@core/spec";
import { Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { placesOf, sectionOf, withSectionName, withWords } from "../test/edit.js";
import {
  fixtureBtf,
  fixtureBytes,
  fixtureObject,
  fixtureTarget,
  ORDERS,
  targetBytes,
} from "../test/fixtures.js";
import { openObject, type Relocated, type Relocation, relocate, writeRelocated } from "./index.js";

const GUARD = { object: "guard", target: "guard-new" };

/** What became of one relocation, in a word or two. */
function wordOf({ outcome }: Relocation): string {
  return "reason" in outcome ? `${outcome.kind}: ${outcome.reason}` : outcome.kind;
}

function relocatePair(
  pair: Pick<Pair, "object" | "target" | "modules">,
  order: "little" | "big" = "little",
): Relocated {
  return relocate(fixtureObject(pair.object, order), fixtureTarget(pair, order));
}

/** The instruction of a relocation as it is now, disassembled. */
function insnOf({ object, code }: Relocated, { local }: Relocation): string {
  const bytes = code.get(local.program?.sectionIndex ?? 0);
  if (bytes === undefined) throw new Error("not relocated");
  return formatInsn(readerOf(bytes, object.elf.order), local.record.insnOff);
}

describe("outcomes", () => {
  it("patches, poisons, fails and skips", () => {
    expect(new Set(relocatePair(GUARD).relocations.map(wordOf))).toEqual(
      new Set(["patched", "poisoned: no-match"]),
    );
    expect(relocatePair({ object: "ints", target: "ints-wider" }).relocations.map(wordOf)).toContain(
      "poisoned: size-mismatch",
    );
    expect(
      relocatePair({ object: "flavors", target: "flavors-disagreeing" }).relocations.map(wordOf),
    ).toContain("failed: ambiguous");
    expect(relocatePair({ object: "nest-access", target: "nest-moved" }).relocations.map(wordOf)).toContain(
      "failed: invalid",
    );
    expect(
      relocatePair({ object: "insns-wrong-value", target: "records" }).relocations.map(wordOf),
    ).toContain("failed: refused");
  });

  it("leaves an instruction alone whose relocation failed, and goes on with the next", () => {
    const relocated = relocatePair({ object: "insns-wrong-value", target: "records" });
    const { object, relocations, code } = relocated;
    const kinds = relocations.map(({ outcome }) => outcome.kind);
    expect(kinds.indexOf("failed")).toBeLessThan(kinds.lastIndexOf("patched"));
    for (const { local, outcome } of relocations) {
      const { offset } = object.elf.sections[local.program?.sectionIndex ?? 0] ?? { offset: 0 };
      const { insnOff } = local.record;
      const before = object.elf.bytes.subarray(offset + insnOff, offset + insnOff + 8);
      const after = code.get(local.program?.sectionIndex ?? 0)?.subarray(insnOff, insnOff + 8);
      if (outcome.kind === "failed") expect(after).toEqual(before);
    }
  });

  it("says what the instruction held before", () => {
    const { relocations } = relocatePair({ object: "example", target: "example-kernel" });
    for (const { outcome } of relocations) {
      if (outcome.kind === "patched" && outcome.change.validate) {
        expect(outcome.previous).toBe(outcome.change.original);
      }
    }
  });

  it("skips records that lie in no function", () => {
    const { relocations } = relocatePair({ object: "insns-outside", target: "records" });
    const skipped = relocations.filter(({ outcome }) => outcome.kind === "skipped");
    // Two beyond the end of their section, and those of a section that has no function.
    expect(skipped.map(({ local }) => [local.section, local.program])).toEqual(
      skipped.map(({ local }) => [local.section, undefined]),
    );
    expect(new Set(skipped.map(({ local }) => local.section)).size).toBe(2);
  });

  it("fails records inside an instruction, in a function or not", () => {
    const inside = relocatePair({ object: "guard-unaligned", target: "guard-new" });
    expect(inside.relocations.filter(({ outcome }) => outcome.kind === "failed")).toHaveLength(1);

    const bytes = fixtureBytes("guard");
    const [first] = placesOf(bytes);
    const outside = withWords(bytes, { [first?.at ?? 0]: 0xfff4 });
    const [relocation] = relocate(openObject(outside), fixtureTarget(GUARD)).relocations;
    expect(relocation?.outcome).toMatchObject({ kind: "failed", reason: "invalid" });
  });

  it("relocates programs that are not loaded by default", () => {
    const bytes = fixtureBytes("guard");
    const { index } = sectionOf(parseElf(bytes), "raw_tp");
    const before = relocatePair(GUARD);
    // A longer name does not fit where the name of BTF's strings is.
    const renamed = withSectionName(bytes, index, "?raw_tp");
    const { relocations } = relocate(openObject(renamed), fixtureTarget(GUARD));
    expect(relocations.map(wordOf)).toEqual(before.relocations.map(() => "skipped"));

    const optional = renameInBtf(renamed, "raw_tp", "?aw_tp");
    const both = withSectionName(optional, index, "?aw_tp");
    const { relocations: relocated, code } = relocate(openObject(both), fixtureTarget(GUARD));
    expect(relocated.map(wordOf)).toEqual(before.relocations.map(wordOf));
    expect([...code.values()]).toEqual([...before.code.values()]);
  });
});

/** Overwrites a string of the same length wherever it is in `.BTF`. */
function renameInBtf(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const copy = Buffer.from(bytes);
  const { offset, size } = sectionOf(parseElf(bytes), ".BTF");
  const at = copy.indexOf(`\0${from}\0`, offset, "latin1");
  if (from.length !== to.length || at < 0 || at > offset + size) throw new Error(`cannot rename ${from}`);
  copy.write(to, at + 1, "latin1");
  return new Uint8Array(copy);
}

describe("sections", () => {
  it("skips records for a section that is not in the file", () => {
    const bytes = renameInBtf(fixtureBytes("guard"), "raw_tp", "raw_tq");
    const { relocations, code } = relocate(openObject(bytes), fixtureTarget(GUARD));
    expect(new Set(relocations.map(wordOf))).toEqual(new Set(["skipped"]));
    expect(code.size).toBe(0);
  });

  it("takes the first of two sections of one name", () => {
    const bytes = fixtureBytes("insns");
    const elf = parseElf(bytes);
    const [first, second] = [sectionOf(elf, "raw_tp"), sectionOf(elf, "kprobe/record")];
    expect(first.index).toBeLessThan(second.index);
    const twice = withSectionName(bytes, second.index, "raw_tp");
    const { code } = relocate(openObject(twice), { kernel: fixtureBtf("records") });
    expect(code.has(first.index)).toBe(true);
    expect(code.has(second.index)).toBe(false);
  });

  it("counts a section's records as libbpf does", () => {
    const { relocations } = fixtureObject("insns");
    const sections = [...new Set(relocations.map(({ section }) => section))];
    expect(sections.length).toBeGreaterThan(1);
    for (const name of sections) {
      const own = relocations.filter(({ section }) => section === name);
      expect(own.map(({ index }) => index)).toEqual(own.map((_, i) => i));
    }
  });
});

describe("several relocations", () => {
  it("of one instruction are applied one after the other", () => {
    const bytes = fixtureBytes("guard");
    const target = fixtureTarget(GUARD);
    const before = relocate(openObject(bytes), target).relocations;
    const i = before.findIndex(
      ({ outcome }) => outcome.kind === "patched" && outcome.change.original !== outcome.change.value,
    );
    const { at } = placesOf(bytes)[i] ?? { at: 0 };
    // The next record says the same about the same instruction.
    const view = viewOf(bytes);
    const words = Object.fromEntries(
      [0, 4, 8, 12].map((word) => [at + 16 + word, view.getUint32(at + word, true)]),
    );
    const { relocations } = relocate(openObject(withWords(bytes, words)), target);
    expect(wordOf(relocations[i] ?? fail())).toBe("patched");
    // The first one has changed what the second one expects there.
    expect(relocations[i + 1]?.outcome).toMatchObject({
      kind: "failed",
      reason: "refused",
      rejection: { reason: "unexpected-value" },
    });
  });

  it("of one type leave only the candidates that matched, also for a field that was decided on before", () => {
    const bytes = fixtureBytes("flavors");
    const places = placesOf(bytes);
    const { relocations } = fixtureObject("flavors");
    const [a, b, size] = relocations
      .map(({ program }, i) => (program?.name === "flavors_same" ? i : -1))
      .filter((i) => i >= 0);
    const at = (i: number | undefined) => places[i ?? 0]?.at ?? 0;
    // The third record becomes the first one once more: the same field, read by the same instruction.
    const view = viewOf(bytes);
    const words = Object.fromEntries(
      [0, 4, 8, 12].map((word) => [at(size) + word, view.getUint32(at(a) + word, true)]),
    );
    // Both have the field at the same offset, one of them in another size, and only that one has the other field.
    const t = new Types();
    const [int, long] = [t.int("int", 4, { signed: true }), t.int("long", 8, { signed: true })];
    t.struct("same", 4, ["a", int, 0]);
    t.struct("same___wide", 16, ["a", long, 0], ["b", int, 64]);
    const relocated = relocate(openObject(withWords(bytes, words)), { kernel: t.btf() });
    const own = [a, b, size].map((i) => relocated.relocations[i ?? 0]);
    expect(own.map((relocation) => relocation && wordOf(relocation))).toEqual([
      "patched",
      "patched",
      "poisoned: size-mismatch",
    ]);
    expect(insnOf(relocated, own[0] ?? fail())).toBe("call 195896080");
  });
});

const fail = (): never => {
  throw new Error("there should be one");
};

describe("modules", () => {
  it("are searched for what the kernel lacks, in their order, and named", () => {
    const pairs = PAIRS.filter(({ modules }) => modules !== undefined);
    expect(pairs.length).toBeGreaterThan(0);
    const alone = relocatePair({ object: "split", target: "split-base" });
    const withModule = relocatePair({ object: "split", target: "split-base", modules: ["split-module"] });
    const gained = withModule.relocations.filter(
      ({ outcome }, i) => outcome.kind === "patched" && alone.relocations[i]?.outcome.kind === "poisoned",
    );
    expect(gained.length).toBeGreaterThan(0);
    for (const { resolution } of gained) {
      expect(resolution?.attempts.map(({ candidate }) => candidate.module)).toEqual(["split-module"]);
    }
  });

  it("cannot hide a type of the kernel", () => {
    const modules = ["split-module", "split-module-other"];
    const { relocations } = relocatePair({ object: "split", target: "split-base", modules });
    for (const { resolution } of relocations) {
      const places = new Set(resolution?.attempts.map(({ candidate }) => candidate.module === undefined));
      expect(places.size).toBeLessThan(2);
    }
  });
});

describe("every pair of fixtures", () => {
  const pairs = PAIRS.filter(({ refusal }) => refusal === undefined || refusal === "foreign-order");
  const title = ({ object, target, modules = [] }: Pair) => [object, target, ...modules].join(" + ");

  it.each(pairs.map((pair) => [title(pair), pair] as const))(
    "comes out the same in either byte order, and its inputs stay as they are: %s",
    (_, pair) => {
      const [little, big] = ORDERS.map((order) => {
        const bytes = fixtureBytes(pair.object, order);
        const kept = copyBytes(bytes);
        const target = fixtureTarget(pair, order);
        const before = targetBytes(pair, order).map(copyBytes);
        const relocated = relocate(openObject(bytes), target);
        expect(Buffer.compare(bytes, kept)).toBe(0);
        for (const [i, own] of targetBytes(pair, order).entries()) {
          expect(Buffer.compare(own, before[i] ?? new Uint8Array())).toBe(0);
        }
        for (const { spec, accessStr } of relocated.object.relocations) {
          if (spec instanceof SpecError) continue;
          // White space, signs and zeros in front are not kept.
          if (/^[1-9]|^0(?::|$)/.test(accessStr) && !/[^0-9:]|:0[0-9]/.test(accessStr)) {
            expect(rawSpec(spec).join(":")).toBe(accessStr.replace(/:$/, ""));
          }
        }
        return relocated;
      });
      // Clang reads some bitfields byte by byte where they are big-endian, and so has more relocations. Where a
      // bitfield is in the load that covers it depends on the byte order, too.
      const portable = (relocated: Relocated | undefined) =>
        new Map(
          relocated?.relocations
            .filter(({ local }) => local.kind !== "lshift_u64")
            .map((relocation) => {
              const { outcome, local } = relocation;
              const { change } = "change" in outcome ? outcome : { change: undefined };
              const key = `${local.program?.name} ${local.record.kind} ${local.record.typeId} ${local.accessStr}`;
              return [key, [wordOf(relocation), change]];
            }),
        );
      expect(portable(big)).toEqual(portable(little));
    },
  );
});

describe("inputs", () => {
  it.each(ORDERS)("may be Node Buffers, whose slices are views (%s-endian)", (order) => {
    // Inside a larger one, at an odd offset.
    const around = Buffer.concat([
      Buffer.alloc(3, 0xaa),
      fixtureBytes("example", order),
      Buffer.alloc(5, 0xbb),
    ]);
    const kept = Buffer.from(around);
    const object = openObject(around.subarray(3, around.length - 5));
    const relocated = relocate(object, { kernel: fixtureBtf("example-kernel", order) });
    const written = writeRelocated(relocated);
    expect(around.equals(kept)).toBe(true);
    expect(written).toEqual(
      writeRelocated(relocatePair({ object: "example", target: "example-kernel" }, order)),
    );
    // What was given back shares no memory with what was given.
    for (const bytes of [written, ...relocated.code.values()]) bytes.fill(0xff);
    expect(around.equals(kept)).toBe(true);
  });

  it("can be relocated again, against another target or the same", () => {
    const object = fixtureObject("guard");
    const once = relocate(object, fixtureTarget(GUARD));
    relocate(object, { kernel: fixtureBtf("guard-old") });
    expect(relocate(object, fixtureTarget(GUARD)).code).toEqual(once.code);
  });
});
