import type { Insn } from "@core/insn-patch";
import {
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JLE,
  BPF_JLT,
  BPF_JMP,
  BPF_JNE,
  BPF_JSET,
  BPF_JSGE,
  BPF_JSGT,
  BPF_JSLE,
  BPF_JSLT,
  BPF_X,
  CLASS_MASK,
  OP_MASK,
  SOURCE_MASK,
} from "@core/insn-patch/opcodes";
import { W32, W64, type Width } from "./arc.js";
import { assume, type Comparison, known, oppositeOf } from "./compare.js";
import type { KernelTraits } from "./kernel.js";
import { constant, knownValue, knowsMore, type Scalar, ZERO } from "./scalar.js";
import { changeValues, frameOf, readRegister, type State } from "./state.js";
import type { Pointer, Value } from "./value.js";

/** One way that a conditional jump may go. */
export interface Way {
  /** It may be that the kernel does not follow it. */
  readonly isDoubtful: boolean;
  /** What is known once it has gone that way. */
  readonly learn: (state: State) => void;
}

export interface Ways {
  /** The jump is taken; undefined when it never is. */
  readonly taken: Way | undefined;
  readonly passed: Way | undefined;
}

const COMPARISONS: Readonly<Record<number, Comparison>> = {
  [BPF_JEQ]: "eq",
  [BPF_JNE]: "ne",
  [BPF_JSET]: "set",
  [BPF_JGT]: "gt",
  [BPF_JGE]: "ge",
  [BPF_JLT]: "lt",
  [BPF_JLE]: "le",
  [BPF_JSGT]: "sgt",
  [BPF_JSGE]: "sge",
  [BPF_JSLT]: "slt",
  [BPF_JSLE]: "sle",
};

const learnNothing = () => {};
const SURE: Way = { isDoubtful: false, learn: learnNothing };
const DOUBTFUL: Way = { isDoubtful: true, learn: learnNothing };

/** Where the verifier goes from a conditional jump (is_branch_taken and what check_cond_jmp_op learns). */
export function waysOf(state: State, insn: Insn, kernel: KernelTraits): Ways {
  const frame = frameOf(state);
  const comparison = COMPARISONS[insn.code & OP_MASK];
  // `may_goto` goes both ways, and what is no jump is refused.
  if (comparison === undefined) return { taken: SURE, passed: SURE };
  const width = (insn.code & CLASS_MASK) === BPF_JMP ? W64 : W32;
  const isFromReg = (insn.code & SOURCE_MASK) === BPF_X;
  const a = readRegister(frame, insn.dstReg);
  const b = isFromReg ? readRegister(frame, insn.srcReg) : constant(BigInt(insn.imm));
  if (a.kind === "scalar" && b.kind === "scalar") {
    if (isFromReg && insn.dstReg === insn.srcReg) return waysOfSame(comparison);
    return waysOfNumbers(insn, a, b, comparison, width, kernel);
  }
  const isNullTest = width === W64 && (comparison === "eq" || comparison === "ne");
  if (isNullTest && a.kind === "pointer" && isNull(b)) return waysOfNullTest(a, comparison);
  if (isNullTest && b.kind === "pointer" && isNull(a)) return waysOfNullTest(b, comparison);
  return { taken: SURE, passed: SURE };
}

const isNull = (value: Value): boolean => value.kind === "scalar" && knownValue(value) === 0n;

function waysOfSame(comparison: Comparison): Ways {
  switch (comparison) {
    case "eq":
    case "ge":
    case "le":
    case "sge":
    case "sle":
      return { taken: SURE, passed: DOUBTFUL };
    case "set":
      return { taken: SURE, passed: SURE };
    default:
      return { taken: DOUBTFUL, passed: SURE };
  }
}

function waysOfNumbers(
  insn: Insn,
  a: Scalar,
  b: Scalar,
  comparison: Comparison,
  width: Width,
  { comparesRanges }: KernelTraits,
): Ways {
  const way = (asked: Comparison): Way | undefined => {
    const learnt = assume([a, b], asked, width);
    if (learnt === undefined) return undefined;
    const [left, right] = comparesRanges || asked !== "ne" ? learnt : [a, b];
    return {
      isDoubtful: mayRuleOut(a, b, asked, width),
      learn: (state) => {
        learnNumber(state, insn.dstReg, a, left);
        if ((insn.code & SOURCE_MASK) === BPF_X) learnNumber(state, insn.srcReg, b, right);
      },
    };
  };
  const taken = way(comparison);
  const passed = way(oppositeOf(comparison));
  if (taken !== undefined && passed !== undefined) return { taken, passed };
  const isKnownToAll = isSure(a) && isSure(b) && (comparesRanges || isPlain(a, b, comparison, width));
  const other = isKnownToAll ? undefined : DOUBTFUL;
  if (taken === undefined && passed === undefined) return { taken: DOUBTFUL, passed: DOUBTFUL };
  return taken === undefined ? { taken: other, passed: SURE } : { taken: SURE, passed: other };
}

/** Does every kernel know as much of it? */
const isSure = ({ trust }: Scalar): boolean => trust === "same" || trust === "more";

/** Can any kernel compare them? Older ones need a constant to compare with, and two of them to tell if they are equal. */
function isPlain(a: Scalar, b: Scalar, comparison: Comparison, width: Width): boolean {
  const isEquality = comparison === "eq" || comparison === "ne";
  // Of what it knows more than is known here, it knows the number: it comes from read-only data.
  const isConstant = (one: Scalar) => known(one, width) !== undefined || one.trust === "more";
  return isConstant(b) && (!isEquality || isConstant(a));
}

/** May the kernel know that the numbers do not compare so, though it is not known here? */
function mayRuleOut(a: Scalar, b: Scalar, comparison: Comparison, width: Width): boolean {
  if (knowsMore(a.trust) || knowsMore(b.trust)) return true;
  if (a.trust === "not-null") return comparison === "eq" && knownValue(b) === 0n;
  if (a.trust === "limited") return assume([ZERO, b], comparison, width) === undefined;
  return b.trust === "limited" && assume([a, ZERO], comparison, width) === undefined;
}

function learnNumber(state: State, register: number, before: Scalar, now: Scalar): void {
  if (before === now) return;
  const frame = frameOf(state);
  frame.regs[register] = now;
  if (now.id === 0) return;
  changeValues(state, (value) => {
    if (value.kind !== "scalar" || value.id !== now.id) return value;
    return value.trust === now.trust ? now : { ...now, trust: value.trust };
  });
}

function waysOfNullTest(pointer: Pointer, comparison: "eq" | "ne"): Ways {
  const learn = (isNullNow: boolean) => (state: State) => {
    if (pointer.null !== "maybe") return;
    const learnt: Value = isNullNow ? ZERO : { ...pointer, null: "never" };
    changeValues(state, (value) => {
      const isSame = value === pointer || (pointer.id !== 0 && value.id === pointer.id);
      return isSame && value.kind === "pointer" ? learnt : value;
    });
  };
  const isDoubtful = pointer.trust === (pointer.null === "never" ? "less" : "more");
  const isImpossible = pointer.null === "never" && !isDoubtful;
  const whenNull = isImpossible ? undefined : { isDoubtful, learn: learn(true) };
  const whenNot = { isDoubtful: false, learn: learn(false) };
  return comparison === "eq" ? { taken: whenNull, passed: whenNot } : { taken: whenNot, passed: whenNull };
}
