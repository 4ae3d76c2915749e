import type { ByteOrder } from "@core/bytes";
import type { KernelTraits } from "./kernel.js";
import {
  knownValue,
  lessTrusted,
  type Scalar,
  truncate,
  UNKNOWN,
  UNKNOWN_BYTES,
  UNTOLD,
  ZERO,
} from "./scalar.js";
import { covers, type IdMap, type Value } from "./value.js";

/** Bytes of a frame's stack, which ends at offset 0. */
const STACK_SIZE = 512;
export const SLOT_SIZE = 8;

/** Eight bytes of a stack. */
interface Slot {
  /** What was stored in the first `size` bytes, or in all. */
  readonly value: Value | undefined;
  readonly size: number;
  /** A bit for each byte that is known to be 0, none of them of `value`. */
  readonly zeros: number;
}

/** A frame's stack, by slot; nothing was stored in those that are not there. */
export type Stack = (Slot | undefined)[];

const ALL_ZERO: Slot = { value: undefined, size: 0, zeros: 0xff };
const ANYTHING: Slot = { value: undefined, size: 0, zeros: 0 };

type Size = 1 | 2 | 4 | 8;

const maskOf = (at: number, size: number): number => ((1 << size) - 1) << at;

/** The slot of an offset, and the byte in it; undefined for accesses that the kernel refuses. */
function placeOf(offset: number, size: number): { index: number; at: number } | undefined {
  const from = offset + STACK_SIZE;
  const at = from % SLOT_SIZE;
  if (offset >= 0 || from < 0 || at + size > SLOT_SIZE) return undefined;
  return { index: Math.floor(from / SLOT_SIZE), at };
}

/** What a load gives (the kernel's check_stack_read_fixed_off). */
export function loadStack(
  stack: Stack,
  offset: number,
  size: Size,
  order: ByteOrder,
  { remembersRanges }: KernelTraits,
): Value {
  const place = placeOf(offset, size);
  const slot = place && stack[place.index];
  if (place === undefined || slot === undefined) return UNKNOWN_BYTES[size];
  const { value, zeros } = slot;
  const mask = maskOf(place.at, size);
  if ((zeros & mask) === mask) return ZERO;
  if (value === undefined) return UNKNOWN_BYTES[size];
  if (isZero(value) && place.at + size <= slot.size) return ZERO;
  if (value.kind === "pointer") return size === 8 ? value : UNKNOWN_BYTES[size];
  const lowest = order === "little" ? 0 : slot.size - size;
  if (size > slot.size || place.at !== lowest) return UNKNOWN_BYTES[size];
  const part = size === 8 ? value : size === slot.size ? value : { ...truncate(value, size), id: 0 };
  return size === slot.size || remembersRanges ? part : lessTrusted(part);
}

/** What a store does (the kernel's check_stack_write_fixed_off). */
export function storeStack(
  stack: Stack,
  offset: number,
  size: Size,
  value: Value,
  { remembersParts, remembersRanges, storesZerosWhole }: KernelTraits,
): void {
  const place = placeOf(offset, size);
  if (place === undefined) return;
  const { index, at } = place;
  const old = size === 8 ? ANYTHING : withoutValue(stack[index]);
  const zeros = old.zeros & ~maskOf(at, size);
  if (value.kind === "pointer") {
    stack[index] = size === 8 ? { value, size, zeros } : { value: undefined, size: 0, zeros };
    return;
  }
  const stored = size === 8 ? value : { ...truncate(value, size), id: 0 };
  const known = knownValue(stored);
  if (isZero(stored) && (at !== 0 || !storesZerosWhole)) stack[index] = zeroed(old, maskOf(at, size));
  else if (at !== 0) stack[index] = { value: undefined, size: 0, zeros };
  else {
    const isRemembered = remembersRanges || (known !== undefined && (size === 8 || remembersParts));
    stack[index] = { value: isRemembered ? stored : lessTrusted(stored), size, zeros };
  }
}

/** Is it a zero, and do all kernels know? */
export const isZero = (value: Value): boolean =>
  value.kind === "scalar" && value.trust === "same" && knownValue(value) === 0n;

function withoutValue(slot: Slot | undefined): Slot {
  return slot?.value === undefined ? (slot ?? ANYTHING) : { value: undefined, size: 0, zeros: slot.zeros };
}

