import { type Btf, parseBtf, type TypeId, type WritableType, writeBtf } from "@core/btf";
import type { ByteOrder } from "@core/bytes";

/** Name, type, offset in bits, and for a bitfield its width in bits. */
export type MemberPlan = readonly [name: string, type: number, at: number, width?: number];

export type EnumeratorPlan = Readonly<Record<string, number | bigint>>;

/** Types that are added one by one: every method answers the id of the type that it added. */
export class Types {
  readonly #list: WritableType[] = [];
  readonly #base: Btf | undefined;

  /** @param base What the types are split from: their ids go on from its last. */
  constructor(base?: Btf) {
    this.#base = base;
  }

  add(type: WritableType): TypeId {
    const id = this.next();
    this.#list.push(type);
    return id;
  }

  /** Id of the type that is added next, or `ahead` types after it. */
  next(ahead = 0): TypeId {
    return ((this.#base?.endId ?? 1) + this.#list.length + ahead) as TypeId;
  }

  int(name: string, size: number, { signed = false, char = false, bitOffset = 0 } = {}): TypeId {
    // The format's own limit; a larger one is for tests of what is malformed.
    const bits = Math.min(size * 8, 128);
    return this.add({ kind: "int", name, size, bits, bitOffset, signed, char, bool: false });
  }

  float = (name: string, size: number): TypeId => this.add({ kind: "float", name, size });
  ptr = (typeId: number): TypeId => this.add({ kind: "ptr", typeId });
  const = (typeId: number): TypeId => this.add({ kind: "const", typeId });
  typedef = (name: string, typeId: number): TypeId => this.add({ kind: "typedef", name, typeId });
  fwd = (name: string, of: "struct" | "union" = "struct"): TypeId => this.add({ kind: "fwd", name, of });
  func = (name: string, typeId: number): TypeId => this.add({ kind: "func", name, typeId, linkage: 0 });

  array = (typeId: number, nelems: number, indexTypeId = 0): TypeId =>
    this.add({ kind: "array", typeId, indexTypeId, nelems });

  proto(returnTypeId: number, ...params: readonly number[]): TypeId {
    return this.add({
      kind: "func_proto",
      returnTypeId,
      params: params.map((typeId) => ({ name: "", typeId })),
    });
  }

  struct = (name: string, size: number, ...members: readonly MemberPlan[]): TypeId =>
    this.add({ kind: "struct", name, size, members: members.map(memberOf) });
  union = (name: string, size: number, ...members: readonly MemberPlan[]): TypeId =>
    this.add({ kind: "union", name, size, members: members.map(memberOf) });

  enum = (name: string, values: EnumeratorPlan, size = 4): TypeId =>
    this.add({ kind: "enum", name, size, ...enumeratorsOf(values) });
  enum64 = (name: string, values: EnumeratorPlan, size = 8): TypeId =>
    this.add({ kind: "enum64", name, size, ...enumeratorsOf(values) });

  bytes(order: ByteOrder = "little"): Uint8Array<ArrayBuffer> {
    return writeBtf(this.#list, { order, ...(this.#base && { base: this.#base }) });
  }

  /** Pointers have 8 bytes unless it is said otherwise, or a `long` has 4, as in a kernel's BTF. */
  btf(order?: ByteOrder, pointerSize?: 4 | 8): Btf {
    return parseBtf(this.bytes(order), {
      ...(this.#base && { base: this.#base }),
      ...(pointerSize && { pointerSize }),
    });
  }
}

const memberOf = ([name, typeId, bitOffset, bitSize = 0]: MemberPlan) => ({
  name,
  typeId,
  bitOffset,
  bitSize,
});

/** Signed if a value is negative. */
function enumeratorsOf(values: EnumeratorPlan) {
  const enumerators = Object.entries(values).map(([name, value]) => ({ name, value: BigInt(value) }));
  return { enumerators, signed: enumerators.some(({ value }) => value < 0n) };
}
