import { CoreError, type Site } from "@core/bytes";

export type SpecErrorCode =
  /** A relocation kind above 12. */
  | "kind"
  /** Not decimal indices joined by `:`, or not `0` for a kind that is about a whole type. */
  | "access-string"
  /** More than 64 indices. */
  | "too-deep"
  /** A root type that does not exist, or whose parts are no fields. */
  | "type"
  /** An index outside the members, elements or enumerators there are. */
  | "index"
  /** An offset of 2^32 bits or more. */
  | "overflow";

/** A CO-RE relocation that makes no sense in its own object's BTF. */
export class SpecError extends CoreError<SpecErrorCode> {
  override readonly name = "SpecError";

  constructor(code: SpecErrorCode, message: string, site?: Site, cause?: unknown) {
    super("spec", code, message, site, cause);
  }
}
