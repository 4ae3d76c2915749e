import { CoreError, type Site } from "@core/bytes";

export type ReachErrorCode =
  /** An instruction refers to what libbpf does not know, or to a function that is not in `.text`. */
  | "reference"
  /** Functions that have more instructions together than their file. */
  | "overlap"
  /** An `extern` that the object's BTF does not describe, so that libbpf refuses the object. */
  | "extern";

/** An object whose functions cannot be put together into programs: libbpf would not load any of it. */
export class ReachError extends CoreError<ReachErrorCode> {
  override readonly name = "ReachError";

  constructor(code: ReachErrorCode, message: string, site?: Site, cause?: unknown) {
    super("reach", code, message, site, cause);
  }
}
