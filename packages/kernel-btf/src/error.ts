import { CoreError, type Site } from "@core/bytes";
import { formatSteps, type Step } from "./steps.js";

export type KernelBtfErrorCode =
  /** The bytes are of no known kind, and nothing known was found inside them. */
  | "unrecognised"
  /** The bytes are of a known kind, but there is no BTF in them. */
  | "no-btf"
  /** Several BTFs, and none of them is a kernel's: which one is meant? */
  | "several"
  /** A container, compressed data or BTF is damaged or cut off. */
  | "malformed"
  /** A variant of a known format that is not read here. */
  | "unsupported"
  /** Compressed data expands beyond the limit. */
  | "too-large"
  /** Containers in containers, beyond the limit. */
  | "too-deep"
  /** None of the files that could hold the BTF is there (`@core/kernel-btf/node`). */
  | "not-found"
  /** A file that cannot be read (`@core/kernel-btf/node`). */
  | "unreadable";

/** What this package throws on purpose. */
export class KernelBtfError extends CoreError<KernelBtfErrorCode> {
  override readonly name = "KernelBtfError";
  /** Where it was, from the outermost container inwards. `site.offset` is in bytes from the innermost one's start. */
  readonly steps: readonly Step[];

  constructor(
    code: KernelBtfErrorCode,
    message: string,
    steps: readonly Step[] = [],
    site?: Site,
    cause?: unknown,
  ) {
    super(
      "kernel-btf",
      code,
      steps.length === 0 ? message : `${formatSteps(steps)}: ${message}`,
      site,
      cause,
    );
    this.steps = steps;
  }
}

/** An error that does not know yet in which container it is. Never leaves this package. */
export class Fault extends Error {
  readonly code: KernelBtfErrorCode;
  /** In bytes from the start of the container. */
  readonly offset: number | undefined;

  constructor(code: KernelBtfErrorCode, message: string, offset?: number, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.offset = offset;
  }
}

/** Damaged data, at `offset` bytes from its start. */
export function malformed(message: string, offset: number): Fault {
  return new Fault("malformed", message, offset);
}

/** Data that ends too early. */
export function cutOff(offset: number): Fault {
  return malformed("the data is cut off", offset);
}

export function unsupported(message: string): Fault {
  return new Fault("unsupported", message);
}
