import { CoreError, type Site } from "@core/bytes";

export type BtfErrorCode =
  /** The magic number is not 0xeb9f in either byte order. */
  | "magic"
  /** The header, or what it says of the sections, does not fit the bytes. */
  | "header"
  /** The string section is empty, unterminated, too long or does not start with an empty string. */
  | "strings"
  /** A type record runs past the type section. */
  | "record"
  /** A kind that is neither known nor described by a layout section. */
  | "kind"
  /** A type id that does not exist. */
  | "type-id"
  /** A string offset outside the string section. */
  | "string-offset"
  /** Names so long, and used so often, that they are out of proportion to the input. */
  | "names"
  /** A function whose type is not a function prototype. */
  | "func-proto"
  /** Asked for something that a type of this kind does not have. */
  | "wrong-kind"
  /** An index outside the members, enumerators or parameters of a type. */
  | "index"
  /** Modifiers and typedefs that lead back to themselves, or an absurdly long chain of them. */
  | "modifier-chain"
  /** The size of a type that has none (void, a forward declaration, a function), or is too deep to tell. */
  | "no-size"
  /** A size of 4 GiB or more. */
  | "size-overflow"
  /** Types that lead to each other so often that the work would be out of proportion to the input. */
  | "too-complex"
  /** A distilled base with types that none has, or a module with names that are not those of its types. */
  | "distilled-base"
  /** Fewer bytes than a value of a type has. */
  | "data"
  /** Types that cannot be written. */
  | "unwritable";

/** Malformed BTF, or a question that the BTF cannot answer. */
export class BtfError extends CoreError<BtfErrorCode> {
  override readonly name = "BtfError";

  constructor(code: BtfErrorCode, message: string, site?: Site, cause?: unknown) {
    super("btf", code, message, site, cause);
  }
}
