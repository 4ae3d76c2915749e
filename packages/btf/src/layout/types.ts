import type { TypeId } from "../btf.js";

/** Where everything in a struct or union is, and what is left between. */
export interface Layout {
  readonly kind: "struct" | "union";
  /** Empty for an anonymous one. */
  readonly name: string;
  readonly typeId: TypeId;
  /** In bytes. */
  readonly size: number;
  /** In the order of the BTF. */
  readonly members: readonly LayoutMember[];
  /** What a struct leaves before its first member. */
  readonly before: Hole;
  /** What a struct leaves after its last member: bits up to the end of the unit that a bitfield is in, and then bytes. */
  readonly padding: Hole;
  /**
   * What the compiler was told, as far as it can be inferred: members closer than they would be, or an alignment in
   * bytes that its size is rounded up to; 0 for none.
   */
  readonly isPacked: boolean;
  readonly alignment: number;
}

/** Bits that nothing is in: those left of a bitfield's unit, and whole bytes. */
export interface Hole {
  readonly bytes: number;
  readonly bits: number;
}

export interface LayoutMember {
  /** Empty for an anonymous member. */
  readonly name: string;
  readonly typeId: TypeId;
  /** From the start of the struct or union that the member is in, in bits. */
  readonly bitOffset: number;
  /** Width of a bitfield in bits; 0 for any other member. */
  readonly bitSize: number;
  /** Of the member, or of the unit that a bitfield is in, in bytes. */
  readonly offset: number;
  /** Of its type, in bytes; 0 for a flexible array, and for what has no size. */
  readonly size: number;
  /** What is left between this member and the next; none after the last. */
  readonly hole: Hole;
  /** An alignment in bytes that must have been asked for, as it is larger than the type's own; 0 for none. */
  readonly alignment: number;
  /** What its type, if that is a struct, leaves at its own end, in bytes. */
  readonly typePadding: number;
  /** The layout of its type, where that is shown in place: the type has no name, or types are expanded. */
  readonly inner: Layout | undefined;
}
