import { expect, test } from "vitest";
import { btfOf, int, struct } from "../../test/build.js";
import type { WritableType } from "../index.js";
import { formatData } from "./index.js";

const INT = int("int", 4);
const enumOf = (size: number): WritableType => ({
  ...{ kind: "enum", name: "e", size, signed: false },
  enumerators: [{ name: "A", value: 1n }],
});
const float: WritableType = { kind: "float", name: "float", size: 4 };

/** What is shown of a struct, and why not, whose members are `m`, of the type given and as wide, and an int that is 1. */
function shown(type: WritableType, hex: string, bitSize = 0) {
  const types = [
    struct("s", 24, [
      ["m", 2, 0, bitSize],
      ["n", 3, 160],
    ]),
    type,
    INT,
  ];
  const data = new Uint8Array(Buffer.from(hex.padEnd(40, "0"), "hex"));
  return formatData(btfOf(types), 1, new Uint8Array([...data, 1, 0, 0, 0]), { compact: true });
}

// btf_dump.c: btf_dump_type_data_check_zero.
test.each<[string, WritableType, string, string]>([
  ["a float of 0", float, "00000000", "(struct s){.n = (int)1,}"],
  ["a float of 1.5", float, "0000c03f", "(struct s){.m = (float)1.500000,.n = (int)1,}"],
  ["a float of -0, which has a bit set", float, "00000080", "(struct s){.m = (float)-0.000000,.n = (int)1,}"],
  ["an enum of 0", enumOf(4), "00000000", "(struct s){.n = (int)1,}"],
  ["an enum of 1", enumOf(4), "01000000", "(struct s){.m = (enum e)A,.n = (int)1,}"],
])("%s", (_, type, hex, text) => {
  expect(shown(type, hex)).toMatchObject({ text });
});

// btf_dump_base_type_check_zero, btf_dump_get_enum_value, btf_dump_get_bitfield_value: -EINVAL.
test.each<[string, WritableType, number]>([
  ["an int without bytes", { ...int("none", 0), bits: 0 } as WritableType, 0],
  ["an int of 17 bytes", { ...int("large", 17), bits: 128 } as WritableType, 0],
  ["an enum of 3 bytes", enumOf(3), 0],
  ["a bitfield in an int of 16 bytes", int("__int128", 16), 3],
  ["a bitfield in an enum of 16 bytes", enumOf(16), 3],
])("%s has no value", (_, type, bitSize) => {
  expect(shown(type, "", bitSize)).toMatchObject({ error: "EINVAL" });
});
