import { createHash } from "node:crypto";
import { nameOf, typeIdAt } from "@core/btf";
import type { ObjectAnswer, RelocationAnswer } from "@core/corpus";
import { findSection, sectionBytes } from "@core/elf";
import type { Relocated, Relocation } from "../src/index.js";

/** Instructions by section index: those of a relocated object, or others to compare libbpf's with. */
export type Code = ReadonlyMap<number, Uint8Array>;

/** Everything in which a relocated object is not what libbpf made of it, a line each. */
export function differences(expected: ObjectAnswer, actual: Relocated, code: Code = actual.code): string[] {
  const { relocations, object } = actual;
  if (expected.relos.length !== relocations.length) {
    return [`${expected.object}: ${relocations.length} relocations, not ${expected.relos.length}`];
  }
  const found: string[] = [];
  for (const [i, answer] of expected.relos.entries()) {
    const relocation = relocations[i];
    if (relocation === undefined) continue;
    const own = fieldsOf(actual, relocation, code, answer.insn.length / 2);
    const wrong = Object.entries(own).flatMap(([field, value]) => {
      const wanted = field === "err" ? answer.err !== 0 : answer[field as keyof RelocationAnswer];
      return String(value) === String(wanted) ? [] : [`${field} ${value}, not ${wanted}`];
    });
    if (wrong.length > 0) {
      found.push(
        `${expected.object} ${answer.sec}+${answer.insn_off} kind ${answer.kind}: ${wrong.join(", ")}`,
      );
    }
  }
  for (const [name, hash] of Object.entries(expected.sections)) {
    const section = findSection(object.elf, name);
    const bytes = section && (code.get(section.index) ?? sectionBytes(object.elf, section));
    const own = createHash("sha256")
      .update(bytes ?? "")
      .digest("hex");
    if (own !== hash) found.push(`${expected.object}: other bytes in ${name}`);
  }
  return found;
}

/** In libbpf's terms what became of a relocation; of one that failed or was skipped, only that. */
function fieldsOf(
  { object, relocations }: Relocated,
  { local, outcome }: Relocation,
  code: Code,
  length: number,
): Partial<Record<keyof RelocationAnswer, unknown>> {
  const { record, program } = local;
  const identity = {
    sec: local.section,
    insn_off: record.insnOff,
    kind: record.kind,
    type_id: record.typeId,
    prog: program?.name ?? null,
    err: outcome.kind === "failed",
  };
  if (outcome.kind === "failed" || outcome.kind === "skipped" || object.btf === undefined) return identity;
  const { change } = outcome;
  const bytes = code.get(program?.sectionIndex ?? 0) ?? sectionOf(object.elf, program?.sectionIndex);
  // Of several relocations of one instruction the last one leaves its bytes there, libbpf's answers know each one's.
  const isLast = relocations.findLast((other) => sameInsn(other.local, local))?.local === local;
  return {
    ...identity,
    access: local.accessStr,
    root: nameOf(object.btf, typeIdAt(object.btf, record.typeId)),
    poison: change.poison,
    poisoned: outcome.kind === "poisoned",
    validate: change.validate,
    orig: change.original,
    new: change.value,
    orig_sz: change.originalSize,
    new_sz: change.size,
    fail_memsz: change.failMemszAdjust,
    ...(isLast && {
      insn: Buffer.from(bytes.subarray(record.insnOff, record.insnOff + length)).toString("hex"),
    }),
  };
}

const sameInsn = (a: Relocation["local"], b: Relocation["local"]): boolean =>
  a.section === b.section && a.record.insnOff === b.record.insnOff;

function sectionOf(elf: Relocated["object"]["elf"], index: number | undefined): Uint8Array {
  const section = index === undefined ? undefined : elf.sections[index];
  return section === undefined ? new Uint8Array() : sectionBytes(elf, section);
}
