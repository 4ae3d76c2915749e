import { type Btf, formatType, kindOf, memberBitOffset, nameOf, type TypeId } from "@core/btf";
import { formatAccess, type Point, type Spec } from "@core/spec";
import type { Candidate } from "./candidate.js";
import type { Rejection } from "./rejection.js";

/**
 * Why a candidate does not match, as a sentence without its full stop. Names are as in the BTF, not yet
 * made printable.
 */
export function formatRejection(local: Spec, { btf }: Candidate, rejection: Rejection): string {
  switch (rejection.code) {
    case "no-such-member":
      return `${describe(btf, rejection.in)} has no member ${nameIn(rejection.point)}`;
    case "incompatible-member": {
      const offset = memberBitOffset(btf, rejection.in, rejection.index) / 8;
      const found = formatType(btf, rejection.typeId);
      const wanted = formatType(local.btf, rejection.localTypeId);
      return `member ${nameIn(rejection.point)} at byte ${offset} of ${describe(btf, rejection.in)} is ${found}, not ${wanted}`;
    }
    case "no-struct":
      return `${describe(btf, rejection.typeId)} has no members, so no ${nameIn(rejection.point)}`;
    case "no-array":
      return `${describe(btf, rejection.typeId)} is no array, so has no element ${rejection.point.index}`;
    case "index-out-of-bounds":
      return `the array has ${rejection.nelems} elements, none at ${rejection.point.index}`;
    case "no-enum":
      return `${describe(btf, rejection.typeId)} is no enum`;
    case "no-such-enumerator":
      return `${describe(btf, rejection.in)} has no enumerator ${nameIn(rejection.point)}`;
    case "types-differ":
      return `${describe(btf, rejection.typeId)} does not go with ${describe(local.btf, rejection.localTypeId)}`;
  }
}

const nameIn = (point: Point): string => ("name" in point ? point.name : `[${point.index}]`);

const describe = (btf: Btf, id: TypeId): string => `${formatType(btf, id)} [${id}]`;

/** A candidate as libbpf names it: `[2] struct task_struct in vmlinux`. */
export function formatCandidate({ btf, typeId, module }: Candidate): string {
  return `[${typeId}] ${kindOf(btf, typeId)} ${nameOf(btf, typeId)} in ${module ?? "vmlinux"}`;
}

/** What a relocation accesses, as C writes it: `struct task_struct.real_parent.tgid`. */
export function formatSubject(spec: Spec): string {
  return formatType(spec.btf, spec.rootId) + formatAccess(spec);
}
