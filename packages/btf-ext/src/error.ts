import { CoreError, type Site } from "@core/bytes";

export type BtfExtErrorCode =
  /** The magic number is not 0xeb9f in either byte order. */
  | "magic"
  /** A version or flags that nobody has defined yet. */
  | "version"
  /** The header does not fit, or lacks func info and line info. */
  | "header"
  /** A part that runs past the end, is misaligned, or has no records at all. */
  | "part"
  /** A record size that is too small, or no multiple of 4. */
  | "record-size"
  /** A section whose records run past their part, or that has none. */
  | "records"
  /** A section name that is not in the BTF's strings, or absurdly long. */
  | "section-name";

/** Malformed `.BTF.ext`. */
export class BtfExtError extends CoreError<BtfExtErrorCode> {
  override readonly name = "BtfExtError";

  constructor(code: BtfExtErrorCode, message: string, site?: Site, cause?: unknown) {
    super("btf-ext", code, message, site, cause);
  }
}
