import { type Btf, enumeratorNameOff, kindOf, sameName, skipModifiers, type TypeId, vlenOf } from "@core/btf";
import { familyOf, type Point, type Spec } from "@core/spec";
import type { Candidate } from "./candidate.js";
import type { Budget } from "./comparison.js";
import { typesIncompatible } from "./compatible.js";
import { matchField } from "./field-match.js";
import { type Match, matched, rejected } from "./rejection.js";
import { typesMismatch } from "./types-match.js";

/**
 * Matches a local spec against one candidate; if it does, the answer is the target's spec
 * (libbpf: bpf_core_spec_match).
 */
export function matchCandidate(local: Spec, { btf, typeId }: Candidate, budget: Budget): Match<Spec> {
  const match = matchPoints(local, btf, typeId, budget);
  return match.matched ? matched({ btf, rootId: typeId, kind: local.kind, points: match.found }) : match;
}

function matchPoints(local: Spec, target: Btf, typeId: TypeId, budget: Budget): Match<readonly Point[]> {
  switch (familyOf(local.kind)) {
    case "field":
      return matchField(local, target, typeId);
    case "enumval":
      return matchEnumerator(local, target, typeId);
    case "type": {
      const whyNot = local.kind === "type_matches" ? typesMismatch : typesIncompatible;
      const rejection = whyNot(local.btf, local.rootId, target, typeId, budget);
      return rejection === undefined
        ? matched([{ via: "root", index: 0, typeId, bitOffset: 0 }])
        : rejected(rejection);
    }
  }
}

/** The first enumerator of the same essential name will do, whatever its value. */
function matchEnumerator(local: Spec, target: Btf, rootId: TypeId): Match<readonly Point[]> {
  const typeId = skipModifiers(target, rootId);
  const kind = kindOf(target, typeId);
  const [point] = local.points;
  if ((kind !== "enum" && kind !== "enum64") || point?.via !== "enumerator")
    return rejected({ code: "no-enum", typeId });
  const nameOff = enumeratorNameOff(local.btf, point.typeId, point.index);
  const vlen = vlenOf(target, typeId);
  for (let index = 0; index < vlen; index++) {
    if (!sameName(local.btf, nameOff, target, enumeratorNameOff(target, typeId, index), "essential"))
      continue;
    return matched([{ via: "enumerator", index, typeId, bitOffset: 0 }]);
  }
  return rejected({ code: "no-such-enumerator", point, in: typeId });
}
