// The filters of xz that make machine code compress better: an encoder turns the relative addresses of branches into
// absolute ones, and these turn them back. Each architecture's is described in xz-file-format.txt (5.3.2) and, bit by
// bit, in lib/xz/xz_dec_bcj.c of Linux.

import { viewOf } from "@core/bytes";

/**
 * Turns back what it can of `bytes`, in place; `offset` is how many bytes came before them. Returns how many bytes are
 * done: of the few others, only what follows tells whether they are a branch.
 */
export type BranchFilter = (bytes: Uint8Array, offset: number) => number;

/** By the filter's id in xz. Each stream needs a filter of its own. */
export function branchFilter(id: number): BranchFilter | undefined {
  switch (id) {
    case 4:
      return x86();
    case 5:
      return powerpc;
    case 7:
      return arm;
    case 8:
      return armThumb;
    case 9:
      return sparc;
    case 10:
      return arm64;
    case 11:
      return riscv;
    default:
      return undefined;
  }
}

/** A filter for instructions of four bytes each. */
function everyWord(
  littleEndian: boolean,
  decode: (instruction: number, address: number) => number,
): BranchFilter {
  return (bytes, offset) => {
    const view = viewOf(bytes);
    const end = bytes.length & ~3;
    for (let at = 0; at < end; at += 4) {
      const instruction = view.getUint32(at, littleEndian);
      const decoded = decode(instruction, (offset + at) | 0);
      if (decoded !== instruction) view.setUint32(at, decoded, littleEndian);
    }
    return end;
  };
}

const powerpc = everyWord(false, (instruction, address) =>
  (instruction & 0xfc000003) >>> 0 === 0x48000001
    ? 0x48000001 | ((instruction - address) & 0x03fffffc)
    : instruction,
);

const arm = everyWord(true, (instruction, address) =>
  instruction >>> 24 === 0xeb
    ? 0xeb000000 | ((((instruction << 2) - (address + 8)) >>> 2) & 0x00ffffff)
    : instruction,
);

const sparc = everyWord(false, (instruction, address) => {
  if (instruction >>> 22 !== 0x100 && instruction >>> 22 !== 0x1ff) return instruction;
  const target = ((instruction << 2) - address) >>> 2;
  return (0x40000000 - (target & 0x400000)) | 0x40000000 | (target & 0x3fffff);
});

const arm64 = everyWord(true, (instruction, address) => {
  if (instruction >>> 26 === 0x25) return 0x94000000 | ((instruction - (address >>> 2)) & 0x03ffffff);
  if ((instruction & 0x9f000000) >>> 0 !== 0x90000000) return instruction;
  const page = ((instruction >>> 29) & 3) | ((instruction >>> 3) & 0x1ffffc);
  // Only pages within 512 MiB were changed.
  if (((page + 0x020000) & 0x1c0000) !== 0) return instruction;
  const target = page - (address >>> 12);
  return (
    (instruction & 0x9000001f) |
    ((target & 3) << 29) |
    ((target & 0x03fffc) << 3) |
    (-(target & 0x020000) & 0xe00000)
  );
});

const armThumb: BranchFilter = (bytes, offset) => {
  const view = viewOf(bytes);
  let at = 0;
  for (; at + 4 <= bytes.length; at += 2) {
    const high = view.getUint16(at, true);
    const low = view.getUint16(at + 2, true);
    if ((high & 0xf800) !== 0xf000 || (low & 0xf800) !== 0xf800) continue;
    const coded = ((high & 0x7ff) << 11) | (low & 0x7ff);
    const target = ((coded << 1) - (offset + at + 4)) >>> 1;
    view.setUint16(at, 0xf000 | ((target >>> 11) & 0x7ff), true);
    view.setUint16(at + 2, 0xf800 | (target & 0x7ff), true);
    at += 2;
  }
  return at;
};

