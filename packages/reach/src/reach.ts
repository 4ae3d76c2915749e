import { INSN_SIZE } from "@core/insn-patch";
import type { Relocated } from "@core/relocate";
import { type Instruction, type InstructionReader, isAlike, relocatedReader } from "./code.js";
import { explore } from "./explore.js";
import { traitsOf } from "./kernel.js";
import type { LinkedProgram } from "./link.js";
import { type Outline, outlineOf } from "./outline.js";
import type { Explored, Knowledge, Place, Reachability } from "./reachability.js";
import type { Reference } from "./reference.js";

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
  const instructionAt = relocatedReader(outline, relocated);
  const { found, unfollowed } = remembered(
    outline,
    [asked, Object.values(traits)].join(" "),
    instructionAt,
    (read) => explore(linked, outline, read, relocated, new Set(asked), traits, knowledge),
  );
  return asked.map((number): Reachability => {
    const how = found.get(number);
    if (how === "sure") return { kind: "reached" };
    const because = how ?? unfollowed;
    return because === undefined ? { kind: "guarded" } : { kind: "unknown", because };
  });
}

/** Kernels that lay out alike what a program reads are many, and mostly next to each other. */
const MAX_REMEMBERED = 8;

/** What was found before, if nothing that was read for it is another now. */
function remembered(
  { explored, relocated }: Outline,
  asked: string,
  instructionAt: InstructionReader,
  explore: (instructionAt: InstructionReader) => Explored,
): Explored {
  const known = explored.find(
    (one) =>
      one.asked === asked &&
      [...one.read].every(([number, before]) => isAlike(before, instructionAt(number))),
  );
  if (known !== undefined) return known;
  const read = new Map<number, Instruction>();
  let isOfOneKernel = false;
  const found = explore((number) => {
    const instruction = instructionAt(number);
    if (instruction !== undefined && relocated.has(number)) read.set(number, instruction);
    isOfOneKernel ||= isOfKernel(instruction?.reference);
    return instruction;
  });
  if (isOfOneKernel) return found;
  explored.push({ asked, read, ...found });
  if (explored.length > MAX_REMEMBERED) explored.shift();
  return found;
}

/** Does it refer to what one kernel has, and another has not? */
const isOfKernel = (reference: Reference | undefined): boolean =>
  reference?.kind === "kconfig" || reference?.kind === "ksym" || reference?.kind === "kfunc";

/** The instructions of a program that relocating it poisoned. */
export function poisonedPlaces(linked: LinkedProgram, { relocations }: Relocated): readonly Place[] {
  const functions = new Map(linked.functions.map((one) => [`${one.sectionIndex} ${one.offset}`, one]));
  return relocations.flatMap(({ local: { program, record }, outcome }) => {
    const owner = program && functions.get(`${program.sectionIndex} ${program.offset}`);
    return outcome.kind === "poisoned" && owner ? [{ function: owner, insnOff: record.insnOff }] : [];
  });
}
