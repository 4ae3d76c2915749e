import { type Btf, idsByName, kindOf, nameOffOf, stringBytesAt, type TypeId } from "@core/btf";
import { sameKind } from "./comparison.js";

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
}

/** A type of the target that may be meant by a local one. */
export interface Candidate {
  readonly btf: Btf;
  readonly typeId: TypeId;
  /** Name of the module that the type is from; `undefined` for vmlinux. */
  readonly module: string | undefined;
}

/**
 * The target's types of the same kind and essential name as a local one, in ascending order. Modules
 * are looked at only when vmlinux has none (libbpf: bpf_core_find_cands). A type without a name has no
 * candidates.
 */
export function findCandidates(local: Btf, localId: TypeId, target: Target): readonly Candidate[] {
  const name = stringBytesAt(local, nameOffOf(local, localId));
  const kind = kindOf(local, localId);
  const candidatesIn = (btf: Btf, module: string | undefined): Candidate[] =>
    idsByName(btf, name, "essential")
      .filter(
        (typeId) => sameKind(kind, kindOf(btf, typeId)) && (module === undefined || typeId >= btf.startId),
      )
      .map((typeId) => ({ btf, typeId, module }));

  const inKernel = candidatesIn(target.kernel, undefined);
  if (inKernel.length > 0) return inKernel;
  return (target.modules ?? []).flatMap(({ name: module, btf }) => candidatesIn(btf, module));
}
