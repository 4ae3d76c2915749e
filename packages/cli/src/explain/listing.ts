import { readerOf } from "@core/bytes";
import { sectionBytes } from "@core/elf";
import { formatInsn, insnLengthAt } from "@core/insn-patch";
import type { Program, Relocated } from "@core/relocate";

/** One instruction, before and after its relocation. */
export interface ListedInsn {
  /** Counted from the start of its function, in slots of 8 bytes, as libbpf and the verifier do. */
  readonly index: number;
  readonly before: string;
  readonly after: string;
  readonly isAsked: boolean;
}

/** The instructions around the one at `insnOff` bytes of the section, `margin` of them on either side. */
export function listingOf(
  { object, code }: Relocated,
  { offset, size, sectionIndex }: Program,
  insnOff: number,
  margin: number,
): readonly ListedInsn[] {
  const section = object.elf.sections[sectionIndex];
  if (section === undefined) return [];
  const original = sectionBytes(object.elf, section);
  const own = (bytes: Uint8Array) => readerOf(bytes.subarray(offset, offset + size), object.elf.order);
  const [before, after] = [own(original), own(code.get(sectionIndex) ?? original)];
  const insns: ListedInsn[] = [];
  for (let at = 0; at < size; at += insnLengthAt(before, at)) {
    const isAsked = offset + at === insnOff;
    insns.push({ index: at / SLOT, before: formatInsn(before, at), after: formatInsn(after, at), isAsked });
  }
  const middle = insns.findIndex(({ isAsked }) => isAsked);
  return middle < 0 ? [] : insns.slice(Math.max(0, middle - margin), middle + margin + 1);
}

/** In bytes. */
const SLOT = 8;
