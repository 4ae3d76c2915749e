import type { Reader } from "@core/bytes";
import { INSN_SIZE, type Insn, insnAt, isLdimm64 } from "./insn.js";
import {
  BPF_ABS,
  BPF_ALU,
  BPF_ALU64,
  BPF_ATOMIC,
  BPF_DIV,
  BPF_DW,
  BPF_END,
  BPF_IND,
  BPF_JMP32,
  BPF_LD,
  BPF_LDX,
  BPF_MEM,
  BPF_MEMSX,
  BPF_MOD,
  BPF_MOV,
  BPF_NEG,
  BPF_ST,
  BPF_STX,
  BPF_W,
  BPF_X,
  CALL,
  CLASS_MASK,
  EXIT,
  formatOpcode,
  GOTO,
  GOTOL,
  GOTOX,
  JCOND,
  MODE_MASK,
  OP_MASK,
  SIZE_MASK,
  SOURCE_MASK,
} from "./opcodes.js";

// Indexed by the size bits.
const TYPES = ["u32", "u16", "u8", "u64"];
const SIGNED_TYPES = ["s32", "s16", "s8"];

// Indexed by the operation bits.
const ALU_OPS = ["+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "", "%=", "^=", "=", "s>>="];
const JMP_OPS = ["", "==", ">", ">=", "&", "!=", "s>", "s>=", "", "", "<", "<=", "s<", "s<="];

// Indexed by the imm of an atomic instruction that has no case of its own.
const LOCKED_OPS: Readonly<Record<number, string>> = { 0: "+=", 64: "|=", 80: "&=", 160: "^=" };
const FETCH_OPS: Readonly<Record<number, string>> = { 1: "add", 65: "or", 81: "and", 161: "xor" };
const ATOMIC_XCHG = 0xe1;
const ATOMIC_CMPXCHG = 0xf1;
const ATOMIC_LOAD_ACQ = 0x100;
const ATOMIC_STORE_REL = 0x110;

/**
 * One line of disassembly for the instruction at `offset`, in bytes: what the kernel's own disassembler
 * (`kernel/bpf/disasm.c`: verifier logs, `bpftool prog dump xlated`) prints after the opcode, with three
 * differences. Nothing is looked up, so a helper is called by number (`call 195896080`). An LDIMM64 ends
 * in ` ll` as LLVM's does, and one that loads an address is written as in RFC 9669 (`map_by_fd(3)`).
 * Where the fields that choose an operation choose none, all are shown: `unknown (code 0x8d, …)`.
 *
 * @throws {@link InsnError} when `offset` is no multiple of 8 or the slot lies outside the bytes.
 */
export function formatInsn(reader: Reader, offset: number): string {
  const insn = insnAt(reader, offset);
  return formatKnown(reader, offset, insn) ?? formatUnknown(insn);
}

function formatKnown(reader: Reader, offset: number, insn: Insn): string | undefined {
  switch (insn.code & CLASS_MASK) {
    case BPF_LD:
      return isLdimm64(insn) ? formatLdimm64(reader, offset, insn) : formatPacketLoad(insn);
    case BPF_LDX:
      return formatLoad(insn);
    case BPF_ST:
      return (insn.code & MODE_MASK) === BPF_MEM ? `${targetOf(insn)} = ${insn.imm}` : undefined;
    case BPF_STX:
      return formatStore(insn);
    case BPF_ALU:
    case BPF_ALU64:
      return formatAlu(insn);
    default:
      return formatJump(insn);
  }
}

function formatUnknown({ code, dstReg, srcReg, off, imm }: Insn): string {
  return `unknown (code ${formatOpcode(code)}, dst ${dstReg}, src ${srcReg}, off ${off}, imm ${imm})`;
}

function formatLdimm64(reader: Reader, offset: number, insn: Insn): string | undefined {
  if (!reader.has(offset, 2 * INSN_SIZE)) return undefined;
  const next = insnAt(reader, offset + INSN_SIZE).imm;
  const value = loadedValue(insn, next);
  return value === undefined ? undefined : `r${insn.dstReg} = ${value}`;
}

/** The source register says what the two immediates are: RFC 9669 table 11, `BPF_PSEUDO_*` in the kernel. */
function loadedValue({ srcReg, imm }: Insn, next: number): string | undefined {
  switch (srcReg) {
    case 0:
      return `0x${((BigInt(next >>> 0) << 32n) | BigInt(imm >>> 0)).toString(16)} ll`;
    case 1:
      return `map_by_fd(${imm})`;
    case 2:
      return `map_val(map_by_fd(${imm})) + ${next}`;
    case 3:
      return `var_addr(${imm})`;
    case 4:
      return `code_addr(${imm})`;
    case 5:
      return `map_by_idx(${imm})`;
    case 6:
      return `map_val(map_by_idx(${imm})) + ${next}`;
    default:
      return undefined;
  }
}

/** The loads of classic BPF, which read the packet of a socket filter. */
function formatPacketLoad({ code, srcReg, imm }: Insn): string | undefined {
  if ((code & SIZE_MASK) === BPF_DW) return undefined;
  const load = `r0 = *(${typeOf(code)} *)skb`;
  switch (code & MODE_MASK) {
    case BPF_ABS:
      return `${load}[${imm}]`;
    case BPF_IND:
      return `${load}[r${srcReg} + ${imm}]`;
    default:
      return undefined;
  }
}

function formatLoad({ code, dstReg, srcReg, off }: Insn): string | undefined {
  const mode = code & MODE_MASK;
  if (mode !== BPF_MEM && mode !== BPF_MEMSX) return undefined;
  const type = mode === BPF_MEM ? typeOf(code) : SIGNED_TYPES[(code & SIZE_MASK) >> 3];
  return type === undefined ? undefined : `r${dstReg} = *(${type} *)(r${srcReg} ${signed(off)})`;
}

function formatStore(insn: Insn): string | undefined {
  switch (insn.code & MODE_MASK) {
    case BPF_MEM:
      return `${targetOf(insn)} = r${insn.srcReg}`;
    case BPF_ATOMIC:
      return formatAtomic(insn);
    default:
      return undefined;
  }
}

function formatAtomic(insn: Insn): string | undefined {
  const { code, dstReg, srcReg, off, imm } = insn;
  const type = typeOf(code);
  if (imm === ATOMIC_LOAD_ACQ) return `r${dstReg} = load_acquire((${type} *)(r${srcReg} ${signed(off)}))`;
  const place = `(${type} *)(r${dstReg} ${signed(off)})`;
  if (imm === ATOMIC_STORE_REL) return `store_release(${place}, r${srcReg})`;

  // The other operations exist for 32 and 64 bits only.
  const size = code & SIZE_MASK;
  if (size !== BPF_W && size !== BPF_DW) return undefined;
  const atomic = size === BPF_DW ? "atomic64" : "atomic";
  if (imm === ATOMIC_XCHG) return `r${srcReg} = ${atomic}_xchg(${place}, r${srcReg})`;
  if (imm === ATOMIC_CMPXCHG) return `r0 = ${atomic}_cmpxchg(${place}, r0, r${srcReg})`;
  const locked = LOCKED_OPS[imm];
  if (locked !== undefined) return `lock ${targetOf(insn)} ${locked} r${srcReg}`;
  const fetch = FETCH_OPS[imm];
  return fetch && `r${srcReg} = ${atomic}_fetch_${fetch}(${place}, r${srcReg})`;
}

function formatAlu(insn: Insn): string | undefined {
  const { code, dstReg, srcReg, off, imm } = insn;
  const wide = (code & CLASS_MASK) === BPF_ALU64;
  const fromReg = (code & SOURCE_MASK) === BPF_X;
  const op = code & OP_MASK;
  if (op === BPF_END) return formatByteSwap(insn, wide, fromReg);
  const letter = wide ? "r" : "w";
  const dst = `${letter}${dstReg}`;
  if (op === BPF_NEG) return fromReg || off !== 0 ? undefined : `${dst} = -${dst}`;

  const operator = ALU_OPS[op >> 4];
  if (operator === undefined) return undefined;
  const operand = fromReg ? `${letter}${srcReg}` : `${imm}`;
  if (off === 0) return `${dst} ${operator} ${operand}`;
  // A non-zero offset makes another operation of some.
  if ((op === BPF_DIV || op === BPF_MOD) && off === 1) return `${dst} s${operator} ${operand}`;
  if (op !== BPF_MOV || !fromReg) return undefined;
  if (off === 8 || off === 16 || (off === 32 && wide)) return `${dst} = (s${off})${operand}`;
  if (off === 1 && wide) return `${dst} = addr_space_cast(${operand}, ${imm >>> 16}, ${imm & 0xffff})`;
  return undefined;
}

function formatByteSwap({ dstReg, off, imm }: Insn, wide: boolean, fromReg: boolean): string | undefined {
  if (off !== 0 || (imm !== 16 && imm !== 32 && imm !== 64) || (wide && fromReg)) return undefined;
  const swap = wide ? "bswap" : fromReg ? "be" : "le";
  return `r${dstReg} = ${swap}${imm} r${dstReg}`;
}

function formatJump(insn: Insn): string | undefined {
  const { code, dstReg, srcReg, off, imm } = insn;
  switch (code) {
    case CALL:
      return formatCall(insn);
    case EXIT:
      return "exit";
    case GOTO:
      return `goto pc${signed(off)}`;
    case GOTOX:
      return `gotox r${dstReg}`;
    case GOTOL:
      return `gotol pc${signed(imm)}`;
    case JCOND:
      return srcReg === 0 ? `may_goto pc${signed(off)}` : undefined;
  }
  const operator = JMP_OPS[(code & OP_MASK) >> 4];
  if (!operator) return undefined;
  const letter = (code & CLASS_MASK) === BPF_JMP32 ? "w" : "r";
  const operand = (code & SOURCE_MASK) === BPF_X ? `${letter}${srcReg}` : `0x${(imm >>> 0).toString(16)}`;
  return `if ${letter}${dstReg} ${operator} ${operand} goto pc${signed(off)}`;
}

function formatCall({ srcReg, imm }: Insn): string | undefined {
  switch (srcReg) {
    case 0:
      return `call ${imm}`;
    case 1:
      return `call pc${signed(imm)}`;
    case 2:
      return `call kernel-function#${imm}`;
    default:
      return undefined;
  }
}

/** The memory that an instruction writes. */
function targetOf({ code, dstReg, off }: Insn): string {
  return `*(${typeOf(code)} *)(r${dstReg} ${signed(off)})`;
}

function typeOf(code: number): string | undefined {
  return TYPES[(code & SIZE_MASK) >> 3];
}

function signed(value: number): string {
  return value < 0 ? `${value}` : `+${value}`;
}
