import type { LinkedFunction } from "./reference.js";

/** An instruction of a program. */
export interface Place {
  readonly function: LinkedFunction;
  /** In bytes from the start of the function's section. */
  readonly insnOff: number;
}

/** Whether the kernel's verifier gets to an instruction. It follows every branch both ways, unless it knows the outcome. */
export type Reachability =
  /** It does, by branches of which it cannot know the outcome, or that are known to lead there. */
  | { readonly kind: "reached" }
  /** No path leads there: what is known when the program is loaded decides against it. */
  | { readonly kind: "guarded" }
  /** Every path there takes a turn of which it is not known here whether the verifier rules it out. */
  | { readonly kind: "unknown"; readonly because: Doubt };

export type Doubt =
  /** The first such turn of a path: a conditional jump. */
  | { readonly reason: "branch"; readonly at: Place }
  /** A jump or call that leads to a place known only when the program runs. */
  | { readonly reason: "indirect"; readonly at: Place }
  /** More paths than are followed here; the verifier follows a million instructions. */
  | { readonly reason: "limit" };

/** What is known of a kernel beyond its types, and takes part in what the verifier knows. */
export interface Knowledge {
  /**
   * The value of an `extern … __kconfig` variable such as `CONFIG_HZ` or `LINUX_KERNEL_VERSION`; 0n where a weak one is missing.
   * Of a range, the kernel has one that is not known here.
   */
  readonly kconfig?: (name: string) => bigint | KconfigRange | undefined;
  /** Whether the kernel has this variable or function, which a program has a weak reference to. */
  readonly ksymExists?: (name: string) => boolean | undefined;
}

/** From `min` to `max`, neither negative. */
export interface KconfigRange {
  readonly min: bigint;
  readonly max: bigint;
}

/** What following the paths of a program found. */
export interface Explored {
  /** By the number of an instruction that was asked for: that it was reached for sure, or why that is in doubt. */
  readonly found: ReadonlyMap<number, Doubt | "sure">;
  /** Why not all paths were followed, if they were not. */
  readonly unfollowed: Doubt | undefined;
}
