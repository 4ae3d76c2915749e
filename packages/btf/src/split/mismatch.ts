import type { Btf, TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import { intEncodingOf, kflagOf, kindOf, nameOf, ownSizeOf, rawKindOf } from "../read.js";
import type { Unmatched } from "./distilled.js";

/** Split BTF and a base that do not belong together. */
export interface BaseMismatch {
  /**
   * How many references there are: with a distilled base the types in that, which are all that the module refers to;
   * else each type id and name in the module's records that is not of its own.
   */
  readonly references: number;
  /** How many of them do not resolve: there is no such type, or none that is meant by it. */
  readonly unresolved: number;
  /** The first few of those, of a type no more than one. */
  readonly examples: readonly UnresolvedReference[];
}

export interface UnresolvedReference {
  /** What refers, or what is referred to: `struct task_struct of 9792 bytes`. Names are as they are in the input. */
  readonly what: string;
  /** What the base has instead: `the kernel's has 9856 bytes`. */
  readonly why: string;
}

/** How many examples a mismatch has. */
export const MAX_EXAMPLES = 5;

export function distilledMismatch(distilled: Btf, base: Btf, unmatched: readonly Unmatched[]): BaseMismatch {
  return {
    references: distilled.endId - 1,
    unresolved: unmatched.length,
    examples: unmatched.slice(0, MAX_EXAMPLES).map(({ id, matches, namesakes }) => ({
      what: describe(distilled, id),
      why:
        matches.length > 0
          ? `the kernel has ${matches.length} that are the same, types ${matches.slice(0, MAX_EXAMPLES).join(", ")}`
          : namesakes.length > 0
            ? `the kernel has ${shown(base, namesakes)}`
            : "the kernel has nothing of that name",
    })),
  };
}

const shown = (base: Btf, ids: readonly TypeId[]): string =>
  ids
    .slice(0, MAX_EXAMPLES)
    .map((id) => describe(base, id))
    .join(" and ");

/** A type with what it is matched by. */
function describe(btf: Btf, id: TypeId): string {
  const kind = rawKindOf(btf, id);
  if (kind === Raw.fwd)
    return `the declaration of ${kflagOf(btf, id) ? "union" : "struct"} ${nameOf(btf, id)}`;
  const size = ownSizeOf(btf, id);
  const sized = `${kindOf(btf, id)} ${nameOf(btf, id)} of ${groupedNumber(size)} byte${size === 1 ? "" : "s"}`;
  return kind === Raw.int ? `${sized}, ${encodingName(intEncodingOf(btf, id))}` : sized;
}

const encodingName = (encoding: number): string => {
  const names = ["signed", "char", "bool"].filter((_, bit) => (encoding >> bit) & 1);
  return names.length === 0 ? "unsigned" : names.join(" ");
};

/**
 * A mismatch in lines for people: `module built for another kernel: 37 of 1,106 references do not resolve`, and
 * some of them.
 */
export function formatMismatch({ references, unresolved, examples }: BaseMismatch): readonly string[] {
  const counts = `${groupedNumber(unresolved)} of ${groupedNumber(references)} references`;
  const more = unresolved - examples.length;
  return [
    `module built for another kernel: ${counts} do not resolve`,
    ...examples.map(({ what, why }) => `  ${what}: ${why}`),
    ...(more > 0 ? [`  and ${groupedNumber(more)} more`] : []),
  ];
}

const groupedNumber = (value: number): string => value.toLocaleString("en");
