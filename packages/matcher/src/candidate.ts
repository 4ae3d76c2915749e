import {
  type Btf,
  expectNames,
  idsByName,
  type Kind,
  kindOf,
  nameOffOf,
  stringBytesAt,
  type TypeId,
} from "@core/btf";
import { isEnum } from "./comparison.js";
import { expectObject } from "./known-matches.js";
import { repeats } from "./repeats.js";

/** Both count as one kind. */
const ENUMS: readonly Kind[] = ["enum", "enum64"];

/** A kernel module's split BTF. */
export interface ModuleBtf {
  readonly name: string;
  readonly btf: Btf;
}

/** The kernel that relocations are resolved against. */
export interface Target {
  /** Of vmlinux. */
  readonly kernel: Btf;
  readonly modules?: readonly ModuleBtf[];
  /**
   * Which modules' types count: those that vmlinux has no candidate of (libbpf, the default), or all
   * (cilium/ebpf). Then a module's copy of a type that was found before is not counted again.
   */
  readonly searchModules?: "if-missing" | "all";
}

/** A type of the target that may be meant by a local one. */
export interface Candidate {
  readonly btf: Btf;
  readonly typeId: TypeId;
  /** Name of the module that the type is from; `undefined` for vmlinux. */
  readonly module: string | undefined;
}

const kindsLike = (kind: Kind): readonly Kind[] => (isEnum(kind) ? ENUMS : [kind]);

/**
 * Says that an object is going to be relocated against a target, and which local types' candidates are going to be looked
 * for. It changes no answer: the first few objects get their candidates sooner, and later ones what earlier ones found.
 */
export function expectCandidates(local: Btf, localIds: readonly TypeId[], target: Target): void {
  expectObject(target.kernel);
  for (const { btf } of target.modules ?? []) expectObject(btf);
  expectNames(target.kernel, () => ({
    names: localIds.map((id) => stringBytesAt(local, nameOffOf(local, id))),
    kinds: [...new Set(localIds.flatMap((id) => kindsLike(kindOf(local, id))))],
  }));
}

/**
 * The target's types of the same kind and essential name as a local one, in ascending order. Modules
 * are looked at only when vmlinux has none (libbpf: bpf_core_find_cands), unless the target says otherwise. A type
 * without a name has no candidates.
 */
export function findCandidates(local: Btf, localId: TypeId, target: Target): readonly Candidate[] {
  const name = stringBytesAt(local, nameOffOf(local, localId));
  const kinds = kindsLike(kindOf(local, localId));
  const found = idsByName(target.kernel, name, "essential", kinds).map(
    (typeId): Candidate => ({ btf: target.kernel, typeId, module: undefined }),
  );
  const all = target.searchModules === "all";
  if (found.length > 0 && !all) return found;
  for (const { name: module, btf } of target.modules ?? []) {
    for (const typeId of idsByName(btf, name, "essential", kinds))
      if (typeId >= btf.startId) found.push({ btf, typeId, module });
  }
  return all ? distinctOf(target, found) : found;
}

/** By target, by BTF, by its first type of a name and kind: local types may be flavors of one name by the thousand. */
const known = new WeakMap<Target, Map<Btf, Map<TypeId, readonly Candidate[]>>>();

/** All of a name and kind but modules' copies of those before them. */
function distinctOf(target: Target, candidates: readonly Candidate[]): readonly Candidate[] {
  const [first] = candidates;
  if (first === undefined) return candidates;
  const ofTarget = known.get(target) ?? new Map<Btf, Map<TypeId, readonly Candidate[]>>();
  const ofFirst = ofTarget.get(first.btf) ?? new Map<TypeId, readonly Candidate[]>();
  const distinct = ofFirst.get(first.typeId) ?? withoutCopies(candidates);
  known.set(target, ofTarget.set(first.btf, ofFirst.set(first.typeId, distinct)));
  return distinct;
}

/** So many of those before it a type is compared with. Real kernels have a few of one name. */
const MAX_COMPARED = 64;

function withoutCopies(candidates: readonly Candidate[]): readonly Candidate[] {
  const compared: Candidate[] = [];
  return candidates.filter((candidate) => {
    const { btf, typeId, module } = candidate;
    const isCopy =
      module !== undefined && compared.some((other) => repeats(btf, typeId, other.btf, other.typeId));
    if (!isCopy && compared.length < MAX_COMPARED) compared.push(candidate);
    return !isCopy;
  });
}
