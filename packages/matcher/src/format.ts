import {
  arrayNelemsOf,
  type Btf,
  enumeratorNameOff,
  formatType,
  intOffsetOf,
  kflagOf,
  kindOf,
  memberBitOffset,
  memberNameOff,
  nameOf,
  ownSizeOf,
  skipModifiers,
  stringAt,
  type TypeId,
  vlenOf,
} from "@core/btf";
import { describeType, formatAccess, type Point, pointNameOf, type Spec, shorten } from "@core/spec";
import type { Candidate } from "./candidate.js";
import { isComposite, isEnum } from "./comparison.js";
import type { Part, Rejection, TypeRejection } from "./rejection.js";

/**
 * Why a candidate does not match, as a sentence without its full stop. Names are as in the BTF, not yet
 * made printable; overlong ones are cut.
 */
export function formatRejection(local: Spec, { btf }: Candidate, rejection: Rejection): string {
  switch (rejection.code) {
    case "no-such-member":
      return `${describeType(btf, rejection.in)} has no member ${nameIn(local, rejection.point)}`;
    case "incompatible-member": {
      const { point, in: structId, index, localTypeId, typeId } = rejection;
      const where = `${formatOffset(memberBitOffset(btf, structId, index))} of ${describeType(btf, structId)}`;
      return `member ${nameIn(local, point)} at ${where} is ${formatPair(btf, typeId, local.btf, localTypeId)}`;
    }
    case "no-struct":
      return `${describeType(btf, rejection.typeId)} has no members, so no ${nameIn(local, rejection.point)}`;
    case "no-array":
      return `${describeType(btf, rejection.typeId)} is no array, so it has no element ${rejection.point.index}`;
    case "index-out-of-bounds": {
      const { typeId, nelems, point } = rejection;
      const length = nelems === 0 ? "no elements and is no flexible array" : count(nelems, "element");
      return `${describeType(btf, typeId)} has ${length}, so it has none at index ${point.index}`;
    }
    case "no-enum":
      return `${describeType(btf, rejection.typeId)} is no enum`;
    case "no-such-enumerator":
      return `${describeType(btf, rejection.in)} has no enumerator ${nameIn(local, rejection.point)}`;
    case "types-differ":
    case "no-counterpart":
      return formatPath(local.btf, rejection.path) + formatDifference(local.btf, btf, rejection);
  }
}

const nameIn = ({ btf }: Spec, point: Point): string => shorten(pointNameOf(btf, point));

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;

const formatOffset = (bits: number): string => (bits % 8 === 0 ? `byte ${bits / 8}` : `bit ${bits}`);

/** The target's type, and the local one that it does not go with. Where C calls them the same, their kinds tell. */
function formatPair(btf: Btf, typeId: TypeId, local: Btf, localTypeId: TypeId): string {
  const found = shorten(formatType(btf, typeId));
  const wanted = shorten(formatType(local, localTypeId));
  if (found !== wanted) return `${found}, not ${wanted}`;
  const kind = formatKind(btf, skipModifiers(btf, typeId));
  const wantedKind = formatKind(local, skipModifiers(local, localTypeId));
  return `${found} (${kind}), not ${wanted} (${wantedKind})`;
}

function formatKind(btf: Btf, id: TypeId): string {
  const kind = kindOf(btf, id);
  if (kind === "fwd") return `fwd of a ${kflagOf(btf, id) ? "union" : "struct"}`;
  return kind === "int" && intOffsetOf(btf, id) !== 0 ? "int that is a bitfield" : kind;
}

/** Where in the local root type: `in .sched_info.run(parameter 2): `. */
function formatPath(local: Btf, path: readonly Part[]): string {
  const parts = path.map(({ localTypeId, index }) => {
    if (!isComposite(kindOf(local, localTypeId))) return `(parameter ${index + 1})`;
    const name = memberName(local, localTypeId, index);
    return name === "" ? "" : `.${name}`;
  });
  const where = parts.join("");
  return where === "" ? "" : `in ${where}: `;
}

function formatDifference(local: Btf, btf: Btf, rejection: TypeRejection): string {
  const { localTypeId, typeId } = rejection;
  const found = describeType(btf, typeId);
  if (rejection.code === "no-counterpart")
    return `${found} has no ${formatElement(local, localTypeId, rejection.index)}`;
  const wanted = `the local ${describeType(local, localTypeId)}`;
  const unequal = (read: (btf: Btf, id: TypeId) => number, what: string): string =>
    `${found} has ${count(read(btf, typeId), what)}, not ${read(local, localTypeId)} like ${wanted}`;
  switch (rejection.by) {
    case "name":
      return `${found} is not named like ${wanted}`;
    case "kind":
      return `${found} is of kind ${formatKind(btf, typeId)}, not ${formatKind(local, localTypeId)} like ${wanted}`;
    case "incomparable":
      return `${found} is of kind ${kindOf(btf, typeId)}, in which no type counts as like another`;
    case "size":
      return unequal(ownSizeOf, "byte");
    case "signedness":
      return `${found} and ${wanted} differ in signedness`;
    case "bit-offset":
      return `${found} and ${wanted} do not both start at bit 0`;
    case "nelems":
      return unequal(arrayNelemsOf, "element");
    case "params":
      return unequal(vlenOf, "parameter");
    case "fewer":
      return unequal(vlenOf, isEnum(kindOf(btf, typeId)) ? "enumerator" : "member");
  }
}

/** A local member or enumerator that the target lacks. */
function formatElement(local: Btf, typeId: TypeId, index: number): string {
  if (isEnum(kindOf(local, typeId))) {
    return `enumerator ${shorten(stringAt(local, enumeratorNameOff(local, typeId, index)))}`;
  }
  const name = memberName(local, typeId, index);
  return name === "" ? "anonymous member" : `member ${name}`;
}

const memberName = (btf: Btf, typeId: TypeId, index: number): string =>
  shorten(stringAt(btf, memberNameOff(btf, typeId, index)));

/** A candidate as libbpf names it: `[2] struct task_struct in vmlinux`. */
export function formatCandidate({ btf, typeId, module }: Candidate): string {
  return `[${typeId}] ${kindOf(btf, typeId)} ${shorten(nameOf(btf, typeId))} in ${shorten(module ?? "vmlinux")}`;
}

/** What a relocation accesses, as C writes it: `struct task_struct.real_parent.tgid`. */
export function formatSubject(spec: Spec): string {
  return shorten(formatType(spec.btf, spec.rootId)) + formatAccess(spec);
}
