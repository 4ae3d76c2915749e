import { CoreError, type Site } from "@core/bytes";

export type MinimizeErrorCode =
  /** A module that is split neither from the kernel's BTF nor from that of a module before it. */
  | "base"
  /** A type that only malformed BTF can have, such as one whose name is not UTF-8, decides a relocation. */
  | "unwritable";

/** A target that cannot be minimised. */
export class MinimizeError extends CoreError<MinimizeErrorCode> {
  override readonly name = "MinimizeError";

  constructor(code: MinimizeErrorCode, message: string, site?: Site, cause?: unknown) {
    super("minimize", code, message, site, cause);
  }
}