const riscv: BranchFilter = (bytes, offset) => {
  const view = viewOf(bytes);
  let at = 0;
  for (; at + 8 <= bytes.length; at += 2) {
    const first = view.getUint32(at, true);
    if ((first & 0xff) === 0xef) {
      // JAL. Only ra and t0 were changed; the address is stored from its upper bits down.
      if (((first >>> 8) & 0x0d) !== 0) continue;
      const coded = ((first << 5) & 0x1e0000) | ((first >>> 7) & 0x1fe00) | ((first >>> 23) & 0x1fe);
      const target = coded - (offset + at);
      const middle = ((target >>> 16) & 0x0f) | ((target >>> 7) & 0x10) | ((target << 4) & 0xe0);
      const high = ((target >>> 4) & 0x7f) | ((target >>> 13) & 0x80);
      const low = ((first >>> 8) & 0x0f) | ((target >>> 8) & 0xf0);
      view.setUint32(at, 0xef | (low << 8) | (middle << 16) | (high << 24), true);
      at += 2;
    } else if ((first & 0x7f) === 0x17) {
      const second = view.getUint32(at + 4, true);
      if ((first & 0xe80) !== 0) {
        // AUIPC to another register than x0 and x2: with an instruction behind it that uses it, it was not changed
        // but is what the encoder makes of one to x2.
        if ((((first << 8) ^ (second - 3)) & 0xf8003) !== 0) {
          at += 4;
          continue;
        }
        view.setUint32(at, 0x17 | (2 << 7) | (second << 12), true);
        view.setUint32(at + 4, (first & 0xfffff000) + (second >>> 20), true);
      } else {
        // AUIPC to x2 with a register in its upper bits: a changed pair.
        const register = first >>> 27;
        if (((first - 0x3117) << 18) >>> 0 >= (register & 0x1d)) {
          at += 2;
          continue;
        }
        const target = view.getUint32(at + 4, false) - (offset + at);
        view.setUint32(at, 0x17 | (register << 7) | ((target + 0x800) & 0xfffff000), true);
        view.setUint32(at + 4, (first >>> 12) | (target << 20), true);
      }
      at += 6;
    }
  }
  return at;
};

/** Whether a byte is the upper one of an address that may have been changed. */
const isSignByte = (byte: number): boolean => byte === 0 || byte === 0xff;

/** x86's CALL and JMP may start anywhere, so what looked like one shortly before matters. */
function x86(): BranchFilter {
  /** Which of the three bytes before the next one looked like an opcode that was not changed, as bits. */
  let before = 0;
  return (bytes, offset) => {
    const view = viewOf(bytes);
    const end = bytes.length - 4;
    let last = -1;
    let at = 0;
    for (; at < end; at++) {
      if (((bytes[at] ?? 0) & 0xfe) !== 0xe8) continue;
      const gap = at - last;
      last = at;
      before = gap > 3 ? 0 : (before << (gap - 1)) & 7;
      /** How many bytes back the oldest opcode of the three is, from the address's end. */
      const shift = before === 0 ? 0 : before === 1 ? 1 : before < 4 ? 2 : 3;
      if (before !== 0) {
        const isAllowed = before === 1 || before === 2 || before === 4;
        if (!isAllowed || isSignByte(bytes[at + 4 - shift] ?? 0)) {
          before = (before << 1) | 1;
          continue;
        }
      }
      if (!isSignByte(bytes[at + 4] ?? 0)) {
        before = (before << 1) | 1;
        continue;
      }
      let source = view.getUint32(at + 1, true);
      let target: number;
      for (;;) {
        target = (source - (offset + at + 5)) >>> 0;
        if (shift === 0 || !isSignByte((target >>> (24 - 8 * shift)) & 0xff)) break;
        source = (target ^ (2 ** (32 - 8 * shift) - 1)) >>> 0;
      }
      view.setUint32(at + 1, (target & 0x01ffffff) | -(target & 0x01000000), true);
      at += 4;
    }
    const done = Math.max(at, 0);
    const gap = done - last;
    before = gap > 3 ? 0 : before << (gap - 1);
    return done;
  };
}
