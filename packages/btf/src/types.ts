import type { Btf, TypeId } from "./btf.js";
import {
  arrayElementOf,
  arrayIndexOf,
  arrayNelemsOf,
  declTagIndexOf,
  enumeratorBits,
  enumeratorNameOff,
  intBitsOf,
  intEncodingOf,
  intOffsetOf,
  kflagOf,
  kindOf,
  memberBitOffset,
  memberBitSize,
  memberNameOff,
  memberTypeOf,
  nameOf,
  ownSizeOf,
  paramNameOff,
  paramTypeOf,
  rawKindOf,
  referredTypeOf,
  secVarOffset,
  secVarSize,
  secVarTypeOf,
  stringAt,
  typeIdAt,
  varLinkageOf,
  vlenOf,
} from "./read.js";

/** A member of a struct or union. */
export interface Member {
  /** Empty for an anonymous member, whose own members are reached without naming it. */
  readonly name: string;
  readonly typeId: TypeId;
  /** Offset from the start of the struct or union, in bits. */
  readonly bitOffset: number;
  /** Width in bits of a bitfield; 0 for any other member. */
  readonly bitSize: number;
}

export interface Enumerator {
  readonly name: string;
  /** Signed or unsigned as the enum says. */
  readonly value: bigint;
}

export interface Param {
  readonly name: string;
  /** 0, together with an empty name, in the last parameter: variable arguments. */
  readonly typeId: TypeId;
}

export interface SecVar {
  readonly typeId: TypeId;
  /** Offset in the section, in bytes. */
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
}

/** A type, decoded for people. Sizes are in bytes; `name` is empty where there is none. */
export type BtfType =
  | { readonly kind: "void" }
  | {
      readonly kind: "int";
      readonly name: string;
      readonly size: number;
      readonly bits: number;
      /** In bits; not 0 only in bitfields as they were before Linux 4.20. */
      readonly bitOffset: number;
      readonly signed: boolean;
      readonly char: boolean;
      readonly bool: boolean;
    }
  | { readonly kind: "ptr"; readonly typeId: TypeId }
  | { readonly kind: "array"; readonly typeId: TypeId; readonly indexTypeId: TypeId; readonly nelems: number }
  | {
      readonly kind: "struct" | "union";
      readonly name: string;
      readonly size: number;
      readonly members: readonly Member[];
    }
  | {
      readonly kind: "enum" | "enum64";
      readonly name: string;
      readonly size: number;
      readonly signed: boolean;
      readonly enumerators: readonly Enumerator[];
    }
  | { readonly kind: "fwd"; readonly name: string; readonly of: "struct" | "union" }
  | { readonly kind: "typedef"; readonly name: string; readonly typeId: TypeId }
  | { readonly kind: "volatile" | "const" | "restrict"; readonly typeId: TypeId }
  | {
      readonly kind: "func";
      readonly name: string;
      readonly typeId: TypeId;
      /** 0 static, 1 global, 2 extern. */
      readonly linkage: number;
    }
  | { readonly kind: "func_proto"; readonly returnTypeId: TypeId; readonly params: readonly Param[] }
  | { readonly kind: "var"; readonly name: string; readonly typeId: TypeId; readonly linkage: number }
  | {
      readonly kind: "datasec";
      readonly name: string;
      readonly size: number;
      readonly vars: readonly SecVar[];
    }
  | { readonly kind: "float"; readonly name: string; readonly size: number }
  | {
      readonly kind: "decl_tag";
      readonly name: string;
      readonly typeId: TypeId;
      /** Which member or parameter is tagged; -1 for the type as a whole. */
      readonly componentIndex: number;
      /** True for an attribute, `__attribute__((name))`, false for a BTF tag. */
      readonly attribute: boolean;
    }
  | { readonly kind: "type_tag"; readonly name: string; readonly typeId: TypeId; readonly attribute: boolean }
  | { readonly kind: "unknown"; readonly rawKind: number; readonly name: string; readonly vlen: number };

/**
 * Decodes one type, names and elements included. For loops over many types the single readers
 * (`kindOf`, `memberTypeOf`, ...) do less.
 *
 * @throws BtfError `type-id` when there is no such type.
 */
