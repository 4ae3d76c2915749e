import { type Btf, parseBtf, type WritableType, writeBtf } from "@core/btf";
import type { ByteOrder } from "@core/bytes";

/** Name, type, offset in bits, and for a bitfield its width in bits. */
export type MemberPlan = readonly [name: string, type: number, at: number, width?: number];

/** Types that are added one by one: every method answers the id of the type that it added. */
export class Types {
  readonly #list: WritableType[] = [];
  readonly #base: Btf | undefined;

  constructor(base?: Btf) {
    this.#base = base;
  }

  add(type: WritableType): number {
    return (this.#base?.endId ?? 1) + this.#list.push(type) - 1;
  }

  int(name: string, size: number, { signed = false, bitOffset = 0 } = {}): number {
    return this.add({ kind: "int", name, size, bits: size * 8, bitOffset, signed, char: false, bool: false });
  }

  ptr = (typeId: number): number => this.add({ kind: "ptr", typeId });
  const = (typeId: number): number => this.add({ kind: "const", typeId });
  typedef = (name: string, typeId: number): number => this.add({ kind: "typedef", name, typeId });
  fwd = (name: string): number => this.add({ kind: "fwd", name, of: "struct" });
  array = (typeId: number, nelems: number, indexTypeId = 0): number =>
    this.add({ kind: "array", typeId, indexTypeId, nelems });

  proto = (returnTypeId: number, ...params: readonly number[]): number =>
    this.add({
      kind: "func_proto",
      returnTypeId,
      params: params.map((typeId, i) => ({ name: `p${i}`, typeId })),
    });

  struct = (name: string, size: number, ...members: readonly MemberPlan[]): number =>
    this.add({ kind: "struct", name, size, members: members.map(memberOf) });
  union = (name: string, size: number, ...members: readonly MemberPlan[]): number =>
    this.add({ kind: "union", name, size, members: members.map(memberOf) });

  /** Signed if a value is negative. */
  enum(name: string, values: Readonly<Record<string, bigint>>, kind: "enum" | "enum64" = "enum"): number {
    const enumerators = Object.entries(values).map(([enumerator, value]) => ({ name: enumerator, value }));
    const signed = enumerators.some(({ value }) => value < 0n);
    return this.add({ kind, name, size: kind === "enum" ? 4 : 8, signed, enumerators });
  }

  bytes(order: ByteOrder = "little"): Uint8Array {
    return writeBtf(this.#list, { order, ...(this.#base && { base: this.#base }) });
  }

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
