import { expect, expectTypeOf, it } from "vitest";
import {
  familyOf,
  RELOCATION_KINDS,
  type RelocationFamily,
  type RelocationKind,
  relocationKindOf,
} from "./index.js";

// enum bpf_core_relo_kind of include/uapi/linux/bpf.h, the words of core_relo_kind_str of libbpf, and which
// of core_relo_is_field_based and its siblings is true.
it.each<[number, RelocationKind, RelocationFamily]>([
  [0, "byte_off", "field"],
  [1, "byte_sz", "field"],
  [2, "field_exists", "field"],
  [3, "signed", "field"],
  [4, "lshift_u64", "field"],
  [5, "rshift_u64", "field"],
  [6, "local_type_id", "type"],
  [7, "target_type_id", "type"],
  [8, "type_exists", "type"],
  [9, "type_size", "type"],
  [10, "enumval_exists", "enumval"],
  [11, "enumval_value", "enumval"],
  [12, "type_matches", "type"],
])("kind %i is %s, about a %s", (rawKind, kind, family) => {
  expect(relocationKindOf(rawKind)).toBe(kind);
  expect(familyOf(kind)).toBe(family);
});

it("knows no other kinds", () => {
  expect(RELOCATION_KINDS).toHaveLength(13);
  for (const rawKind of [-1, 13, 0.5, 0xffffffff]) expect(relocationKindOf(rawKind)).toBeUndefined();
});

it("has a type that tells an unknown kind from a known one", () => {
  expectTypeOf(relocationKindOf).returns.toEqualTypeOf<RelocationKind | undefined>();
  expectTypeOf(familyOf).parameter(0).toEqualTypeOf<RelocationKind>();
});
