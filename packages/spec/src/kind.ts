/** Kinds of CO-RE relocation by their number, `enum bpf_core_relo_kind`, in libbpf's words. */
export const RELOCATION_KINDS = [
  "byte_off",
  "byte_sz",
  "field_exists",
  "signed",
  "lshift_u64",
  "rshift_u64",
  "local_type_id",
  "target_type_id",
  "type_exists",
  "type_size",
  "enumval_exists",
  "enumval_value",
  "type_matches",
] as const;

export type RelocationKind = (typeof RELOCATION_KINDS)[number];

/** What a relocation is about: a field, a whole type, or one enumerator. */
export type RelocationFamily = "field" | "type" | "enumval";

const FAMILIES: Readonly<Record<RelocationKind, RelocationFamily>> = {
  byte_off: "field",
  byte_sz: "field",
  field_exists: "field",
  signed: "field",
  lshift_u64: "field",
  rshift_u64: "field",
  local_type_id: "type",
  target_type_id: "type",
  type_exists: "type",
  type_size: "type",
  type_matches: "type",
  enumval_exists: "enumval",
  enumval_value: "enumval",
};

/** The kind of a number in `.BTF.ext`; `undefined` for one that libbpf does not know either. */
export const relocationKindOf = (rawKind: number): RelocationKind | undefined => RELOCATION_KINDS[rawKind];

export const familyOf = (kind: RelocationKind): RelocationFamily => FAMILIES[kind];
