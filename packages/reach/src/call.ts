import { type Btf, kindOf, paramTypeOf, referredTypeOf, skipModifiers, typeIdAt, vlenOf } from "@core/btf";
import { umaxOf, W64 } from "./arc.js";
import type { Instruction } from "./code.js";
import {
  type HelperResult,
  handedOnArgument,
  helperResult,
  isAsynchronous,
  LOOP,
  readBy,
  type Written,
  writtenBy,
} from "./helpers.js";
import type { KernelTraits } from "./kernel.js";
import type { LinkedFunction } from "./reference.js";
import { between, UNKNOWN, UNTOLD, ZERO } from "./scalar.js";
import { doubtStack, forgetStack, SLOT_SIZE } from "./stack.js";
import { type Frame, frameOf, readRegister, type State } from "./state.js";
import { stackPlace } from "./step.js";
import { OTHER, type Pointer, type Value } from "./value.js";

const ARGUMENTS = [1, 2, 3, 4, 5] as const;

/** An object of unknown size that a function of the kernel is given, in bytes: the largest iterators. */
const OBJECT_SIZE = 32;

const somewhere = (nullness: Pointer["null"], id: number, trust: Pointer["trust"] = "same"): Pointer => ({
  kind: "pointer",
  to: OTHER,
  offset: ZERO,
  null: nullness,
  id,
  trust,
});

/** A frame for a function that starts, with nothing in its registers but the stack's end. */
export function newFrame(depth: number, caller: number): Frame {
  const regs: (Value | undefined)[] = new Array(11).fill(undefined);
  regs[10] = { ...somewhere("untold", 0), to: { kind: "stack", depth } };
  return { regs, stack: [], caller, callback: undefined };
}

/** What the program's own function is given. */
export function contextFrame(): Frame {
  const frame = newFrame(0, -1);
  frame.regs[1] = { ...somewhere("untold", 0), to: { kind: "context" } };
  return frame;
}

/** What a global function is given when it is verified: anything that fits its prototype. */
export function globalFrame(btf: Btf | undefined, { typeId }: LinkedFunction, newId: () => number): Frame {
  const frame = newFrame(0, -1);
  const prototype = btf && typeId !== undefined ? referredTypeOf(btf, typeIdAt(btf, typeId)) : undefined;
  for (const number of ARGUMENTS) {
    const isThere = btf && prototype !== undefined && number <= vlenOf(btf, prototype);
    if (!isThere) break;
    const type = skipModifiers(btf, paramTypeOf(btf, prototype, number - 1));
    frame.regs[number] = kindOf(btf, type) === "ptr" ? somewhere("maybe", newId()) : UNKNOWN;
  }
  return frame;
}

/** What is left of the registers when a call returns. */
export function finishCall({ regs }: Frame, result: Value | undefined): void {
  regs[0] = result;
  regs.fill(undefined, 1, 6);
}

/** The number of the function, of those of the program, that a call hands on to be called back. */
export function callbackOf(frame: Frame): { readonly register: number; readonly index: number } | undefined {
  for (const register of ARGUMENTS) {
    const value = frame.regs[register];
    if (value?.kind === "pointer" && value.to.kind === "function") return { register, index: value.to.index };
  }
  return undefined;
}

/** What a callback is given by the function of the kernel that is called at `caller`. */
export function callbackFrame(state: State, helper: number, register: number, caller: number): Frame {
  const before = frameOf(state);
  const isLater = isAsynchronous(helper);
  const frame = newFrame(isLater ? 0 : state.frames.length, isLater ? -1 : caller);
  for (const number of ARGUMENTS) frame.regs[number] = somewhere("never", 0, "less");
  if (helper === LOOP) frame.regs[1] = UNKNOWN;
  const handedOn = handedOnArgument(helper);
  if (handedOn !== undefined) frame.regs[handedOn] = readRegister(before, register + 1);
  return frame;
}

