import { CoreError, type Site } from "@core/bytes";

export type MatcherErrorCode =
  /** A relocation by name of a type that has none. */
  | "anonymous-root"
  /** More than 64 points, or types nested more than 32 deep. */
  | "too-deep"
  /** Comparing two types took more steps than any real ones do. */
  | "too-complex"
  /** A relocation kind that cannot be applied to an array element. */
  | "array-element"
  /** A bitfield that no load of up to 8 bytes covers, or whose type has no size. */
  | "bitfield";

/** A relocation that libbpf refuses to decide on. Mismatches are no errors: they are returned. */
export class MatcherError extends CoreError<MatcherErrorCode> {
  override readonly name = "MatcherError";

  constructor(code: MatcherErrorCode, message: string, site?: Site) {
    super("matcher", code, message, site);
  }
}
