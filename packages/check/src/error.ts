import { CoreError, type Site } from "@core/bytes";

type CheckErrorCode =
  /** An object in which so much is defined that looking at all of it would take too long. */
  "too-complex";

/** Told as the reason why an object's programs fail; nothing here throws it. */
class CheckError extends CoreError<CheckErrorCode> {
  override readonly name = "CheckError";

  constructor(code: CheckErrorCode, message: string, site?: Site, cause?: unknown) {
    super("check", code, message, site, cause);
  }
}

/** Counts what an object makes of a table's elements, which real ones have some hundreds of. */
export function limitOf(what: string, most: number): (count: number) => void {
  let left = most;
  return (count) => {
    left -= count;
    if (left < 0) throw new CheckError("too-complex", `there are more than ${most} ${what}`);
  };
}
