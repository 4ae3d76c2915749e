import { INSN_SIZE } from "@core/insn-patch";

const SIZES: Readonly<Record<string, number>> = { u8: 0x10, u16: 0x08, u32: 0x00, u64: 0x18 };
const OPERATORS: Readonly<Record<string, number>> = {
  "+=": 0x00,
  "-=": 0x10,
  "*=": 0x20,
  "/=": 0x30,
  "|=": 0x40,
  "&=": 0x50,
  "<<=": 0x60,
  ">>=": 0x70,
  "%=": 0x90,
  "^=": 0xa0,
  "=": 0xb0,
  "s>>=": 0xc0,
};
const COMPARISONS: Readonly<Record<string, number>> = {
  "==": 0x10,
  ">": 0x20,
  ">=": 0x30,
  "&": 0x40,
  "!=": 0x50,
  "s>": 0x60,
  "s>=": 0x70,
  "<": 0xa0,
  "<=": 0xb0,
  "s<": 0xc0,
  "s<=": 0xd0,
};

type Slot = readonly [code: number, dst: number, src: number, off: number, imm: number];

const REGISTER = "([rw])(\\d+)";
const PATTERNS: readonly [RegExp, (...parts: string[]) => readonly Slot[]][] = [
  [/^exit$/, () => [[0x95, 0, 0, 0, 0]]],
  [/^poison$/, () => [[0x85, 0, 0, 0, 0xbad2310]]],
  [/^goto ([+-]\d+)$/, (off) => [[0x05, 0, 0, Number(off), 0]]],
  [/^call (\d+)$/, (helper) => [[0x85, 0, 0, 0, Number(helper)]]],
  [/^call pc([+-]\d+)$/, (imm) => [[0x85, 0, 1, 0, Number(imm)]]],
  [/^r(\d+) = (-?\w+) ll$/, (dst, imm) => wide(Number(dst), BigInt(imm ?? 0))],
  [/^r(\d+) = -r\1$/, (dst) => [[0x87, Number(dst), 0, 0, 0]]],
  [/^r(\d+) = bswap(\d+) r\1$/, (dst, bits) => [[0xd7, Number(dst), 0, 0, Number(bits)]]],
  [/^r(\d+) = \(s(\d+)\)r(\d+)$/, (dst, off, src) => [[0xbf, Number(dst), Number(src), Number(off), 0]]],
  [
    /^r(\d+) = \*\((u\d+) \*\)\(r(\d+) ([+-]\d+)\)$/,
    (dst, size, src, off) => [[0x61 | sizeOf(size), Number(dst), Number(src), Number(off), 0]],
  ],
  [
    /^\*\((u\d+) \*\)\(r(\d+) ([+-]\d+)\) = r(\d+)$/,
    (size, dst, off, src) => [[0x63 | sizeOf(size), Number(dst), Number(src), Number(off), 0]],
  ],
  [
    /^\*\((u\d+) \*\)\(r(\d+) ([+-]\d+)\) = (-?\d+)$/,
    (size, dst, off, imm) => [[0x62 | sizeOf(size), Number(dst), 0, Number(off), Number(imm)]],
  ],
  [
    new RegExp(`^if ${REGISTER} (\\S+) ${REGISTER} goto ([+-]\\d+)$`),
    (kind, dst, op, _, src, off) => [
      [(kind === "w" ? 0x0e : 0x0d) | comparison(op), Number(dst), Number(src), Number(off), 0],
    ],
  ],
  [
    new RegExp(`^if ${REGISTER} (\\S+) (-?\\w+) goto ([+-]\\d+)$`),
    (kind, dst, op, imm, off) => [
      [(kind === "w" ? 0x06 : 0x05) | comparison(op), Number(dst), 0, Number(off), Number(imm)],
    ],
  ],
  [
    new RegExp(`^${REGISTER} (\\S*=) ${REGISTER}$`),
    (kind, dst, op, _, src) => [
      [(kind === "w" ? 0x0c : 0x0f) | operator(op), Number(dst), Number(src), 0, 0],
    ],
  ],
  [
    new RegExp(`^${REGISTER} (\\S*=) (-?\\w+)$`),
    (kind, dst, op, imm) => [[(kind === "w" ? 0x04 : 0x07) | operator(op), Number(dst), 0, 0, Number(imm)]],
  ],
];

const sizeOf = (name = ""): number => SIZES[name] ?? fail(name);
const operator = (text = ""): number => OPERATORS[text] ?? fail(text);
const comparison = (text = ""): number => COMPARISONS[text] ?? fail(text);

function fail(text: string): never {
  throw new Error(`no instruction: ${text}`);
}

function wide(dst: number, imm: bigint): readonly Slot[] {
  const [low, high] = [Number(BigInt.asIntN(32, imm)), Number(BigInt.asIntN(32, imm >> 32n))];
  return [
    [0x18, dst, 0, 0, low],
    [0, 0, 0, 0, high],
  ];
}

function slotsOf(line: string): readonly Slot[] {
  for (const [pattern, make] of PATTERNS) {
    const match = pattern.exec(line);
    if (match) return make(...match.slice(1));
  }
  return fail(line);
}

/** Instructions as the kernel's disassembler writes them, one a line; `poison` stands for a poisoned one. */
export function assemble(text: string): Uint8Array<ArrayBuffer> {
  const slots = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .flatMap(slotsOf);
  const bytes = new Uint8Array(slots.length * INSN_SIZE);
  const view = new DataView(bytes.buffer);
  for (const [index, [code, dst, src, off, imm]] of slots.entries()) {
    const at = index * INSN_SIZE;
    view.setUint8(at, code);
    view.setUint8(at + 1, dst | (src << 4));
    view.setInt16(at + 2, off, true);
    view.setInt32(at + 4, imm, true);
  }
  return bytes;
}
