// BTF as it is, and BTF somewhere in other bytes.

import { type Btf, BtfError, expectNames, idsByName, parseBtf } from "@core/btf";
import { type ByteOrder, encodeUtf8, readerOf } from "@core/bytes";
import { Fault } from "./error.js";

const HEADER = 24;
/** The longest header that is looked for; the longest one known has 32 bytes. */
const MAX_HEADER = 256;
/** How many plausible headers are followed up, those of the largest first. Real images have a handful. */
const MAX_CANDIDATES = 16;

/** What a BTF header says, when it fits the bytes behind it. */
export interface RawBtf {
  readonly bytes: Uint8Array;
  readonly order: ByteOrder;
  /** Its strings do not start with the empty one: that is in its base. */
  readonly isSplit: boolean;
}

/** Whether BTF of version 1 starts here. */
export function isBtf(bytes: Uint8Array): boolean {
  return orderAt(bytes, 0) !== undefined && bytes[2] === 1 && bytes.length >= HEADER;
}

function orderAt(bytes: Uint8Array, at: number): ByteOrder | undefined {
  if (bytes[at] === 0x9f && bytes[at + 1] === 0xeb) return "little";
  if (bytes[at] === 0xeb && bytes[at + 1] === 0x9f) return "big";
  return undefined;
}

/** The BTF that starts at `at` and ends where its header says; undefined when that header is not plausible. */
function rawAt(bytes: Uint8Array, at: number): RawBtf | undefined {
  const order = orderAt(bytes, at);
  // Version 1, no flags.
  if (order === undefined || bytes[at + 2] !== 1 || bytes[at + 3] !== 0) return undefined;
  const { has, u32 } = readerOf(bytes, order);
  if (!has(at, HEADER)) return undefined;
  const header = u32(at + 4);
  const [typeOff, typeLen, strOff, strLen] = [u32(at + 8), u32(at + 12), u32(at + 16), u32(at + 20)];
  if (header < HEADER || header > MAX_HEADER || typeOff + typeLen > strOff) return undefined;
  const size = header + strOff + strLen;
  if (!has(at, size) || (strLen > 0 && bytes[at + size - 1] !== 0)) return undefined;
  const isSplit = strLen === 0 || bytes[at + header + strOff] !== 0;
  return { bytes: bytes.subarray(at, at + size), order, isSplit };
}

/**
 * Looks at bytes that are BTF. What is not split is parsed whole; of what is split, only the header, because the rest
 * needs its base.
 *
 * @throws {Fault} `malformed`.
 */
export function readRaw(bytes: Uint8Array): RawBtf & { readonly btf: Btf | undefined } {
  const raw = rawAt(bytes, 0);
  if (raw?.isSplit) return { ...raw, bytes, btf: undefined };
  const btf = parsed(bytes);
  return { bytes, order: btf.order, isSplit: false, btf };
}

function parsed(bytes: Uint8Array): Btf {
  try {
    return parseBtf(bytes);
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    throw new Fault("malformed", error.message, error.site.offset, error);
  }
}

const KERNEL_STRUCT = encodeUtf8("task_struct");

/** Whether these are a kernel's types, and not, say, those of a BPF program that a kernel carries along. */
export function isKernel(btf: Btf): boolean {
  // One object is often all that the types are read for: relocating it then takes no index, and neither does this.
  expectNames(btf, () => ({ names: [KERNEL_STRUCT], kinds: ["struct"] }));
  return idsByName(btf, KERNEL_STRUCT, "exact", ["struct"]).length > 0;
}

/** The largest BTF of a kernel anywhere in `bytes`: a kernel image also holds that of its own BPF programs. */
export function findKernelBtf(bytes: Uint8Array): RawBtf | undefined {
  const candidates: RawBtf[] = [];
  const keepLargest = () => {
    candidates.sort((a, b) => b.bytes.length - a.bytes.length);
    candidates.length = Math.min(candidates.length, MAX_CANDIDATES);
  };
  // Both byte orders of the magic number have this byte.
  for (let at = bytes.indexOf(0xeb); at !== -1; at = bytes.indexOf(0xeb, at + 1)) {
    const raw = rawAt(bytes, bytes[at + 1] === 0x9f ? at : at - 1);
    if (raw !== undefined && !raw.isSplit) candidates.push(raw);
    if (candidates.length === 2 * MAX_CANDIDATES) keepLargest();
  }
  keepLargest();
  return candidates.find(({ bytes: own }) => {
    try {
      return isKernel(parseBtf(own));
    } catch (error) {
      if (error instanceof BtfError) return false;
      throw error;
    }
  });
}