function zeroed({ zeros }: Slot, mask: number): Slot {
  const all = zeros | mask;
  return all === 0xff ? ALL_ZERO : { value: undefined, size: 0, zeros: all };
}

/** Takes it that some kernels know nothing of the numbers from byte `start` on. */
export function doubtStack(stack: Stack, start: number): void {
  for (let index = Math.max(0, Math.floor((start + STACK_SIZE) / SLOT_SIZE)); index < stack.length; index++) {
    const slot = stack[index];
    if (slot === undefined) continue;
    const { value, size, zeros } = slot;
    if (zeros !== 0)
      stack[index] = { value: zeros === 0xff ? lessTrusted(ZERO) : UNTOLD, size: SLOT_SIZE, zeros: 0 };
    else if (value?.kind === "scalar") stack[index] = { value: lessTrusted(value), size, zeros };
  }
}

/** Takes it that the bytes from `start` up to `end` hold anything now. */
export function forgetStack(stack: Stack, start: number, end: number): void {
  forEachByte(start, end, (index, mask) => {
    const { zeros } = withoutValue(stack[index]);
    stack[index] = { value: undefined, size: 0, zeros: zeros & ~mask };
  });
}

/** What storing a zero somewhere in the bytes from `start` up to `end` does (check_stack_write_var_off): zeros stay. */
export function storeZeroSomewhere(stack: Stack, start: number, end: number): void {
  forEachByte(start, end, (index, mask) => {
    const slot = stack[index];
    if (slot === undefined || (zeroBytes(slot) & mask) === 0) stack[index] = withoutValue(slot);
  });
}

/** What a load from somewhere in the bytes from `start` up to `end` gives (check_stack_read_var_off). */
export function loadSomewhere(
  stack: Stack,
  start: number,
  end: number,
  size: Size,
  { storesZerosWhole }: KernelTraits,
): Scalar {
  let result: Scalar = ZERO;
  forEachByte(start, end, (index, mask) => {
    const slot = stack[index] ?? ANYTHING;
    if ((zeroBytes(slot) & mask) === 0) result = UNKNOWN_BYTES[size];
    // Some kernels do not look into what was stored whole.
    else if (storesZerosWhole && (slot.zeros & mask) === 0 && result === ZERO) result = lessTrusted(ZERO);
  });
  return result;
}

/** A bit for each byte of a slot that is known to be 0. */
const zeroBytes = ({ value, size, zeros }: Slot): number =>
  value !== undefined && isZero(value) ? zeros | maskOf(0, size) : zeros;

function forEachByte(start: number, end: number, act: (index: number, mask: number) => void): void {
  const last = Math.min(STACK_SIZE, end + STACK_SIZE);
  for (let at = Math.max(0, start + STACK_SIZE); at < last; at++)
    act(Math.floor(at / SLOT_SIZE), maskOf(at % SLOT_SIZE, 1));
}

/** The kernel's stacksafe: what was not stored before was not made use of either. */
export function coversStack(before: Stack, now: Stack, ids: IdMap): boolean {
  for (let index = 0; index < before.length; index++) {
    const slot = before[index];
    if (slot !== undefined && !coversSlot(slot, now[index] ?? ANYTHING, ids)) return false;
  }
  return true;
}

function coversSlot(before: Slot, now: Slot, ids: IdMap): boolean {
  if (before === now && before.value === undefined) return true;
  if ((before.zeros & ~zerosOf(now)) !== 0) return false;
  if (before.value === undefined || before.value === UNKNOWN) return true;
  if (now.value === undefined) {
    return before.size === 8 && covers(before.value, now.zeros === 0xff ? ZERO : UNKNOWN, ids);
  }
  return before.size === now.size && covers(before.value, now.value, ids);
}

const zerosOf = ({ zeros }: Slot): number => zeros;

/** Every value that a stack holds, replaced where `change` says so. */
export function changeStack(stack: Stack, change: (value: Value) => Value): void {
  stack.forEach((slot, index) => {
    if (slot?.value === undefined) return;
    const value = change(slot.value);
    if (value !== slot.value) stack[index] = { ...slot, value };
  });
}

/** Takes it that what was stored since `before` may be anything. */
export function widenStack(stack: Stack, before: Stack): void {
  stack.forEach((slot, index) => {
    if (slot !== before[index]) stack[index] = ANYTHING;
  });
}
