import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ByteOrder } from "@core/bytes";
import { describe, expect, test } from "vitest";
import { btfOf } from "../../test/build.js";
import { CASES, type Case, idOf, TYPES } from "../../test/typed-dumps.js";
import { writeBtf } from "../index.js";
import { formatData, type TypedDump, type TypedDumpOptions } from "./index.js";

/** What libbpf 1.8 printed and returned, in the order of the cases. */
type Recorded = Readonly<Record<ByteOrder, readonly { readonly returned: number; readonly text: string }[]>>;

const RECORDED = join(import.meta.dirname, "../../test/typed-dumps.json");
const ORDERS = ["little", "big"] as const;

// To record anew, build tools/conformance/typed-dump/typed-dump.c for both byte orders, as it says, and name the two
// commands here: LIBBPF_TYPED_DUMP="./typed-dump-el;qemu-s390x-static ./typed-dump-eb"
const commands = process.env["LIBBPF_TYPED_DUMP"]?.split(";");

function record(order: ByteOrder, command: string): Recorded[ByteOrder] {
  const folder = mkdtempSync(join(tmpdir(), "typed-dump-"));
  const path = join(folder, "types.btf");
  writeFileSync(path, writeBtf(TYPES, { order }));
  const [program = "", ...args] = command.split(" ");
  try {
    // A process for each: libbpf numbers equal names over all dumps.
    return CASES.map((one) => {
      const { stdout } = spawnSync(program, [...args, path], { input: lineOf(one), encoding: "utf8" });
      const [returned, text = ""] = stdout.trim().split(" ");
      return { returned: Number(returned), text: Buffer.from(text, "hex").toString("latin1") };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function lineOf({ type, data, options }: Case): string {
  const letters = { compact: "c", skipNames: "n", emitZeroes: "z", emitStrings: "s" };
  const given = Object.entries(letters).map(([name, letter]) =>
    options[name as keyof TypedDumpOptions] ? letter : "",
  );
  const indent = options.indent === undefined ? "-" : Buffer.from(options.indent).toString("hex");
  return `${idOf(type)} ${given.join("") || "-"} ${options.level ?? 0} ${indent} ${data || "-"}\n`;
}

if (commands !== undefined) {
  const recorded = Object.fromEntries(ORDERS.map((order, i) => [order, record(order, commands[i] ?? "")]));
  writeFileSync(RECORDED, `${JSON.stringify(recorded, undefined, 2)}\n`);
}

const recorded: Recorded = JSON.parse(readFileSync(RECORDED, "utf8"));

const ERRNO = { E2BIG: -7, EINVAL: -22, ENOTSUP: -95 };
const returnedBy = ({ size, error }: TypedDump): number | undefined =>
  error === undefined ? size : ERRNO[error];

const dump = (order: ByteOrder, { type, data, options }: Case, more: TypedDumpOptions = {}): TypedDump =>
  formatData(btfOf(TYPES, order), idOf(type), new Uint8Array(Buffer.from(data, "hex")), {
    ...options,
    ...more,
  });

const nameOf = ({ type, data, options }: Case): string => [type, data, ...Object.keys(options)].join(" ");

/** Where libbpf is wrong, what is right: why is said at formatData. */
const OURS: Readonly<Record<ByteOrder, Readonly<Record<string, string>>>> = {
  little: {
    "outer 000000000100000000000000000000000000000000000000 compact":
      "(struct outer){.in = (struct pair){.second = (int)1,},}",
    "bits 0100000000000007 compact": "(struct bits){.a = (int)0x1,.d = (enum sign)MINUS,}",
    "enum bits 01000000 compact": "(struct enum_bits){.a = (enum color)GREEN,}",
    "enum bits fdffffff compact": "(struct enum_bits){.a = (enum color)GREEN,.b = (enum sign)MINUS,}",
    "packed 010100000001000001 compact":
      "(struct packed){.c = (char)1,.e = (enum color)GREEN,.i = (int)16777217,}",
    "packed 010100000001000001 compact emitZeroes":
      "(struct packed){.c = (char)1,.e = (enum color)GREEN,.i = (int)16777217,}",
    "straddling f1ffffff0f compact": "(struct straddling){.a = (unsigned char)0x1,.b = (int)0xffffffff,}",
    "mixed 6100000000000000000000000100000b compact":
      "(struct mixed){.name = (char[4])['a',],.n = (int[3])[0,0,184549377,],}",
    "mixed 6100000000000000000000000100000b compact emitStrings":
      '(struct mixed){.name = (char[4])"a",.n = (int[3])[0,0,184549377,],}',
    "after 6162630061006200 compact":
      "(struct after){.name = (char[4])['a','b','c',],.x = (char)97,.z = (unsigned char)98,}",
    "after 6162630061006200 compact emitStrings":
      '(struct after){.name = (char[4])"abc",.x = (char)97,.z = (unsigned char)98,}',
    "after 6162630061006200 compact emitZeroes":
      "(struct after){.name = (char[4])['a','b','c','\\0',],.x = (char)97,.y = (unsigned char)0,.z = (unsigned char)98,}",
    "after 6162630061006200 emitStrings":
      '(struct after){\n\t.name = (char[4])"abc",\n\t.x = (char)97,\n\t.z = (unsigned char)98,\n}',
    "ints 0100000102 compact": "(int[3])[16777217,",
  },
  big: {
    "outer 000000000100000000000000000000000000000000000000 compact":
      "(struct outer){.in = (struct pair){.second = (int)16777216,},}",
    "bits 0f1e2d3c4b5a6978":
      "(struct bits){\n\t.b = (short unsigned int)0xf1e,\n\t.c = (long unsigned int)0x2d3c4b5a69,\n\t.d = (enum sign)3,\n}",
    "bits 0f1e2d3c4b5a6978 compact emitZeroes":
      "(struct bits){.a = (int)0x0,.b = (short unsigned int)0xf1e,.c = (long unsigned int)0x2d3c4b5a69,.d = (enum sign)3,}",
    "bits 0100000000000007 compact": "(struct bits){.b = (short unsigned int)0x100,}",
    "enum bits 01000000 compact": "(struct enum_bits){.b = (enum sign)16777216,}",
    "enum bits 01000000 compact emitZeroes":
      "(struct enum_bits){.a = (enum color)RED,.b = (enum sign)16777216,}",
    "enum bits fdffffff compact": "(struct enum_bits){.a = (enum color)3,.b = (enum sign)-33554433,}",
    "packed 010100000001000001 compact":
      "(struct packed){.c = (char)1,.e = (enum color)16777216,.i = (int)16777217,}",
    "packed 010100000001000001 compact emitZeroes":
      "(struct packed){.c = (char)1,.e = (enum color)16777216,.i = (int)16777217,}",
    "mixed 6100000000000000000000000100000b compact":
      "(struct mixed){.name = (char[4])['a',],.n = (int[3])[0,0,16777227,],}",
    "mixed 6100000000000000000000000100000b compact emitStrings":
      '(struct mixed){.name = (char[4])"a",.n = (int[3])[0,0,16777227,],}',
    "after 6162630061006200 compact":
      "(struct after){.name = (char[4])['a','b','c',],.x = (char)97,.z = (unsigned char)98,}",
    "after 6162630061006200 compact emitStrings":
      '(struct after){.name = (char[4])"abc",.x = (char)97,.z = (unsigned char)98,}',
    "after 6162630061006200 compact emitZeroes":
      "(struct after){.name = (char[4])['a','b','c','\\0',],.x = (char)97,.y = (unsigned char)0,.z = (unsigned char)98,}",
    "after 6162630061006200 emitStrings":
      '(struct after){\n\t.name = (char[4])"abc",\n\t.x = (char)97,\n\t.z = (unsigned char)98,\n}',
    "ints 0100000102 compact": "(int[3])[16777217,",
  },
};

describe.each(ORDERS)("%s-endian", (order) => {
  test("all cases are recorded", () => {
    expect(recorded[order]).toHaveLength(CASES.length);
  });

  test.each(CASES.map((one, i) => ({ ...one, expected: recorded[order][i] })))(
    "in libbpf's style, $type $data $options",
    ({ expected, ...one }) => {
      const result = dump(order, one, { style: "libbpf" });
      expect({ returned: returnedBy(result), text: result.text }).toEqual(expected);
    },
  );

  test("in our own style all else is the same", () => {
    const differing = CASES.flatMap((one, i) => {
      const ours = dump(order, one);
      const theirs = recorded[order][i];
      const isSame = ours.text === theirs?.text && returnedBy(ours) === theirs.returned;
      return isSame ? [] : [[nameOf(one), ours.text] as const];
    });
    expect(Object.fromEntries(differing)).toEqual(OURS[order]);
  });
});
