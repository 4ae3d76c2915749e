import type { Btf } from "@core/btf";
import type { Demand } from "./demands.js";
import { type ExternReference, findKfunc, isTaggedKfunc } from "./externs.js";
import { featuresOfSection, hasFeature } from "./features.js";
import type { Finding } from "./finding.js";
import { helperNameOf } from "./helper-names.js";
import { refusedHere } from "./helper-places.js";
import { isNeverAllowed } from "./helper-table.js";
import type { CheckKernel, Feature } from "./kernel.js";
import type { PreparedProgram } from "./prepare.js";
import type { ProgramSection } from "./section.js";

/** What a kernel lacks of what an instruction asks for. */
export function unmet(
  kernel: CheckKernel,
  local: Btf | undefined,
  program: PreparedProgram,
  demand: Demand,
): Finding | undefined {
  switch (demand.kind) {
    case "feature":
      return hasFeature(kernel, demand.feature) ? undefined : lacksFeature(kernel, demand.feature);
    case "helper":
      return lacksHelper(kernel, program, demand.id);
    case "kfunc":
      return local === undefined ? undefined : lacksKfunc(kernel, local, demand.reference);
  }
}

/** What a kernel lacks that a program of such a section needs. */
export const unmetBySection = (kernel: CheckKernel, section: ProgramSection): readonly Finding[] =>
  featuresOfSection(section).flatMap((feature) =>
    hasFeature(kernel, feature) ? [] : [{ ...lacksFeature(kernel, feature), code: "prog-type-unsupported" }],
  );

function lacksFeature(kernel: CheckKernel, feature: Feature): Finding {
  const { name, hint } = feature;
  const signs = feature.signs.map((sign) => sign.name).join(", ");
  const isKnown = hasFeature(kernel, feature) === false;
  return {
    code: "insn-unsupported",
    verdict: isKnown ? "fails" : "unknown",
    message: isKnown
      ? `the kernel does not support ${name}: its BTF has none of ${signs}`
      : `whether the kernel supports ${name} cannot be told: its BTF has none of what would tell (${signs})`,
    subject: name,
    hints: [hint],
  };
}

/** libbpf makes calls of weak functions that are missing ones that no kernel accepts. */
function lacksKfunc(kernel: CheckKernel, local: Btf, reference: ExternReference): Finding | undefined {
  const { found, finding } = findKfunc(kernel, local, reference);
  // Of strong ones the whole object has said so already.
  if (finding !== undefined) return reference.weak ? finding : undefined;
  if (found === undefined || isTaggedKfunc(kernel, found) !== false) return undefined;
  const { name } = reference;
  return {
    code: "kfunc-missing",
    verdict: "fails",
    message: `calling kernel function ${name} is not allowed: the kernel's BTF does not tag it bpf_kfunc, as it does others`,
    subject: `kfunc ${name}`,
  };
}

function lacksHelper(kernel: CheckKernel, program: PreparedProgram, id: number): Finding | undefined {
  return lacksHelperAtAll(kernel, program.section?.type, id) ?? refusedHere(kernel, program, id);
}

function lacksHelperAtAll(kernel: CheckKernel, type: string | undefined, id: number): Finding | undefined {
  const known = kernel.helpers.get(type) ?? new Map<number, Finding | undefined>();
  kernel.helpers.set(type, known);
  if (known.has(id)) return known.get(id);
  const name = helperNameOf(id);
  const finding = lookForHelper(kernel, type, id, name);
  // Of others there may be any number.
  if (name !== undefined) known.set(id, finding);
  return finding;
}

function lookForHelper(
  kernel: CheckKernel,
  type: string | undefined,
  id: number,
  name: string | undefined,
): Finding | undefined {
  const title = name ?? `#${id}`;
  const subject = `helper ${title}`;
  const helpers = kernel.enumOf("bpf_func_id");
  if (helpers === undefined) {
    const message = `whether the kernel has helper ${title} cannot be told: its BTF has no enum bpf_func_id`;
    return { code: "helper-unsupported", verdict: "unknown", message, subject };
  }
  if (id <= 0 || !helpers.values.has(BigInt(id))) {
    const message = `the kernel has no helper ${title}, number ${id} of enum bpf_func_id: invalid func unknown#${id}`;
    const constant = name?.replace("bpf_", "BPF_FUNC_");
    const hints =
      constant === undefined
        ? []
        : [`call it only if (bpf_core_enum_value_exists(enum bpf_func_id, ${constant}))`];
    return { code: "helper-unsupported", verdict: "fails", message, subject, hints };
  }
  if (type === undefined || name === undefined || !isNeverAllowed(type, name)) return undefined;
  const message = `programs of type ${type} may not call helper ${name}: program of this type cannot use helper ${name}#${id}`;
  return { code: "helper-not-allowed", verdict: "fails", message, subject: `${subject} in ${type}` };
}