/** Follows a call of a helper: what it writes and what it returns. */
export function callHelper(state: State, helper: number, kernel: KernelTraits, newId: () => number): void {
  const frame = frameOf(state);
  const result = resultOf(state, helper, kernel, newId);
  if (!kernel.looksIntoArguments) forgetRead(state, helper);
  for (const memory of writtenBy(helper)) forgetMemory(state, memory);
  finishCall(frame, result);
}

/** Older kernels take it that a helper changes all that it is given. */
function forgetRead(state: State, helper: number): void {
  for (const { pointer, size } of readBy(helper)) {
    const place = forgetMemory(state, { pointer, size: size ?? 1 });
    // It is not looked for how long a map's keys and values are.
    if (size === undefined && place !== undefined) doubtStack(place.frame.stack, place.start + SLOT_SIZE);
  }
}

/** Takes it that the memory that a helper is given holds anything now; undefined where that is no stack's. */
function forgetMemory(state: State, { pointer, size }: Written): ReturnType<typeof stackPlace> {
  const frame = frameOf(state);
  const bytes = typeof size === "number" ? size : largest(readRegister(frame, size.register));
  const place = stackPlace(state, readRegister(frame, pointer), 0, bytes);
  if (place !== undefined) forgetStack(place.frame.stack, place.start, place.end);
  return place;
}

/** The largest size that a number may be, in bytes. */
function largest(value: Value): number {
  return value.kind === "scalar" ? Number(umaxOf(W64, value.wide)) : Number.MAX_SAFE_INTEGER;
}

const MAX_ERRNO = 4095n;

function resultOf(state: State, helper: number, kernel: KernelTraits, newId: () => number): Value {
  const frame = frameOf(state);
  const result: HelperResult | undefined = helperResult(helper);
  switch (result) {
    case undefined:
      return UNKNOWN;
    case "or-null":
      return somewhere("maybe", newId());
    case "or-null, by key": {
      const key = stackPlace(state, readRegister(frame, 2), 0, 1);
      return somewhere("maybe", newId(), key !== undefined && kernel.looksIntoArguments ? "more" : "same");
    }
    case "or-null, forgotten":
      return somewhere("maybe", newId(), "less");
    case "not-null":
      return somewhere("never", 0);
    case "not-null, unknown":
      return somewhere("never", 0, "less");
    case "processor":
      return { ...UNKNOWN, trust: "limited" };
    case "size": {
      const size = writtenBy(helper)[0]?.size;
      const value = typeof size === "object" ? readRegister(frame, size.register) : UNKNOWN;
      const most = value.kind === "scalar" ? umaxOf(W64, value.wide) : W64.max;
      return most <= 0x7fff_ffffn ? between(-MAX_ERRNO, most) : UNKNOWN;
    }
  }
}

/** Takes it that the objects on the stack that a call is given hold anything when it returns. */
export function forgetArguments(state: State): void {
  for (const register of ARGUMENTS) {
    const place = stackPlace(state, readRegister(frameOf(state), register), 0, OBJECT_SIZE);
    if (place !== undefined) forgetStack(place.frame.stack, place.start, place.end);
  }
}

/** Follows a call of a function of the kernel; false when it does not return. */
export function callKernel(
  state: State,
  btf: Btf | undefined,
  { reference }: Instruction,
  newId: () => number,
): boolean {
  const frame = frameOf(state);
  forgetArguments(state);
  if (reference?.kind !== "kfunc" || btf === undefined) {
    finishCall(frame, UNTOLD);
    return true;
  }
  if (reference.name === "bpf_throw") return false;
  const prototype = referredTypeOf(btf, typeIdAt(btf, reference.typeId));
  const isPointer = kindOf(btf, skipModifiers(btf, referredTypeOf(btf, prototype))) === "ptr";
  const isNext = /^bpf_iter_\w+_next$/.test(reference.name);
  if (isPointer) finishCall(frame, isNext ? somewhere("maybe", newId()) : somewhere("never", 0, "less"));
  else finishCall(frame, UNKNOWN);
  return true;
}
