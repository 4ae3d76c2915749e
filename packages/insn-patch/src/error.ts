import { CoreError } from "@core/bytes";

export type InsnErrorCode = "out-of-bounds" | "misaligned";

/**
 * Thrown when an instruction is asked for where none can be. That is a mistake of the caller, not of
 * the instruction: what an instruction does not allow is a returned {@link Rejection}.
 */
export class InsnError extends CoreError<InsnErrorCode> {
  override readonly name = "InsnError";

  constructor(code: InsnErrorCode, message: string, offset: number) {
    super("insn-patch", code, message, { offset });
  }
}
