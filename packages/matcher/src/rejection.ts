import type { TypeId } from "@core/btf";
import type { Point } from "@core/spec";

/** Why a candidate does not match, at the point where it failed. Type ids without a note are the target's. */
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
  /** Two types that have to go together do not: the innermost such pair. */
  | { readonly code: "types-differ"; readonly localTypeId: TypeId; readonly typeId: TypeId };

/** What was looked for, or why it is not there. */
export type Match<T> =
  | { readonly matched: true; readonly found: T }
  | { readonly matched: false; readonly rejection: Rejection };

export const matched = <T>(found: T): Match<T> => ({ matched: true, found });
export const rejected = (rejection: Rejection): Match<never> => ({ matched: false, rejection });
