import type { WritableType } from "../src/index.js";
import { info, KIND, type RawBtf } from "./raw.js";

/** Two types, or more, of every kind: as they are given to the writer, and the same laid out by hand. */
export const EVERY_KIND: readonly WritableType[] = [
  { kind: "int", name: "int", size: 4, bits: 32, bitOffset: 0, signed: true, char: false, bool: false },
  { kind: "int", name: "_Bool", size: 1, bits: 8, bitOffset: 0, signed: false, char: false, bool: true },
  { kind: "int", name: "", size: 4, bits: 5, bitOffset: 3, signed: false, char: true, bool: false },
  { kind: "ptr", typeId: 5 },
  {
    kind: "struct",
    name: "node",
    size: 24,
    members: [
      { name: "next", typeId: 4, bitOffset: 0, bitSize: 0 },
      { name: "", typeId: 6, bitOffset: 0xffffffff, bitSize: 0 },
    ],
  },
  {
    kind: "union",
    name: "",
    size: 8,
    members: [
      { name: "whole", typeId: 1, bitOffset: 0, bitSize: 0 },
      { name: "flag", typeId: 1, bitOffset: 0xffffff, bitSize: 255 },
    ],
  },
  { kind: "array", typeId: 5, indexTypeId: 1, nelems: 0xffffffff },
  {
    kind: "enum",
    name: "sign",
    size: 4,
    signed: true,
    enumerators: [
      { name: "minus", value: -2147483648n },
      { name: "plus", value: 2147483647n },
    ],
  },
  {
    kind: "enum",
    name: "color",
    size: 1,
    signed: false,
    enumerators: [{ name: "last", value: 4294967295n }],
  },
  { kind: "fwd", name: "file", of: "struct" },
  { kind: "fwd", name: "epoll", of: "union" },
  { kind: "typedef", name: "node_t", typeId: 5 },
  { kind: "volatile", typeId: 12 },
  { kind: "const", typeId: 13 },
  { kind: "restrict", typeId: 4 },
  {
    kind: "func_proto",
    returnTypeId: 1,
    params: [
      { name: "first", typeId: 4 },
      { name: "", typeId: 0 },
    ],
  },
  { kind: "func", name: "visit", typeId: 16, linkage: 1 },
  { kind: "var", name: "counter", typeId: 1, linkage: 2 },
  {
    kind: "datasec",
    name: ".bss",
    size: 4096,
    vars: [
      { typeId: 18, offset: 0, size: 4 },
      { typeId: 18, offset: 4092, size: 4 },
    ],
  },
  { kind: "float", name: "long double", size: 16 },
  { kind: "decl_tag", name: "contains", typeId: 5, componentIndex: 1, attribute: false },
  { kind: "decl_tag", name: "noinline", typeId: 17, componentIndex: -1, attribute: true },
  { kind: "type_tag", name: "rcu", typeId: 5, attribute: false },
  { kind: "type_tag", name: "address_space(1)", typeId: 5, attribute: true },
  {
    kind: "enum64",
    name: "big",
    size: 8,
    signed: false,
    enumerators: [{ name: "top", value: 0xfedcba9876543210n }],
  },
  { kind: "enum64", name: "", size: 8, signed: true, enumerators: [{ name: "low", value: -2n }] },
];

const STRINGS = [
  "int",
  "_Bool",
  "node",
  "next",
  "whole",
  "flag",
  "sign",
  "minus",
  "plus",
  "color",
  "last",
  "file",
  "epoll",
  "node_t",
  "first",
  "visit",
  "counter",
  ".bss",
  "long double",
  "contains",
  "noinline",
  "rcu",
  "address_space(1)",
  "big",
  "top",
  "low",
];

const strings = `\0${STRINGS.map((text) => `${text}\0`).join("")}`;
const at = (text: string): number => strings.indexOf(`\0${text}\0`) + 1;

/** {@link EVERY_KIND} as words: name_off, info, size or type, and what follows. */
export const EVERY_KIND_RAW = {
  strings,
  types: [
    [at("int"), info(KIND.int), 4, 0x01000020],
    [at("_Bool"), info(KIND.int), 1, 0x04000008],
    [0, info(KIND.int), 4, 0x02030005],
    [0, info(KIND.ptr), 5],
    [at("node"), info(KIND.struct, 2), 24, at("next"), 4, 0, 0, 6, 0xffffffff],
    [0, info(KIND.union, 2, true), 8, at("whole"), 1, 0, at("flag"), 1, 0xffffffff],
    [0, info(KIND.array), 0, 5, 1, 0xffffffff],
    [at("sign"), info(KIND.enum, 2, true), 4, at("minus"), 0x80000000, at("plus"), 0x7fffffff],
    [at("color"), info(KIND.enum, 1), 1, at("last"), 0xffffffff],
    [at("file"), info(KIND.fwd), 0],
    [at("epoll"), info(KIND.fwd, 0, true), 0],
    [at("node_t"), info(KIND.typedef), 5],
    [0, info(KIND.volatile), 12],
    [0, info(KIND.const), 13],
    [0, info(KIND.restrict), 4],
    [0, info(KIND.func_proto, 2), 1, at("first"), 4, 0, 0],
    [at("visit"), info(KIND.func, 1), 16],
    [at("counter"), info(KIND.var), 1, 2],
    [at(".bss"), info(KIND.datasec, 2), 4096, 18, 0, 4, 18, 4092, 4],
    [at("long double"), info(KIND.float), 16],
    [at("contains"), info(KIND.decl_tag), 5, 1],
    [at("noinline"), info(KIND.decl_tag, 0, true), 17, 0xffffffff],
    [at("rcu"), info(KIND.type_tag), 5],
    [at("address_space(1)"), info(KIND.type_tag, 0, true), 5],
    [at("big"), info(KIND.enum64, 1), 8, at("top"), 0x76543210, 0xfedcba98],
    [0, info(KIND.enum64, 1, true), 8, at("low"), 0xfffffffe, 0xffffffff],
  ].flat(),
} as const satisfies RawBtf;
