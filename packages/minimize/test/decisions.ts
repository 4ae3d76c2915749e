import { type Btf, kindOf, nameOf, parseBtf } from "@core/btf";
import { type BpfObject, type Relocated, type Relocation, relocate, type Target } from "@core/relocate";
import type { Minimized } from "../src/index.js";

/** The result as who uses it has it. */
export function parseMinimized({ kernel, modules }: Minimized, pointerSize?: 4 | 8): Target {
  const parsedKernel = parseBtf(kernel, pointerSize && { pointerSize });
  const parsed = new Map<string, Btf>();
  for (const { name, bytes, base } of modules) {
    parsed.set(name, parseBtf(bytes, { base: base === undefined ? parsedKernel : parsed.get(base)! }));
  }
  return { kernel: parsedKernel, modules: Array.from(parsed, ([name, btf]) => ({ name, btf })) };
}

/** Bytes from an instruction on that are compared: that of a `target_type_id` holds another number. */
const INSN = 8;

/**
 * What became of every relocation, as far as it has to be the same on a minimised target: verdict, value, what a load
 * or store makes of it, and the instruction. An id counts as the type that it names.
 */
export function decisionsOf(object: BpfObject, target: Target): readonly string[] {
  const relocated = relocate(object, target);
  return relocated.relocations.map((relocation) => decisionOf(relocated, relocation));
}

function decisionOf({ code }: Relocated, { local, resolution, outcome }: Relocation): string {
  const { section, record, program, kind, accessStr } = local;
  const verdict = resolution?.verdict;
  const what = `${section}+${record.insnOff} ${kind} [${record.typeId}] ${accessStr}: ${verdict?.kind}, ${outcome.kind}`;
  if (verdict === undefined || !("change" in verdict)) return what;
  if (kind === "target_type_id" && verdict.kind === "resolved" && verdict.spec !== undefined) {
    const { btf, rootId } = verdict.spec;
    const [first] = resolution?.attempts.filter(({ matched }) => matched) ?? [];
    return `${what} ${kindOf(btf, rootId)} ${nameOf(btf, rootId)} in ${first?.candidate.module ?? "vmlinux"}`;
  }
  const { value, size, failMemszAdjust } = verdict.change;
  const bytes = program && code.get(program.sectionIndex)?.subarray(record.insnOff, record.insnOff + INSN);
  return `${what} ${value}, ${size} bytes${failMemszAdjust ? " unlike before" : ""}, ${Buffer.from(bytes ?? []).toString("hex")}`;
}
