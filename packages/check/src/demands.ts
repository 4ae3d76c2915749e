import type { Reader } from "@core/bytes";
import { type Insn, insnAt, insnLengthAt } from "@core/insn-patch";
import { CALL } from "@core/insn-patch/opcodes";
import type { LinkedFunction } from "@core/reach";
import type { ExternReference } from "./externs.js";
import { featureOf } from "./features.js";
import type { Feature } from "./kernel.js";

/** What an instruction asks of a kernel, whatever the kernel. */
export type Demand = {
  /** Of the instruction, in bytes from the start of its section. */
  readonly insnOff: number;
} & (
  | { readonly kind: "feature"; readonly feature: Feature }
  /** A call of a helper by its number in `enum bpf_func_id`. */
  | { readonly kind: "helper"; readonly id: number }
  | { readonly kind: "kfunc"; readonly reference: ExternReference }
);

/** What the instructions of a function ask for. @param code of its section, as it is in the object. */
export function demandsOf(code: Reader, { offset, size, references }: LinkedFunction): readonly Demand[] {
  const demands: Demand[] = [];
  for (let insnOff = offset; insnOff < offset + size; insnOff += insnLengthAt(code, insnOff)) {
    const insn = insnAt(code, insnOff);
    const reference = references.get(insnOff);
    const feature = featureOf(insn, reference);
    if (feature !== undefined) demands.push({ insnOff, kind: "feature", feature });
    if (reference?.kind === "kfunc" && insn.code === CALL)
      demands.push({ insnOff, kind: "kfunc", reference });
    else if (isHelperCall(insn)) demands.push({ insnOff, kind: "helper", id: insn.imm });
  }
  return demands;
}

const isHelperCall = ({ code, srcReg }: Insn): boolean => code === CALL && srcReg === 0;
