import { findCandidates, resolve } from "@core/matcher";
import { parseSpec } from "@core/spec";
import { Types } from "@core/written-types";
import { expect, it } from "vitest";
import { likeFields } from "./advice.js";

/** A struct with a number, one of a struct's, a bitfield and an array, whose names end alike. */
function typesOf(suffix: string) {
  const types = new Types();
  const int = types.int("int", 4, { signed: true });
  const point = types.struct("point", 8, ["x", int, 0], ["y", int, 32]);
  const array = types.array(int, 4);
  const holder = types.struct(
    "holder",
    64,
    [`number${suffix}`, int, 0],
    [`where${suffix}`, point, 32],
    [`flag${suffix}`, int, 96, 1],
    [`list${suffix}`, array, 128],
    ["outer", types.struct("outer", 8, [`inner${suffix}`, point, 0]), 256],
  );
  return { btf: types.btf(), holder };
}

const local = typesOf("");
const kernel = typesOf("_").btf;

const codeFor = (accessStr: string): readonly string[] => {
  const spec = parseSpec(local.btf, local.holder, accessStr, "byte_off");
  const [like] = likeFields(resolve(spec, findCandidates(local.btf, local.holder, { kernel })));
  return like?.code?.split("\n").map((line) => line.trim()) ?? [];
};

// Compiled with clang 16 and libbpf's headers, and loaded on kernels that have the one or the other.
it.each([
  [
    "0:0",
    "int number_;",
    "holder",
    "number_",
    "value = BPF_CORE_READ(new, number_);",
    "value = BPF_CORE_READ(holder, number);",
  ],
  [
    "0:1:1",
    "struct point where_;",
    "holder",
    "where_.y",
    "value = BPF_CORE_READ(new, where_.y);",
    "value = BPF_CORE_READ(holder, where.y);",
  ],
  [
    "0:2",
    "int flag_ : 1;",
    "holder",
    "flag_",
    "value = BPF_CORE_READ_BITFIELD_PROBED(new, flag_);",
    "value = BPF_CORE_READ_BITFIELD_PROBED(holder, flag);",
  ],
  [
    "0:3",
    "int list_[4];",
    "holder",
    "list_",
    "BPF_CORE_READ_INTO(&value, new, list_);",
    "BPF_CORE_READ_INTO(&value, holder, list);",
  ],
  [
    "0:3:2",
    "int list_[4];",
    "holder",
    "list_[2]",
    "value = BPF_CORE_READ(new, list_[2]);",
    "value = BPF_CORE_READ(holder, list[2]);",
  ],
  [
    "0:4:0:0",
    "struct point inner_;",
    "&holder->outer",
    "inner_.x",
    "value = BPF_CORE_READ(new, inner_.x);",
    "value = BPF_CORE_READ(holder, outer.inner.x);",
  ],
])("reads what has another name in the kernel: %s", (accessStr, declaration, owner, asked, read, own) => {
  const of = owner === "holder" ? "holder" : "outer";
  expect(codeFor(accessStr)).toEqual([
    `struct ${of}___new {`,
    declaration,
    "} __attribute__((preserve_access_index));",
    "",
    `struct ${of}___new *new = (void *)${owner};`,
    `if (bpf_core_field_exists(new->${asked}))`,
    read,
    "else",
    own,
  ]);
});

it("says nothing of what it cannot", () => {
  // An element of no field.
  expect(codeFor("1:0")).toEqual([]);
});
