import { type Btf, idsByName, type Kind, kindOf, nameOffOf, stringBytesAt, type TypeId } from "@core/btf";
import { isEnum } from "./comparison.js";

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
  const kinds = isEnum(kind) ? ENUMS : [kind];
  const inKernel = idsByName(target.kernel, name, "essential", kinds);
  if (inKernel.length > 0)
    return inKernel.map((typeId) => ({ btf: target.kernel, typeId, module: undefined }));
  return (target.modules ?? []).flatMap(({ name: module, btf }) =>
    idsByName(btf, name, "essential", kinds)
      .filter((typeId) => typeId >= btf.startId)
      .map((typeId) => ({ btf, typeId, module })),
  );
}
