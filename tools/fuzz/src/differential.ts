import { type Btf, kindOf, memberAt, parseBtf, sizeOf, typeIdAt, vlenOf } from "@core/btf";
import {
  comparable,
  differencesOf,
  type Harness,
  type HarnessAnswer,
  ourAnswer,
  runHarness,
} from "@core/conformance";
import { openObject, type Relocation, relocate } from "@core/relocate";
import { attempt } from "./invariants.js";
import { splitParts } from "./parts.js";

/** What libbpf and we make of one input. */
export type Comparison =
  | "same answers"
  | "both refuse it"
  /** It crashes, or comes to no end. */
  | "libbpf gives no answer"
  /** What is malformed where it does not look, or where our limits are. */
  | "only libbpf reads it"
  /** Such as sections of a BTF in another order. */
  | "only we read it"
  | "differs as documented"
  | "differs";

/** In milliseconds; most answers take some ten. */
const TIME_LIMIT = 5000;

/** Has libbpf answer what fuzzing made up, in a process of its own. */
export async function compareWithLibbpf(harness: Harness, data: Uint8Array): Promise<Comparison> {
  const [object = data, target = data] = splitParts(data, 2);
  const ours = attempt(() => {
    const [opened, kernel] = [openObject(object), parseBtf(target)];
    const { relocations } = relocate(opened, { kernel });
    return { kernel, relocations, answer: comparable(ourAnswer("", opened, { kernel })) };
  });
  let theirs: HarnessAnswer | undefined;
  try {
    theirs = await runHarness(harness, object, target, { timeLimit: TIME_LIMIT });
  } catch (error) {
    if (!String(error).includes("no usable BTF")) return "libbpf gives no answer";
  }
  if (theirs?.rc !== 0) return ours === undefined ? "both refuse it" : "only we read it";
  if (ours === undefined) return "only libbpf reads it";
  const differences = differencesOf(comparable({ ...theirs, object: "" }), ours.answer);
  if (differences.length === 0) return "same answers";
  const places = new Set(differences.map(({ at }) => at).filter((at) => at.includes("+")));
  const differing = ours.relocations.filter(({ local }) =>
    places.has(`${local.section}+${local.record.insnOff}`),
  );
  const isKnown = repeatsMembers(ours.kernel) || hasHugeTypes(ours.kernel) || differing.every(wrapsAround);
  return isKnown ? "differs as documented" : "differs";
}

/** Does it lead to numbers that do not fit into 32 bits? libbpf cuts them off. */
function wrapsAround({ local, resolution }: Relocation): boolean {
  const verdict = resolution?.verdict;
  const error = "code" in local.spec ? local.spec : verdict?.kind === "invalid" ? verdict.error : undefined;
  return error?.code === "overflow" || local.accessStr.split(":").some((index) => Number(index) >= 2 ** 31);
}

/** Is there a type of 2 GiB? libbpf takes its size for an error. */
function hasHugeTypes(btf: Btf): boolean {
  for (let id = 1; id < btf.endId; id++) {
    const size = attempt(() => sizeOf(btf, typeIdAt(btf, id)));
    if (size !== undefined && size >= 2 ** 31) return true;
  }
  return false;
}

/** Is a name twice among a struct's members? libbpf keeps the offset of the first when only the second goes. */
function repeatsMembers(btf: Btf): boolean {
  for (let id = 1; id < btf.endId; id++) {
    const typeId = typeIdAt(btf, id);
    const kind = kindOf(btf, typeId);
    if (kind !== "struct" && kind !== "union") continue;
    const names = Array.from({ length: vlenOf(btf, typeId) }, (_, i) => memberAt(btf, typeId, i).name);
    if (new Set(names).size < names.length) return true;
  }
  return false;
}
