import { findCorpus, loadAnswersOf, objectsOf, readBytes } from "@core/corpus";
import { readFixture } from "@core/fixtures";
import { INSN_SIZE } from "@core/insn-patch";
import { openObject } from "@core/relocate";
import { describe, expect, it } from "vitest";
import { isSubprogram, type LinkedProgram, linkObject, linkProgram, type Reference } from "./index.js";

const insnsOf = ({ functions }: LinkedProgram): number =>
  functions.reduce((sum, { size }) => sum + size / INSN_SIZE, 0);

const corpus = findCorpus();

describe.skipIf(corpus === undefined)("the objects of a corpus", () => {
  const real = corpus ?? { path: "" };
  const objects = objectsOf(real).map((file) => {
    const object = openObject(readBytes(file));
    return { name: file.name, object, linked: linkObject(object) };
  });

  it("have programs of as many instructions as the kernel was given", () => {
    const expected = new Map<string, number>();
    for (const { answers } of loadAnswersOf(real)) {
      for (const { object, program, insns } of answers) expected.set(`${object} ${program}`, insns);
    }
    const linked = objects.flatMap(({ name, object, linked }) =>
      object.programs
        .filter((program) => !isSubprogram(program) && expected.has(`${name} ${program.name}`))
        .map((program): [string, number] => [
          `${name} ${program.name}`,
          insnsOf(linkProgram(linked, program)),
        ]),
    );
    expect(new Map(linked)).toEqual(expected);
  });
});

/** What the instructions of a program's own function refer to, in their order. */
function referencesOf(fixture: string, name: string): readonly Reference[] {
  const object = openObject(readFixture(`kernels/${fixture}.o`));
  const program = object.programs.find((one) => one.name === name);
  if (program === undefined) throw new Error(`no program ${name}`);
  const [{ references, offset, size }] = linkProgram(linkObject(object), program).functions;
  return [...references]
    .filter(([insnOff]) => insnOff >= offset && insnOff < offset + size)
    .sort(([a], [b]) => a - b)
    .map(([, reference]) => reference);
}

// As their sources have it: tools/fixtures/src/kernels.
describe("a reference", () => {
  it.each<[string, string, readonly object[]]>([
    ["poison", "guarded_by_option_off", [{ kind: "data", section: ".rodata", offset: 0 }]],
    ["poison", "guarded_by_option_on", [{ kind: "data", section: ".rodata", offset: 1 }]],
    ["poison", "guarded_by_map", [{ kind: "map", name: "options" }]],
    ["poison", "guarded_by_version", [{ kind: "kconfig", name: "LINUX_KERNEL_VERSION", weak: false }]],
    ["poison", "unguarded_in_callee", [{ kind: "call", function: { name: "read_nowhere", global: false } }]],
    ["poison-global", "unguarded", [{ kind: "call", function: { name: "read_nowhere", global: true } }]],
    ["helpers", "loop", [{ kind: "function", function: { name: "satisfied", section: ".text" } }]],
    [
      "kconfig",
      "guarded_by_missing_option",
      [{ kind: "kconfig", name: "CONFIG_NO_SUCH_OPTION", weak: true }],
    ],
    ["ksyms", "typed", [{ kind: "ksym", name: "runqueues", weak: true, typed: true }]],
    ["ksyms", "untyped", [{ kind: "ksym", name: "vfs_read", weak: true, typed: false }]],
    [
      "kfunc-weak",
      "guarded_missing",
      [
        { kind: "kfunc", name: "bpf_no_such_kfunc", weak: true },
        { kind: "kfunc", name: "bpf_no_such_kfunc", weak: true },
      ],
    ],
    [
      "kfunc-strong",
      "strong",
      [
        { kind: "kfunc", name: "bpf_rcu_read_lock", weak: false },
        { kind: "kfunc", name: "bpf_rcu_read_unlock", weak: false },
      ],
    ],
  ])("is what the source says: %s, %s", (fixture, program, expected) => {
    expect(referencesOf(fixture, program)).toMatchObject(expected);
  });
});
