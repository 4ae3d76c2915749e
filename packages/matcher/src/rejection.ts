import type { TypeId } from "@core/btf";
import type { Point } from "@core/spec";

/** A member or parameter of a local type, in which types were compared. */
export interface Part {
  /** The local struct, union or function prototype. */
  readonly localTypeId: TypeId;
  readonly index: number;
}

/** What it is that makes two types differ. */
export type Difference =
  | "name"
  | "kind"
  /** libbpf finds no two types of this kind alike: float, func, var and the like. */
  | "incomparable"
  /** In bytes, of an integer or enum. */
  | "size"
  | "signedness"
  /** One is an integer that does not start at bit 0: a bitfield as it was before Linux 4.20. */
  | "bit-offset"
  /** Number of elements of an array. */
  | "nelems"
  /** Number of parameters. */
  | "params"
  /** The target has fewer members or enumerators. */
  | "fewer";

/** Two types that have to go together do not: the innermost such pair, and the way there. */
export type TypeRejection = {
  readonly path: readonly Part[];
  readonly localTypeId: TypeId;
  readonly typeId: TypeId;
} & (
  | { readonly code: "types-differ"; readonly by: Difference }
  /** None of the target's members or enumerators has the name of the local one at `index`. */
  | { readonly code: "no-counterpart"; readonly index: number }
);

/**
 * Why a candidate does not match, at the point where it failed. `point` is of the local spec. Type ids
 * without a note are the target's.
 */
export type Rejection =
  /** No member of that name in the struct or union, nor in its anonymous members. */
  | { readonly code: "no-such-member"; readonly point: Point; readonly in: TypeId }
  /** A member of that name, whose type does not go with the local member's `localTypeId`. */
  | {
      readonly code: "incompatible-member";
      readonly point: Point;
      readonly in: TypeId;
      readonly index: number;
      readonly localTypeId: TypeId;
      readonly typeId: TypeId;
    }
  /** The access goes on into a member, but the target's type there has none. */
  | { readonly code: "no-struct"; readonly point: Point; readonly typeId: TypeId }
  /** The access goes on into an element, but the target's type there is no array. */
  | { readonly code: "no-array"; readonly point: Point; readonly typeId: TypeId }
  | {
      readonly code: "index-out-of-bounds";
      readonly point: Point;
      readonly typeId: TypeId;
      readonly nelems: number;
    }
  | { readonly code: "no-enum"; readonly typeId: TypeId }
  | { readonly code: "no-such-enumerator"; readonly point: Point; readonly in: TypeId }
  | TypeRejection;

/** What was looked for, or why it is not there. */
export type Match<T> =
  | { readonly matched: true; readonly found: T }
  | { readonly matched: false; readonly rejection: Rejection };

export const matched = <T>(found: T): Match<T> => ({ matched: true, found });
export const rejected = (rejection: Rejection): Match<never> => ({ matched: false, rejection });
