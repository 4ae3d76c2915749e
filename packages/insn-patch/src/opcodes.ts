// The opcode byte, bit by bit: RFC 9669 section 3 and the kernel's include/uapi/linux/bpf.h, whose
// names these are.

/** Low three bits: the class, which says what the other five mean. */
export const CLASS_MASK = 0x07;
export const BPF_LD = 0x00;
export const BPF_LDX = 0x01;
export const BPF_ST = 0x02;
export const BPF_STX = 0x03;
export const BPF_ALU = 0x04;
export const BPF_JMP = 0x05;
export const BPF_JMP32 = 0x06;
export const BPF_ALU64 = 0x07;

/** Loads and stores: the width, and above it the mode. */
export const SIZE_MASK = 0x18;
export const BPF_W = 0x00;
export const BPF_H = 0x08;
export const BPF_B = 0x10;
export const BPF_DW = 0x18;

export const MODE_MASK = 0xe0;
const BPF_IMM = 0x00;
export const BPF_ABS = 0x20;
export const BPF_IND = 0x40;
export const BPF_MEM = 0x60;
export const BPF_MEMSX = 0x80;
export const BPF_ATOMIC = 0xc0;

/** Arithmetic and jumps: where the second operand comes from, and above it the operation. */
export const SOURCE_MASK = 0x08;
export const BPF_X = 0x08;

export const OP_MASK = 0xf0;
export const BPF_ADD = 0x00;
export const BPF_SUB = 0x10;
export const BPF_MUL = 0x20;
export const BPF_DIV = 0x30;
export const BPF_OR = 0x40;
export const BPF_AND = 0x50;
export const BPF_LSH = 0x60;
export const BPF_RSH = 0x70;
export const BPF_NEG = 0x80;
export const BPF_MOD = 0x90;
export const BPF_XOR = 0xa0;
export const BPF_MOV = 0xb0;
export const BPF_ARSH = 0xc0;
export const BPF_END = 0xd0;

/** Conditional jumps. */
export const BPF_JEQ = 0x10;
export const BPF_JGT = 0x20;
export const BPF_JGE = 0x30;
export const BPF_JSET = 0x40;
export const BPF_JNE = 0x50;
export const BPF_JSGT = 0x60;
export const BPF_JSGE = 0x70;
export const BPF_JLT = 0xa0;
export const BPF_JLE = 0xb0;
export const BPF_JSLT = 0xc0;
export const BPF_JSLE = 0xd0;

/** The only instruction of two slots: it loads a 64-bit immediate. */
export const LDIMM64 = BPF_LD | BPF_IMM | BPF_DW;
export const CALL = 0x85;
export const EXIT = 0x95;
export const GOTO = 0x05;
export const GOTOX = 0x0d;
export const GOTOL = 0x06;
export const JCOND = 0xe5;

/** An opcode as both hex digits. */
export function formatOpcode(code: number): string {
  return `0x${code.toString(16).padStart(2, "0")}`;
}
