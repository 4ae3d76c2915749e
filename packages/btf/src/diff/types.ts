import type { TypeId } from "../btf.js";
import type { Kind } from "../kinds.js";

/**
 * What one BTF has and the other has not. Type ids are those of the BTF named, `before` or `after`. Each walk reads anew
 * what it tells, sorted by the bytes of names, and keeps none of it.
 */
export interface BtfDiff {
  /** Types of `after` alone. */
  readonly added: Iterable<NamedType>;
  /** Types of `before` alone. */
  readonly removed: Iterable<NamedType>;
  /** Types that both have and that are not the same. */
  readonly changed: Iterable<TypeChange>;
}

export interface NamedType {
  readonly kind: Kind;
  /** Empty for an enum without a name; that of a declaration tag is what it says, not what it is attached to. */
  readonly name: string;
  readonly id: TypeId;
  /** The other BTF has a type of this kind and name too, only that it went with another one of this BTF. */
  readonly isVariant: boolean;
}

export type TypeChange =
  | CompositeChange
  | EnumChange
  | FuncChange
  | TypedefChange
  | DatasecChange
  | PlainChange;

interface Change {
  /** Empty for an enum without a name. */
  readonly name: string;
  /** Its id in `before`. */
  readonly before: TypeId;
  /** Its id in `after`. */
  readonly after: TypeId;
  /**
   * Whether CO-RE relocation still finds all that was there before: libbpf looks fields up by name and accepts them
   * wherever they are, if their types are compatible. What was added never matters.
   */
  readonly compatible: boolean;
}

/** Before and after. */
export type Pair<T> = readonly [before: T, after: T];

export interface CompositeChange extends Change {
  /** As it is after. */
  readonly kind: "struct" | "union";
  /** Struct before and union after, or the reverse: no candidate for each other. */
  readonly kinds: Pair<"struct" | "union">;
  /** In bytes. */
  readonly sizes: Pair<number>;
  /** Fields that changed, in the order of `before`, and then those that were added. */
  readonly fields: readonly FieldChange[];
}

/** What of a field changed; several at once, but for `added` and `removed`. */
export type FieldChangeCode =
  | "added"
  | "removed"
  /** Gone, and a new one is so much like it that it may be the same: a guess. */
  | "renamed"
  /** Its offset in its struct or union, through anonymous members. */
  | "moved"
  /** Its size in bytes, or a bitfield's width in bits. */
  | "resized"
  | "retyped"
  | "to-bitfield"
  | "from-bitfield"
  /** It is reached through more anonymous members than before. */
  | "wrapped"
  | "unwrapped"
  /** In as many, of which some were structs and are unions, or the reverse. */
  | "rewrapped";

export interface FieldChange {
  readonly codes: readonly FieldChangeCode[];
  /** Undefined for a field that was added. */
  readonly before: Field | undefined;
  /** Undefined for a field that was removed. */
  readonly after: Field | undefined;
  readonly compatible: boolean;
}

/** A field of a struct or union, or of one without a name in it. */
export interface Field {
  /** `list.next` for the field of a field whose type has no name; with `queues[4].` where that is an array. */
  readonly name: string;
  readonly typeId: TypeId;
  /** Offset from the start of the struct or union with a name, in bits; in an array, that in its first element. */
  readonly bitOffset: number;
  /** Width in bits of a bitfield; 0 for any other. */
  readonly bitSize: number;
  /** Size of its type in bytes; undefined when it has none, or one that 32 bits do not tell. */
  readonly size: number | undefined;
  /** The anonymous members, structs and unions, that it is reached through, outermost first. */
  readonly within: readonly ("struct" | "union")[];
}

export interface EnumChange extends Change {
  readonly kind: "enum" | "enum64";
  /** In bytes. */
  readonly sizes: Pair<number>;
  readonly signed: Pair<boolean>;
  /** In the order of `before`, and then those that were added. */
  readonly enumerators: readonly EnumeratorChange[];
}

export interface EnumeratorChange {
  /** `value`: it has another value, which relocation looks up. `renamed` is a guess by the value. */
  readonly code: "added" | "removed" | "renamed" | "value";
  /** Undefined for an enumerator that was added. */
  readonly before: { readonly name: string; readonly value: bigint } | undefined;
  /** Undefined for an enumerator that was removed. */
  readonly after: { readonly name: string; readonly value: bigint } | undefined;
  readonly compatible: boolean;
}

export interface FuncChange extends Change {
  readonly kind: "func";
  /** Types that are returned, when they differ. */
  readonly returns: Pair<TypeId> | undefined;
  /** In the order of `before`, and then those that were added. */
  readonly params: readonly ParamChange[];
}

export interface ParamChange {
  /** `moved`: an argument of another position. `renamed`: at the same position, and of the same type. */
  readonly codes: readonly ("added" | "removed" | "renamed" | "moved" | "retyped")[];
  readonly before: PlacedParam | undefined;
  readonly after: PlacedParam | undefined;
}

export interface PlacedParam {
  /** From 0. */
  readonly index: number;
  readonly name: string;
  /** 0, without a name, for variable arguments. */
  readonly typeId: TypeId;
}

export interface TypedefChange extends Change {
  readonly kind: "typedef";
  /** What it stands for. */
  readonly targets: Pair<TypeId>;
  /** Fields that changed, where it stands for an anonymous struct or union before and after. */
  readonly fields: readonly FieldChange[];
  /** Enumerators that changed, where it stands for an anonymous enum before and after. */
  readonly enumerators: readonly EnumeratorChange[];
}

export interface DatasecChange extends Change {
  readonly kind: "datasec";
  /** In bytes. */
  readonly sizes: Pair<number>;
  /** In the order of `before`, and then those that were added. */
  readonly vars: readonly VarChange[];
}

export interface VarChange {
  readonly codes: readonly ("added" | "removed" | "moved" | "resized")[];
  readonly before: PlacedVar | undefined;
  readonly after: PlacedVar | undefined;
}

/** A variable in a data section. */
export interface PlacedVar {
  readonly name: string;
  /** The variable. */
  readonly typeId: TypeId;
  /** From the start of the section, in bytes. */
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
}

/** An integer or float of another size or encoding, a variable of another type, or a forward declaration of a union. */
export interface PlainChange extends Change {
  readonly kind: "int" | "float" | "var" | "fwd";
}
