import { INSN_SIZE } from "@core/insn-patch";
import type { Relocated } from "@core/relocate";
import { changedInstructions, type Instruction, type InstructionReader } from "./code.js";
import { explore } from "./explore.js";
import { type KernelTraits, traitsOf } from "./kernel.js";
import type { LinkedProgram } from "./link.js";
import { outlineOf } from "./outline.js";
import type { Explored, Knowledge, Place, Reachability } from "./reachability.js";

/**
 * Tells of each of `places` whether the kernel's verifier gets there when it is given the relocated program. Paths
 * are followed one by one, as the verifier does it, with what it knows of registers and stacks. It would refuse
 * the program at the first poisoned instruction; here paths go on behind it.
 *
 * @param places instructions of the program's functions
 * @throws RangeError for a place outside of them
 */
export function reachOf(
  linked: LinkedProgram,
  relocated: Relocated,
  places: readonly Place[],
  knowledge: Knowledge = {},
): readonly Reachability[] {
  if (places.length === 0) return [];
  const outline = outlineOf(linked);
  const asked = places.map((place) => {
    const number =
      (outline.starts.get(place.function) ?? NaN) + (place.insnOff - place.function.offset) / INSN_SIZE;
    if (outline.instructionAt(number)?.range.function !== place.function)
      throw new RangeError(`${place.insnOff} is no instruction of this program`);
    return number;
  });
  const traits = traitsOf(relocated.target.kernel);
  const changed = changedInstructions(outline, relocated);
  const instructionAt: InstructionReader = (number) => changed.get(number) ?? outline.instructionAt(number);
  const run = (): Explored =>
    explore(linked, outline, instructionAt, relocated, new Set(asked), traits, knowledge);
  const { found, unfollowed } = outline.hasExterns
    ? run()
    : remembered(outline.explored, keyOf(changed, asked, traits), run);
  return asked.map((number): Reachability => {
    const how = found.get(number);
    if (how === "sure") return { kind: "reached" };
    const because = how ?? unfollowed;
    return because === undefined ? { kind: "guarded" } : { kind: "unknown", because };
  });
}

/** Kernels that lay out alike what a program reads are many, and mostly next to each other. */
const MAX_REMEMBERED = 8;

function remembered(known: Map<string, Explored>, key: string, make: () => Explored): Explored {
  const explored = known.get(key) ?? make();
  known.set(key, explored);
  const [oldest] = known.keys();
  if (known.size > MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
  return explored;
}

/** All that the paths of a program depend on, unless it asks for what only one kernel has. */
function keyOf(
  changed: ReadonlyMap<number, Instruction>,
  asked: readonly number[],
  traits: KernelTraits,
): string {
  const parts: (string | number | boolean | bigint)[] = [asked.join(), ...Object.values(traits)];
  for (const [number, { insn, isPoisoned, wideImm }] of changed)
    parts.push(number, isPoisoned, insn.code, insn.off, insn.imm, wideImm);
  return parts.join(" ");
}

/** The instructions of a program that relocating it poisoned. */
export function poisonedPlaces(linked: LinkedProgram, { relocations }: Relocated): readonly Place[] {
  const functions = new Map(linked.functions.map((one) => [`${one.sectionIndex} ${one.offset}`, one]));
  return relocations.flatMap(({ local: { program, record }, outcome }) => {
    const owner = program && functions.get(`${program.sectionIndex} ${program.offset}`);
    return outcome.kind === "poisoned" && owner ? [{ function: owner, insnOff: record.insnOff }] : [];
  });
}
