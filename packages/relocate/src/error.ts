import { CoreError, type Site } from "@core/bytes";

export type RelocateErrorCode =
  /** An ELF file that is no relocatable BPF object. */
  | "not-bpf"
  /** A function symbol that does not fit its section. */
  | "program"
  /** Writing an object that has relocations nobody could decide on. */
  | "unresolved";

/** An object that cannot be relocated at all. What befell single relocations is returned, not thrown. */
export class RelocateError extends CoreError<RelocateErrorCode> {
  override readonly name = "RelocateError";

  constructor(code: RelocateErrorCode, message: string, site?: Site, cause?: unknown) {
    super("relocate", code, message, site, cause);
  }
}
