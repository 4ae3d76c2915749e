import {
  type Btf,
  enumeratorNameOff,
  essentialName,
  formatType,
  kindOf,
  memberBitOffset,
  memberTypeOf,
  nameOf,
  skipModifiers,
  stringAt,
  type TypeId,
  vlenOf,
} from "@core/btf";
import { type FoundField, findLikeFields, nearestNames } from "@core/btf/find";
import type { Candidate, Rejection, Resolution } from "@core/matcher";
import { adviceForFailure, type Relocation } from "@core/relocate";
import { type Point, pointNameOf, type Spec } from "@core/spec";
import type { CheckKernel } from "../kernel.js";
import { suggestion, typesNear } from "../near-names.js";
import { formatAccessInC, formatGuard, rootTypeOf } from "./access.js";
import { ANONYMOUS, formatBothNames } from "./both-names.js";

/** A field of a kernel's that may be what a program looks for, under another name. */
export interface LikeField {
  /** The struct or union that has it, as C names it. */
  readonly of: string;
  readonly name: string;
  /** As C declares it: `unsigned int __state`. */
  readonly declaration: string;
  readonly bitOffset: number;
  /** In bits; 0 for what is no bitfield. */
  readonly bitSize: number;
  /** C that reads it where the kernel has it, and else what the program looks for; null where that takes more to say. */
  readonly code: string | null;
}

/** So many fields are shown that may be another one renamed. */
const MAX_LIKE = 3;

/** What a candidate has in place of a field that it lacks, most likely first. */
function likeFieldsOf({ btf }: Candidate, local: Spec, rejection: Rejection): readonly LikeField[] {
  if (rejection.code !== "no-such-member" || rejection.point.via !== "member") return [];
  const { point, in: struct } = rejection;
  const wanted = { name: pointNameOf(local.btf, point), ...declaredAt(local.btf, point) };
  return findLikeFields(btf, struct, wanted)
    .slice(0, MAX_LIKE)
    .map((field) => {
      const like = describe(btf, struct, field);
      const isArray = kindOf(btf, skipModifiers(btf, field.typeId)) === "array";
      const isSame = formatType(btf, field.typeId) === wanted.type;
      return { ...like, code: formatBothNames(local, point, { ...like, isArray, isSame }) };
    });
}

/** A flavor declares no more than it reads, so that the places of its fields say nothing. */
function declaredAt(btf: Btf, { typeId, index }: Point): { type: string; bitOffset?: number } {
  const type = formatType(btf, memberTypeOf(btf, typeId, index));
  const name = nameOf(btf, typeId);
  return name === essentialName(name) ? { type, bitOffset: memberBitOffset(btf, typeId, index) } : { type };
}

const describe = (
  btf: Btf,
  struct: TypeId,
  { name, typeId, bitOffset, bitSize }: FoundField,
): Omit<LikeField, "code"> => ({
  of: formatType(btf, struct),
  name,
  declaration: formatType(btf, typeId, name) + (bitSize === 0 ? "" : ` : ${bitSize}`),
  bitOffset,
  bitSize,
});

export const formatOffset = (bits: number): string => (bits % 8 === 0 ? `byte ${bits / 8}` : `bit ${bits}`);

export const formatLikeField = ({ of, declaration, bitOffset }: LikeField): string =>
  `${declaration} at ${formatOffset(bitOffset)} of ${of}`;

/** Registers as programs for some architectures find them (libbpf: bpf_tracing.h), which kernels of others do not have. */
const OF_ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["struct user_pt_regs", "arm64, s390 and loongarch"],
  ["struct user_regs_struct", "riscv"],
]);

/**
 * What to do about a relocation that failed or poisoned its instruction: sentences, and at last a piece of C.
 * @param kernel where to look for names that are near to one that is missing.
 */
export function adviceFor({ resolution, outcome }: Relocation, kernel?: CheckKernel): readonly string[] {
  if (outcome.kind === "failed") return [adviceForFailure(outcome)];
  if (outcome.kind !== "poisoned" || resolution === undefined) return [];
  if (outcome.reason === "no-match") return adviceForMissing(resolution, kernel);
  const access = formatAccessInC(resolution.local);
  return [`read it as many bytes as it has: bpf_core_read(&value, bpf_core_field_size(${access}), …)`];
}

function adviceForMissing({ local, attempts }: Resolution, kernel?: CheckKernel): readonly string[] {
  const root = rootTypeOf(local);
  const architectures = OF_ARCHITECTURES.get(root);
  if (attempts.length === 0 && architectures !== undefined)
    return [
      `${root} is of ${architectures} only: compile the object for the kernel's architecture (-D__TARGET_ARCH_…)`,
    ];
  const like = likeFields({ local, attempts });
  const [likeliest] = like;
  if (likeliest === undefined || likeliest.of.includes(ANONYMOUS)) {
    const near =
      attempts.length === 0 && kernel ? typesNearRoot(local, kernel) : enumeratorsNear(local, attempts);
    return [...suggestion(near), `ask first: if (${formatGuard(local)})`];
  }
  const renamed = like.length === 1 ? "is it renamed?" : "is it one of these?";
  return [
    `${like.map(formatLikeField).join(", or ")}: ${renamed}`,
    likeliest.code ?? `ask first: if (${formatGuard(local)})`,
  ];
}

const typesNearRoot = ({ btf, rootId }: Spec, kernel: CheckKernel): readonly string[] =>
  typesNear(kernel, essentialName(nameOf(btf, rootId)), kindOf(btf, rootId));

/** Enumerators of candidates that lack the one that is asked for. */
const enumeratorsNear = (local: Spec, attempts: Resolution["attempts"]): readonly string[] =>
  attempts.flatMap((attempt) => {
    if (attempt.matched || attempt.rejection.code !== "no-such-enumerator") return [];
    const { point, in: id } = attempt.rejection;
    const { btf } = attempt.candidate;
    const names = Array.from({ length: vlenOf(btf, id) }, (_, i) =>
      stringAt(btf, enumeratorNameOff(btf, id, i)),
    );
    return nearestNames(essentialName(pointNameOf(local.btf, point)), names);
  });

/** What the candidates have in place of a field that they lack. */
export const likeFields = ({
  local,
  attempts,
}: Pick<Resolution, "local" | "attempts">): readonly LikeField[] =>
  attempts.flatMap(({ candidate, ...attempt }) =>
    attempt.matched ? [] : likeFieldsOf(candidate, local, attempt.rejection),
  );
