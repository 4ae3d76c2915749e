import { parseBtf, writeBtf } from "@core/btf";
import { PAIRS } from "@core/fixtures";
import { Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { placesOf, withWords } from "../test/edit.js";
import { fixtureBtf, fixtureBytes, fixtureObject, fixtureTarget, ORDERS } from "../test/fixtures.js";
import {
  explainResolution,
  openObject,
  type RelocationReport,
  type Report,
  relocate,
  reportOf,
} from "./index.js";

const report = (object: string, target: string, order: "little" | "big" = "little"): Report =>
  reportOf(relocate(fixtureObject(object, order), { kernel: fixtureBtf(target, order) }));

/** The only relocation about `subject` of that kind in a function. */
function find(of: Report, program: string, kind: string, subject: string): RelocationReport {
  const found = of.relocations.filter(
    (r) => r.program === program && r.kind === kind && r.subject === subject,
  );
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} times ${kind} ${subject}`);
  return only;
}

describe("a relocation", () => {
  const example = report("example", "example-kernel");

  it("that changed has everything one asks for", () => {
    const { candidates, ...own } = find(example, "on_exit", "byte_off", "struct task_struct.pid");
    expect(own).toEqual({
      section: "tp_btf/sched_process_exit",
      insnOff: own.insnOff,
      program: "on_exit",
      source: { file: own.source?.file, line: 151, column: own.source?.column, text: ".pid = task->pid," },
      kind: "byte_off",
      rawKind: 0,
      typeId: own.typeId,
      accessStr: "0:3",
      subject: "struct task_struct.pid",
      verdict: "resolved",
      outcome: "patched",
      changed: true,
      previous: "12",
      original: "12",
      value: "60",
      message: null,
      before: { bytes: expect.stringMatching(/^61..0c00 ?00000000$/), text: expect.stringContaining("+12)") },
      after: { bytes: expect.stringMatching(/^61..3c00 ?00000000$/), text: expect.stringContaining("+60)") },
    });
    expect(candidates).toEqual([
      {
        typeId: expect.any(Number),
        kind: "struct",
        name: "task_struct",
        module: null,
        matched: true,
        spec: expect.stringMatching(/^<byte_off> \[\d+\] struct task_struct\.pid \(0:\d+ @ offset 60\)$/),
        rejection: null,
      },
    ]);
  });

  it("that is poisoned says why, and what it became", () => {
    const own = find(example, "on_exec", "byte_off", "struct task_struct___before_5_14.state");
    expect(own).toMatchObject({
      verdict: "poison",
      outcome: "poisoned",
      changed: true,
      previous: null,
      value: "0",
    });
    expect(own.message).toContain("task_struct");
    expect(own.message).toContain("no member state");
    expect(own.after).toEqual({ bytes: "850000001023ad0b", text: "call 195896080" });
    expect(own.candidates).toMatchObject([
      { matched: false, spec: null, rejection: { code: "no-such-member" } },
    ]);
  });

  it("that finds no candidate says what was looked for", () => {
    const messages = report("flavors", "nothing").relocations.map(({ message }) => message);
    expect(messages).toContain("the target has no struct car");
    // Only the last triple underscore is a flavor's.
    expect(messages).toContain("the target has no struct car___with");
    expect(messages).toContain("the target has no enum gear");
  });

  it("about something absent is patched, without a message", () => {
    const own = find(example, "on_exec", "type_exists", "struct mm_rss_stat");
    expect(own).toMatchObject({
      verdict: "absent",
      outcome: "patched",
      original: "1",
      value: "0",
      message: null,
    });
  });

  it("that does not fit its instruction tells both values", () => {
    const own = report("insns-wrong-value", "records").relocations.find(
      ({ outcome }) => outcome === "failed",
    );
    expect(own).toMatchObject({ verdict: "resolved", changed: false });
    expect(own?.original).toMatch(/^\d+$/);
    expect(own?.value).toMatch(/^\d+$/);
    expect(own?.message).toContain(`expected ${own?.original}`);
    expect(own?.after).toEqual(own?.before);
  });

  it("that is ambiguous names the candidates that disagree, and what each has", () => {
    const { relocations } = report("flavors", "flavors-disagreeing");
    const own = relocations.find(({ verdict }) => verdict === "ambiguous");
    expect(own).toMatchObject({ outcome: "failed", changed: false, original: null, value: null });
    expect(own?.message).toMatch(
      /^candidates disagree: \d+ in .*struct car___1 .*, \d+ in .*struct car___2 /,
    );
  });

  it("about existence that is ambiguous tells the offsets, as the values are equal", () => {
    const t = new Types();
    const int = t.int("int", 4, { signed: true });
    t.struct("device___a", 16, ["speed", int, 0]);
    t.struct("device___b", 16, ["speed", int, 64]);
    const kernel = t.btf();
    const { relocations } = reportOf(relocate(fixtureObject("guard"), { kernel }));
    const own = relocations.find(
      ({ kind, subject }) => kind === "field_exists" && subject === "struct device.speed",
    );
    expect(own?.message).toMatch(/disagree: at byte 0 in .*device___a .*, at byte 8 in .*device___b /);
  });

  it("in a function without line info has no line of the function before", () => {
    const bytes = fixtureBytes("guard");
    const second = fixtureObject("guard").programs[1];
    if (second === undefined) throw new Error("one function only");
    const words = placesOf(bytes, "lineInfo")
      .filter(({ insnOff }) => insnOff >= second.offset)
      .map(({ at }): [number, number] => [at, 0xfff8]);
    const object = openObject(withWords(bytes, Object.fromEntries(words)));
    const { relocations } = reportOf(relocate(object, { kernel: fixtureBtf("guard-new") }));
    expect(relocations.some(({ program }) => program === second.name)).toBe(true);
    for (const { insnOff, source } of relocations) expect(source !== null).toBe(insnOff < second.offset);
  });

  it("of another size says so", () => {
    const own = report("ints", "ints-wider").relocations.find(
      ({ verdict, outcome }) => verdict === "resolved" && outcome === "poisoned",
    );
    expect(own?.message).toMatch(/^the target's field has \d+ bytes, not \d+:/);
  });

  it("of an LDIMM64 shows both its slots, also when it becomes two other instructions", () => {
    const poisoned = report("guard", "nothing").relocations.find(
      ({ kind, outcome }) => kind === "enumval_value" && outcome === "poisoned",
    );
    expect(poisoned?.before?.bytes).toHaveLength(32);
    expect(poisoned?.after?.bytes).toBe("850000001023ad0b850000001023ad0b");
  });

  it("of an unknown kind, or that leads nowhere, says so", () => {
    const bytes = fixtureBytes("guard");
    const [first] = placesOf(bytes);
    const at = first?.at ?? 0;
    const target = { kernel: fixtureBtf("guard-new") };
    const unknown = reportOf(relocate(openObject(withWords(bytes, { [at + 12]: 77 })), target))
      .relocations[0];
    expect(unknown).toMatchObject({
      kind: null,
      rawKind: 77,
      subject: null,
      verdict: "invalid",
      outcome: "failed",
    });
    expect(unknown?.message).toContain("77");
    const nowhere = reportOf(relocate(openObject(withWords(bytes, { [at + 8]: 0xffffff })), target))
      .relocations[0];
    expect(nowhere).toMatchObject({ accessStr: "", subject: null, verdict: "invalid", outcome: "failed" });
  });

  it("in no function is skipped", () => {
    const skipped = report("insns-outside", "records").relocations.filter(
      ({ outcome }) => outcome === "skipped",
    );
    expect(skipped.length).toBeGreaterThan(0);
    for (const own of skipped) {
      expect(own).toMatchObject({
        verdict: "skipped",
        program: null,
        before: null,
        after: null,
        changed: false,
      });
    }
  });
});

describe("numbers", () => {
  const pairs = PAIRS.filter(({ refusal }) => refusal === undefined);

  it.each(ORDERS)("add up for every pair of fixtures (%s-endian)", (order) => {
    for (const pair of pairs) {
      const relocated = relocate(fixtureObject(pair.object, order), fixtureTarget(pair, order));
      const { summary, programs, relocations } = reportOf(relocated);
      const own = (test: (r: RelocationReport) => boolean) => relocations.filter(test).length;
      expect(summary).toEqual({
        relocations: relocated.relocations.length,
        patched: own(({ outcome }) => outcome === "patched"),
        changed: own(({ outcome, changed }) => outcome === "patched" && changed),
        poisoned: own(({ outcome }) => outcome === "poisoned"),
        failed: own(({ outcome }) => outcome === "failed"),
        skipped: own(({ outcome }) => outcome === "skipped"),
      });
      expect(programs.map(({ name }) => name)).toEqual(relocated.object.programs.map(({ name }) => name));
      for (const key of ["relocations", "patched", "changed", "poisoned", "failed"] as const) {
        const outside = relocated.relocations.filter(({ local }) => local.program === undefined).length;
        const expected = key === "relocations" ? summary[key] - outside : summary[key];
        const failedOutside = key === "failed" ? own((r) => r.program === null && r.outcome === "failed") : 0;
        expect(programs.reduce((sum, program) => sum + program[key], 0)).toBe(expected - failedOutside);
      }
    }
  });

  it("are JSON as they are", () => {
    const own = report("example", "example-kernel");
    expect(JSON.parse(JSON.stringify(own))).toEqual(own);
  });
});

describe("explanations", () => {
  const explain = (object: string, target: string): string[] => {
    const { relocations } = relocate(fixtureObject(object), { kernel: fixtureBtf(target) });
    return relocations.map(({ resolution }) => (resolution ? explainResolution(resolution).join("\n") : ""));
  };

  it("begin with libbpf's spec and go through the candidates", () => {
    expect(explain("example", "example-kernel")).toContainEqual(
      expect.stringMatching(
        /^<byte_off> \[\d+\] struct task_struct\.pid \(0:3 @ offset 12\)\nmatching candidate #0 .*: <byte_off> \[\d+\] struct task_struct\.pid \(0:\d+ @ offset 60\)$/,
      ),
    );
    expect(explain("example", "example-kernel")).toContainEqual(
      expect.stringMatching(
        /^<byte_off> .*___before_5_14\.state .*\nnon-matching candidate #0 .*no member state$/,
      ),
    );
  });

  it.each([
    ["flavors", "flavors-disagreeing", /candidates disagree: /],
    ["flavors", "nothing", /no candidate: the target has no struct car/],
    ["nest", "nest-too-deep", /matcher: /],
    ["types", "nothing", /no candidate is asked for/],
  ])("say why there is no answer: %s on %s", (object, target, expected) => {
    expect(explain(object, target)).toContainEqual(expect.stringMatching(expected));
  });

  it("of many candidates tell of a few", () => {
    const types = Array.from(
      { length: 9 },
      (_, i) => ({ kind: "struct", name: `car___${i}`, size: 0, members: [] }) as const,
    );
    const kernel = parseBtf(writeBtf(types, { order: "little" }));
    const { relocations } = reportOf(relocate(fixtureObject("flavors"), { kernel }));
    const own = relocations.find(({ outcome }) => outcome === "poisoned");
    expect(own?.candidates).toHaveLength(9);
    expect(own?.message?.match(/no member wheels/g)).toHaveLength(3);
    expect(own?.message).toContain("and 6 more candidates");
  });
});
