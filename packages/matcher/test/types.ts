import { type Btf, parseBtf, type TypeId, type WritableType, writeBtf } from "@core/btf";
import type { ByteOrder } from "@core/bytes";

/** Name, type, offset in bits, and for a bitfield its width in bits. */
export type MemberPlan = readonly [name: string, type: number, at: number, width?: number];

/** Types that are added one by one: every method answers the id of the type that it added. */
export class Types {
  readonly #list: WritableType[] = [];
  readonly #start: number;

  constructor(base?: Btf) {
    this.#start = base?.endId ?? 1;
  }

  add(type: WritableType): TypeId {
    return (this.#start + this.#list.push(type) - 1) as TypeId;
  }

  /** Id of the type that is added next, or `ahead` types after it. */
  next(ahead = 0): TypeId {
    return (this.#start + this.#list.length + ahead) as TypeId;
  }

  int(
    name: string,
    size: number,
    options: { signed?: boolean; char?: boolean; bitOffset?: number } = {},
  ): TypeId {
    const { signed = false, char = false, bitOffset = 0 } = options;
    return this.add({
      kind: "int",
      name,
      size,
      bits: Math.min(size * 8, 128),
      bitOffset,
      signed,
      char,
      bool: false,
    });
  }

  float = (name: string, size: number): TypeId => this.add({ kind: "float", name, size });
  ptr = (to: number): TypeId => this.add({ kind: "ptr", typeId: to });
  const = (of: number): TypeId => this.add({ kind: "const", typeId: of });
  typedef = (name: string, of: number): TypeId => this.add({ kind: "typedef", name, typeId: of });
  fwd = (name: string, of: "struct" | "union" = "struct"): TypeId => this.add({ kind: "fwd", name, of });
  func = (name: string, proto: number): TypeId => this.add({ kind: "func", name, typeId: proto, linkage: 0 });

  array = (of: number, nelems: number): TypeId =>
    this.add({ kind: "array", typeId: of, indexTypeId: 0, nelems });

  proto = (returns: number, ...params: number[]): TypeId =>
    this.add({
      kind: "func_proto",
      returnTypeId: returns,
      params: params.map((typeId) => ({ name: "", typeId })),
    });

  struct = (name: string, size: number, ...members: MemberPlan[]): TypeId =>
    this.#composite("struct", name, size, members);
  union = (name: string, size: number, ...members: MemberPlan[]): TypeId =>
    this.#composite("union", name, size, members);

  #composite(kind: "struct" | "union", name: string, size: number, plans: readonly MemberPlan[]): TypeId {
    const members = plans.map(([member, type, bitOffset, bitSize = 0]) => ({
      name: member,
      typeId: type,
      bitOffset,
      bitSize,
    }));
    return this.add({ kind, name, size, members });
  }

  /** Signed if a value is negative. */
  enum = (name: string, values: Readonly<Record<string, number>>, size = 4): TypeId =>
    this.#enumeration("enum", name, size, Object.entries(values));
  enum64 = (name: string, values: Readonly<Record<string, bigint>>, size = 8): TypeId =>
    this.#enumeration("enum64", name, size, Object.entries(values));

  #enumeration(
    kind: "enum" | "enum64",
    name: string,
    size: number,
    values: readonly (readonly [string, number | bigint])[],
  ): TypeId {
    const enumerators = values.map(([enumerator, value]) => ({ name: enumerator, value: BigInt(value) }));
    return this.add({ kind, name, size, signed: enumerators.some(({ value }) => value < 0n), enumerators });
  }

  /** Pointers have 8 bytes unless a `long` has 4, as in a kernel's BTF. With a base, ids go on from its last. */
  btf(order: ByteOrder = "little", base?: Btf): Btf {
    return parseBtf(writeBtf(this.#list, { order, ...(base && { base }) }), base && { base });
  }
}
