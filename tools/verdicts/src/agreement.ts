import { parseBtf } from "@core/btf";
import { checkObject, openKernel, type ProgramCheck } from "@core/check";
import type { ProgramTruth } from "@core/corpus";
import { readBytes } from "@core/corpus";
import { openObject } from "@core/relocate";
import type { KernelTruth } from "./truths.js";

/** A program, what a kernel said of it, and what is said here. */
export interface Comparison {
  readonly truth: ProgramTruth;
  readonly check: ProgramCheck;
  readonly agreement: Agreement;
}

export type Agreement =
  | "agrees"
  /** What it attaches to is filled in by the program that loads it. */
  | "set up"
  | "unknown"
  /** The kernel refuses it for what neither its BTF nor the object shows. */
  | "invisible"
  | "wrong";

/** The telling lines of refusals that cannot be seen in BTF, and why not. */
export const INVISIBLE: readonly (readonly [line: RegExp, why: string])[] = [
  [
    /The address of function \w+ cannot be found/,
    "BTF has the function, and only kallsyms would tell that it was inlined everywhere",
  ],
  [/R\d invalid mem access/, "the verifier lost track of what a register points to"],
  [
    /calling kernel function \w+ is not allowed/,
    "which types of programs may call a kernel function is in no BTF",
  ],
  [
    /pseudo btf_id 0 in ldimm64/,
    "the object refers to a variable that the kernel's BTF has not, and is told of type 0",
  ],
];

/** Compares with one kernel, program by program. */
export function compare({ kernel: file, programs, bytesOf }: KernelTruth): readonly Comparison[] {
  const kernel = openKernel(parseBtf(readBytes(file)), { release: file.name });
  const checks = new Map<string, ProgramCheck>();
  for (const name of new Set(programs.map(({ object }) => object))) {
    for (const check of checkObject(openObject(bytesOf(name)), kernel).programs) {
      checks.set(keyOf(name, check), check);
    }
  }
  return programs.map((truth) => {
    const check = checks.get(keyOf(truth.object, truth));
    if (check === undefined) throw new Error(`${truth.object} has no program ${truth.program}`);
    return { truth, check, agreement: agreementOf(truth, check) };
  });
}

/** Sections are told of without the `?` of programs that are not loaded by default. */
const keyOf = (object: string, { section, program }: Pick<ProgramTruth, "section" | "program">): string =>
  `${object} ${section.replace(/^\?/, "")} ${program}`;

function agreementOf(truth: ProgramTruth, { verdict, reasons }: ProgramCheck): Agreement {
  if (truth.class === "needs-setup") {
    const isSaid = reasons.some(({ code }) => code === "attach-target-placeholder");
    return isSaid && verdict !== "loads" ? "set up" : "wrong";
  }
  if (verdict === "unknown") return "unknown";
  if (verdict === (truth.class === "loads" ? "loads" : "fails")) return "agrees";
  return verdict === "loads" && INVISIBLE.some(([line]) => line.test(truth.error ?? ""))
    ? "invisible"
    : "wrong";
}
