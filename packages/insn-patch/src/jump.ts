import type { Insn } from "./insn.js";
import { BPF_JMP, BPF_JMP32, CALL, CLASS_MASK, EXIT, GOTO, GOTOL, GOTOX } from "./opcodes.js";

/** May execution go on behind the instruction? A call is expected to return. */
export function fallsThrough({ code }: Insn): boolean {
  return code !== GOTO && code !== GOTOL && code !== GOTOX && code !== EXIT;
}

/**
 * How far the instruction jumps, or may jump, in slots from the one behind it; `undefined` where it does not
 * jump within its function, and for a `gotox`, which jumps to where a register says.
 */
export function jumpDistance({ code, off, imm }: Insn): number | undefined {
  const kind = code & CLASS_MASK;
  if (kind !== BPF_JMP && kind !== BPF_JMP32) return undefined;
  if (code === CALL || code === EXIT || code === GOTOX) return undefined;
  return code === GOTOL ? imm : off;
}
