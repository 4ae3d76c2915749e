import { type Btf, enumeratorNameOff, memberNameOff, stringAt, type TypeId } from "@core/btf";
import type { RelocationKind } from "./kind.js";

/** libbpf: BPF_CORE_SPEC_MAX_LEN. */
export const MAX_POINTS = 64;

/**
 * One step of an access, for one index of the access string. Of `&s->a[3]`, where `a` is in an
 * anonymous struct: root 0, anonymous 1, member 2 (`a`), element 3.
 */
export interface Point {
  /** Members and enumerators have a name: see {@link pointNameOf}. */
  readonly via: "root" | "anonymous" | "element" | "member" | "enumerator";
  readonly index: number;
  /** The struct, union or enum that `index` counts in; for root and element points the type stepped to. */
  readonly typeId: TypeId;
  /** Offset from the start of the access to what this step leads to, in bits. */
  readonly bitOffset: number;
}

/** An access within the types of one BTF. Its points are 1:1 with the indices of its access string. */
export interface Spec {
  readonly btf: Btf;
  /** The type that the relocation names, modifiers and typedefs included. */
  readonly rootId: TypeId;
  readonly kind: RelocationKind;
  readonly points: readonly Point[];
}

/** Name of the member or enumerator that a point of a spec of this BTF leads to; empty for other points. */
export function pointNameOf(btf: Btf, { via, typeId, index }: Point): string {
  if (via === "member") return stringAt(btf, memberNameOff(btf, typeId, index));
  return via === "enumerator" ? stringAt(btf, enumeratorNameOff(btf, typeId, index)) : "";
}

/** The index of every point: `rawSpec(spec).join(":")` is the access string. */
export const rawSpec = (spec: Spec): readonly number[] => spec.points.map((point) => point.index);

/** The points that mean something in the source: all but the anonymous ones. */
export const accessors = (spec: Spec): readonly Point[] =>
  spec.points.filter((point) => point.via !== "anonymous");

/** Offset of the accessed field from the start of the access, in bits. 0 for kinds that are about no field. */
export const bitOffsetOf = ({ points }: Spec): number => points[points.length - 1]?.bitOffset ?? 0;
