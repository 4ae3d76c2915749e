import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fixturePath } from "@core/fixtures";
import { pointNameOf } from "@core/spec";
import { describe, expect, it } from "vitest";
import { fixtureObject, ORDERS } from "../test/fixtures.js";
import { type BpfObject, findSourceLine } from "./index.js";
import { stringReader } from "./strings.js";

/** A line of a fixture's source, from 1, without the white space around it. */
function lineOf(file: string, line: number): string | undefined {
  return readFileSync(fixturePath(`src/${basename(file)}`), "utf8")
    .split("\n")
    [line - 1]?.trim();
}

function linesOf(object: BpfObject) {
  return object.relocations.map(({ section, record, program, spec, kind }) => ({
    program: program?.name,
    kind,
    spec,
    source: findSourceLine(object, section, record.insnOff, program?.offset),
  }));
}

describe.each(ORDERS)("%s-endian", (order) => {
  it.each([
    "example",
    "nest",
    "arrays",
    "ints",
    "bits",
    "enums",
    "types",
    "matches",
    "flavors",
    "guard",
    "insns",
  ])("relocations of %s are at lines that its source has", (name) => {
    const lines = linesOf(fixtureObject(name, order));
    expect(lines.length).toBeGreaterThan(0);
    for (const { source } of lines) {
      if (source === undefined) throw new Error("no line");
      expect(["core.h", `${name}.bpf.c`]).toContain(basename(source.file));
      expect(source.text).toBe(lineOf(source.file, source.line));
    }
  });

  it("a field that one function reads in a line of its own is at that line", () => {
    const own = linesOf(fixtureObject("example", order)).flatMap(({ program, spec, source }) => {
      if (program !== "on_exit" || !("points" in spec)) return [];
      const last = spec.points.at(-1);
      return last?.via === "member" ? [[pointNameOf(spec.btf, last), source?.text]] : [];
    });
    // example.bpf.c, from "int on_exit" on.
    expect(own).toContainEqual(["exit_code", ".state = task->exit_code,"]);
    expect(own).toContainEqual(["pid", ".pid = task->pid,"]);
    expect(own).toContainEqual(["tgid", ".tgid = task->tgid,"]);
  });

  it("subprograms have lines, too", () => {
    const own = linesOf(fixtureObject("example", order)).filter(
      ({ program }) => program === "memory_cgroup_of",
    );
    // The offset is in place before the line of the call begins: it is at the line before.
    expect(own.map(({ source }) => source?.text).slice(-2)).toEqual([
      "core_read(&cgroup, &css->cgroup);",
      "core_read(&kn, &cgroup->kn);",
    ]);
  });
});

describe("a line is not known", () => {
  const object = fixtureObject("guard");
  const [first] = object.relocations;
  const { section, record } = first ?? { section: "", record: { insnOff: 0 } };

  it("in a section without line info", () => {
    expect(findSourceLine(object, "license", 0)).toBeUndefined();
    // Line info was removed from these.
    const edited = fixtureObject("guard-unaligned");
    expect(edited.relocations.length).toBeGreaterThan(0);
    for (const { record } of edited.relocations) {
      expect(findSourceLine(edited, "raw_tp", record.insnOff)).toBeUndefined();
    }
  });

  it("where the compiler added code of its own: the one before is taken", () => {
    const { btf, ext } = fixtureObject("example");
    const records = ext?.lineInfo?.sections.find(({ name }) => name === ".text")?.records() ?? [];
    const i = records.findIndex(({ line }) => line === 0);
    const [before, added] = [records[i - 1], records[i]];
    if (btf === undefined || before === undefined || added === undefined) throw new Error("no line 0");
    const source = findSourceLine(fixtureObject("example"), ".text", added.insnOff);
    expect(source?.line).toBe(before.line);
  });

  it("when it is another function's", () => {
    expect(findSourceLine(object, section, record.insnOff)).toBeDefined();
    expect(findSourceLine(object, section, record.insnOff, record.insnOff + 8)).toBeUndefined();
  });
});

describe("strings", () => {
  const { btf } = fixtureObject("example");
  if (btf === undefined) throw new Error("no .BTF");

  it("that are not there are undefined", () => {
    expect(stringReader(btf, 1000)(0x7fffffff)).toBeUndefined();
  });

  it("are read once, and together up to a limit", () => {
    const read = stringReader(btf, 10);
    const texts = Array.from({ length: 200 }, (_, offset) => read(offset));
    // The one that reaches the limit is still read; the others are known or not there.
    expect(texts.join("").length).toBeGreaterThan(9);
    expect(texts.join("").length).toBeLessThan(100);
    expect(texts.at(-1)).toBeUndefined();
    expect(Array.from({ length: 200 }, (_, offset) => read(offset))).toEqual(texts);
  });
});
