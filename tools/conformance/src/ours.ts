import { createHash } from "node:crypto";
import { nameOf } from "@core/btf";
import type { ObjectAnswer, RelocationAnswer } from "@core/corpus";
import {
  type BpfObject,
  type LocalRelocation,
  type Relocated,
  type Relocation,
  relocate,
  type Target,
} from "@core/relocate";

const LDIMM64 = 0x18;

/** Errors are only told apart from answers: libbpf's numbers say no more than that. */
const FAILED = -1;

/** What @core/relocate makes of an object, in the form of libbpf's answers. */
export function ourAnswer(name: string, object: BpfObject, target: Target): ObjectAnswer {
  const relocated = relocate(object, target);
  const sections = [...new Set(object.relocations.map(({ section }) => section))].flatMap((section) => {
    const bytes = codeOf(relocated, section);
    return bytes ? [[section, createHash("sha256").update(bytes).digest("hex")] as const] : [];
  });
  return {
    object: name,
    rc: 0,
    relos: relocated.relocations.map((relocation) => answerOf(relocated, relocation)),
    sections: Object.fromEntries(sections),
  };
}

function codeOf({ object, code }: Relocated, section: string): Uint8Array | undefined {
  const found = object.elf.sections.find(({ name }) => name === section);
  if (found === undefined) return undefined;
  return code.get(found.index) ?? object.elf.bytes.subarray(found.offset, found.offset + found.size);
}

/** Of the instruction as the compiler left it, in bytes: poison makes two of an LDIMM64. */
function lengthBefore({ object }: Relocated, { section, record }: LocalRelocation): number {
  const found = object.elf.sections.find(({ name }) => name === section);
  return found && object.elf.bytes[found.offset + record.insnOff] === LDIMM64 ? 16 : 8;
}

function answerOf(relocated: Relocated, { local, outcome }: Relocation): RelocationAnswer {
  const { section, record, program, accessStr, spec } = local;
  const change = "change" in outcome ? outcome.change : undefined;
  const code = codeOf(relocated, section) ?? new Uint8Array();
  const bytes = code.subarray(record.insnOff, record.insnOff + lengthBefore(relocated, local));
  return {
    sec: section,
    insn_off: record.insnOff,
    kind: record.kind,
    type_id: record.typeId,
    access: accessStr,
    root: "rootId" in spec ? nameOf(spec.btf, spec.rootId) : "",
    prog: program?.name ?? null,
    err: outcome.kind === "failed" ? FAILED : 0,
    poison: change?.poison ?? false,
    poisoned: outcome.kind === "poisoned",
    validate: change?.validate ?? false,
    orig: String(change?.original ?? 0n),
    new: String(change?.value ?? 0n),
    orig_sz: change?.originalSize ?? 0,
    new_sz: change?.size ?? 0,
    fail_memsz: change?.failMemszAdjust ?? false,
    insn: Buffer.from(bytes).toString("hex"),
  };
}
