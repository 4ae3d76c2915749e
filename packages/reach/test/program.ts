import { type Btf, parseBtf, writeBtf } from "@core/btf";
import { viewOf } from "@core/bytes";
import { INSN_SIZE, POISON_IMM } from "@core/insn-patch";
import type { BpfObject, Relocated } from "@core/relocate";
import type { LinkedFunction, LinkedProgram, Place, Reference } from "../src/index.js";
import { assemble } from "./assemble.js";

/** A program of one section, the functions one after the other, that is relocated already. */
export interface Assembled {
  readonly linked: LinkedProgram;
  readonly relocated: Relocated;
  /** Its poisoned instructions. */
  readonly poisoned: readonly Place[];
}

const OLD_KERNEL = parseBtf(writeBtf([], { order: "little" }));

/** With what tells Linux 6.8 and 6.14. */
const enumerators = [{ name: "BPF_TRACE_UPROBE_SESSION", value: 57n }];
const members = [{ name: "called", typeId: 1, bitOffset: 0, bitSize: 0 }];
export const NEW_KERNEL = parseBtf(
  writeBtf(
    [
      { kind: "enum", name: "bpf_attach_type", size: 4, signed: false, enumerators },
      { kind: "struct", name: "bpf_func_info_aux", size: 4, members },
    ],
    { order: "little" },
  ),
);

type LocalRelocation = BpfObject["relocations"][number];

const relocationAt = (program: LinkedFunction, insnOff: number): LocalRelocation =>
  ({
    program,
    record: { insnOff, typeId: 0, accessStrOff: 0, kind: 0 },
  }) satisfies Partial<LocalRelocation> as unknown as LocalRelocation;

/**
 * @param references by the number of the instruction slot
 * @param rodata the bytes of a section `.rodata`
 */
export function programOf(
  texts: readonly string[],
  references: Readonly<Record<number, (functions: readonly LinkedFunction[]) => Reference>> = {},
  rodata: Uint8Array = new Uint8Array(),
  kernel: Btf = OLD_KERNEL,
): Assembled {
  const parts = texts.map(assemble);
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(size + rodata.length);
  const found = new Map<number, Reference>();
  let offset = 0;
  const functions = parts.map((part, index): LinkedFunction => {
    bytes.set(part, offset);
    const start = offset;
    offset += part.length;
    return {
      name: `function${index}`,
      section: "raw_tp/event",
      sectionIndex: 0,
      offset: start,
      size: part.length,
      global: false,
      typeId: undefined,
      references: found,
    };
  });
  bytes.set(rodata, size);
  for (const [slot, make] of Object.entries(references)) found.set(Number(slot) * INSN_SIZE, make(functions));
  const section = { type: 1, flags: 0, addr: 0n, link: 0, info: 0, addralign: 8, entsize: 0 };
  const object = {
    elf: {
      bytes,
      order: "little",
      class: 64,
      type: 1,
      machine: 247,
      flags: 0,
      sections: [
        { ...section, index: 0, name: "raw_tp/event", offset: 0, size },
        { ...section, index: 1, name: ".rodata", offset: size, size: rodata.length },
      ],
    },
    btf: undefined,
    ext: undefined,
    programs: functions,
    // Any of them may be.
    relocations: functions.flatMap((program) =>
      Array.from({ length: program.size / INSN_SIZE }, (_, slot) =>
        relocationAt(program, program.offset + slot * INSN_SIZE),
      ),
    ),
  } satisfies Partial<BpfObject> as unknown as BpfObject;
  const [main, ...others] = functions;
  if (main === undefined) throw new Error("a program without functions");
  const view = viewOf(bytes);
  const poisoned = functions.flatMap((one) =>
    Array.from({ length: one.size / INSN_SIZE }, (_, slot) => one.offset + slot * INSN_SIZE)
      .filter((at) => view.getUint8(at) === 0x85 && view.getInt32(at + 4, true) === POISON_IMM)
      .map((insnOff) => ({ function: one, insnOff })),
  );
  return {
    linked: { object, functions: [main, ...others] },
    relocated: { object, target: { kernel }, relocations: [], code: new Map() },
    poisoned,
  };
}