export function typeById(btf: Btf, id: number): BtfType {
  const typeId = typeIdAt(btf, id);
  const kind = kindOf(btf, typeId);
  switch (kind) {
    case "void":
      return { kind };
    case "int": {
      const encoding = intEncodingOf(btf, typeId);
      return {
        kind,
        name: nameOf(btf, typeId),
        size: ownSizeOf(btf, typeId),
        bits: intBitsOf(btf, typeId),
        bitOffset: intOffsetOf(btf, typeId),
        signed: (encoding & 1) !== 0,
        char: (encoding & 2) !== 0,
        bool: (encoding & 4) !== 0,
      };
    }
    case "ptr":
    case "volatile":
    case "const":
    case "restrict":
      return { kind, typeId: referredTypeOf(btf, typeId) };
    case "array":
      return {
        kind,
        typeId: arrayElementOf(btf, typeId),
        indexTypeId: arrayIndexOf(btf, typeId),
        nelems: arrayNelemsOf(btf, typeId),
      };
    case "struct":
    case "union":
      return {
        kind,
        name: nameOf(btf, typeId),
        size: ownSizeOf(btf, typeId),
        members: membersOf(btf, typeId),
      };
    case "enum":
    case "enum64":
      return {
        kind,
        name: nameOf(btf, typeId),
        size: ownSizeOf(btf, typeId),
        signed: kflagOf(btf, typeId),
        enumerators: enumeratorsOf(btf, typeId),
      };
    case "fwd":
      return { kind, name: nameOf(btf, typeId), of: kflagOf(btf, typeId) ? "union" : "struct" };
    case "typedef":
      return { kind, name: nameOf(btf, typeId), typeId: referredTypeOf(btf, typeId) };
    case "func":
      return {
        kind,
        name: nameOf(btf, typeId),
        typeId: referredTypeOf(btf, typeId),
        linkage: vlenOf(btf, typeId),
      };
    case "func_proto":
      return { kind, returnTypeId: referredTypeOf(btf, typeId), params: paramsOf(btf, typeId) };
    case "var":
      return {
        kind,
        name: nameOf(btf, typeId),
        typeId: referredTypeOf(btf, typeId),
        linkage: varLinkageOf(btf, typeId),
      };
    case "datasec":
      return { kind, name: nameOf(btf, typeId), size: ownSizeOf(btf, typeId), vars: secVarsOf(btf, typeId) };
    case "float":
      return { kind, name: nameOf(btf, typeId), size: ownSizeOf(btf, typeId) };
    case "decl_tag":
      return {
        kind,
        name: nameOf(btf, typeId),
        typeId: referredTypeOf(btf, typeId),
        componentIndex: declTagIndexOf(btf, typeId),
        attribute: kflagOf(btf, typeId),
      };
    case "type_tag":
      return {
        kind,
        name: nameOf(btf, typeId),
        typeId: referredTypeOf(btf, typeId),
        attribute: kflagOf(btf, typeId),
      };
    case "unknown":
      return { kind, rawKind: rawKindOf(btf, typeId), name: nameOf(btf, typeId), vlen: vlenOf(btf, typeId) };
  }
}

/** One member of a struct or union, decoded. */
export function memberAt(btf: Btf, id: TypeId, index: number): Member {
  return {
    name: stringAt(btf, memberNameOff(btf, id, index)),
    typeId: memberTypeOf(btf, id, index),
    bitOffset: memberBitOffset(btf, id, index),
    bitSize: memberBitSize(btf, id, index),
  };
}

const membersOf = (btf: Btf, id: TypeId): Member[] =>
  elementsOf(btf, id, (index) => memberAt(btf, id, index));

function enumeratorsOf(btf: Btf, id: TypeId): Enumerator[] {
  const bits = kindOf(btf, id) === "enum64" ? 64 : 32;
  const asWritten = kflagOf(btf, id) ? BigInt.asIntN : BigInt.asUintN;
  return elementsOf(btf, id, (index) => ({
    name: stringAt(btf, enumeratorNameOff(btf, id, index)),
    value: asWritten(bits, enumeratorBits(btf, id, index)),
  }));
}

const paramsOf = (btf: Btf, id: TypeId): Param[] =>
  elementsOf(btf, id, (index) => ({
    name: stringAt(btf, paramNameOff(btf, id, index)),
    typeId: paramTypeOf(btf, id, index),
  }));

const secVarsOf = (btf: Btf, id: TypeId): SecVar[] =>
  elementsOf(btf, id, (index) => ({
    typeId: secVarTypeOf(btf, id, index),
    offset: secVarOffset(btf, id, index),
    size: secVarSize(btf, id, index),
  }));

function elementsOf<T>(btf: Btf, id: TypeId, elementAt: (index: number) => T): T[] {
  return Array.from({ length: vlenOf(btf, id) }, (_, index) => elementAt(index));
}
