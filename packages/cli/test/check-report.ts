import type { Absences, ProgramCheck, Reason } from "@core/check";
import fc from "fast-check";
import type { KernelEntry, KernelResult, ObjectEntry, Pair, Report } from "../src/check/model.js";
import { createReport, packResult } from "../src/check/model.js";

export const reason = (parts: Partial<Reason> = {}): Reason => ({
  code: "poison-reached",
  verdict: "fails",
  message: "struct bio has no member bi_disk",
  subject: "bio.bi_disk",
  section: "kprobe/foo",
  insnOff: 24,
  function: "foo",
  source: { file: "a.bpf.c", line: 7, column: 3, text: "  x = bio->bi_disk;" },
  hints: [],
  ...parts,
});

export function program(name: string, reasons: readonly Reason[] = [], autoload = true): ProgramCheck {
  const verdicts = reasons.map(({ verdict }) => verdict);
  const verdict = verdicts.includes("fails") ? "fails" : verdicts.includes("unknown") ? "unknown" : "loads";
  const core = { relocations: 3, poisoned: reasons.length, guarded: 0, reached: 0, unknown: 0 };
  return { program: name, section: `kprobe/${name}`, type: "kprobe", autoload, verdict, core, reasons };
}

export function pair(
  object: string,
  programs: readonly ProgramCheck[],
  reasons: readonly Reason[] = [],
  absences: Absences = { absent: [], untold: [] },
): Pair {
  const verdicts = [...programs.filter(({ autoload }) => autoload), ...reasons].map(({ verdict }) => verdict);
  const verdict = verdicts.includes("fails") ? "fails" : verdicts.includes("unknown") ? "unknown" : "loads";
  return { object, verdict, note: null, reasons, programs, absences };
}

export const skipped = (object: string): Pair => ({
  ...{ object, verdict: "skipped", note: "the object is for arm64, the kernel for x86_64" },
  ...{ reasons: [], programs: [], absences: null },
});

export const kernel = (name: string, parts: Partial<KernelEntry> = {}): KernelEntry => ({
  ...{ name, path: `kernels/${name}.btf`, distro: null, version: null, arch: "x86_64", order: "little" },
  ...{ modules: [], notes: [], error: null },
  ...parts,
});

const objectEntry = (path: string): ObjectEntry => ({
  ...{ path, sha256: "0".repeat(64), order: "little", arch: null, error: null },
});

export function report(results: readonly KernelResult[], parts: Partial<Report> = {}): Report {
  const paths = new Set(results.flatMap(({ pairs }) => pairs.map(({ object }) => object)));
  const objects = [...paths].map(objectEntry);
  const kernels = results.map(packResult);
  return createReport({ tool: "1.2.3", shard: null, pending: [], objects, kernels, ...parts });
}

/** Any text: what could be in a file that somebody made to do harm. */
const text = fc.oneof(
  fc.constantFrom(
    "a",
    "b.c",
    "|`<&>\"'",
    "::error::x",
    "%0A",
    "]]>",
    "\u001b[31m",
    "\u202e",
    "\ufffe",
    "@user #1",
  ),
  fc.string({ unit: "binary", maxLength: 8 }),
);

/** Of few subjects, so that reasons are about some of them. */
const anySubject = fc.constantFrom("a", "b.c", "%0A", "d");
const anyAbsences: fc.Arbitrary<Absences> = fc.record({
  absent: fc.uniqueArray(anySubject),
  untold: fc.uniqueArray(anySubject),
});

const anyReason: fc.Arbitrary<Reason> = fc
  .record({
    code: fc.constantFrom<Reason["code"]>("poison-reached", "poison-unknown", "helper-unsupported"),
    verdict: fc.constantFrom("fails", "unknown"),
    message: text,
    subject: fc.oneof(text, anySubject),
    section: fc.option(text),
    insnOff: fc.option(fc.nat()),
    function: fc.option(text),
    source: fc.option(fc.record({ file: text, line: fc.nat({ max: 99 }), column: fc.nat({ max: 9 }), text })),
    hints: fc.array(text, { maxLength: 2 }),
  })
  .map((parts) => reason(parts));

const anyPair = (object: string): fc.Arbitrary<Pair> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(skipped(object)) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          fc.uniqueArray(text, { maxLength: 3 }),
          fc.array(anyReason, { maxLength: 2 }),
          fc.array(anyReason, { maxLength: 1 }),
          fc.boolean(),
          anyAbsences,
        )
        .map(([names, reasons, own, autoload, absences]) =>
          pair(
            object,
            names.map((name, i) => program(name, i === 0 ? reasons : [], autoload)),
            own,
            absences,
          ),
        ),
    },
  );

/** Reports of any content, each object on each kernel. */
export const anyReport: fc.Arbitrary<Report> = fc
  .tuple(
    fc.uniqueArray(text, { minLength: 1, maxLength: 4 }),
    fc.uniqueArray(text, { minLength: 1, maxLength: 6 }),
  )
  .chain(([objects, kernels]) =>
    fc
      .tuple(
        ...kernels.map((name) =>
          fc.tuple(...objects.map(anyPair)).map((pairs): KernelResult => ({ kernel: kernel(name), pairs })),
        ),
      )
      .map((results) => report(results, { objects: objects.map(objectEntry) })),
  );
