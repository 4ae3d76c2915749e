import type { Btf } from "@core/btf";
import { type Insn, POISON_IMM } from "@core/insn-patch";
import { CALL } from "@core/insn-patch/opcodes";
import type { Reference } from "@core/reach";
import { findKfunc, isTaggedKfunc } from "./externs.js";
import { type Feature, featureOf, hasFeature } from "./features.js";
import type { Finding } from "./finding.js";
import { helperNameOf } from "./helper-names.js";
import { isNeverAllowed } from "./helper-table.js";
import type { CheckKernel } from "./kernel.js";

/** What a kernel says against one instruction, if the verifier gets there. */
export interface Need {
  readonly finding: Finding;
  /** The kernel looks at it in any case, whether or not the verifier gets there. */
  readonly everywhere: boolean;
}

/**
 * What an instruction needs of a kernel, and the kernel does not have.
 * @param type of the program, as libbpf names it; `undefined` when it is not known.
 */
export function needsOf(
  kernel: CheckKernel,
  local: Btf | undefined,
  type: string | undefined,
  insn: Insn,
  reference: Reference | undefined,
): readonly Need[] {
  const needs: Need[] = [];
  const feature = featureOf(insn, reference);
  if (feature !== undefined && !hasFeature(kernel, feature)) {
    needs.push({ finding: lacks(kernel, feature), everywhere: feature.everywhere });
  } else if (reference?.kind === "kfunc" && local !== undefined) {
    needs.push(
      ...checkKfuncCall(kernel, local, reference).map((finding) => ({ finding, everywhere: false })),
    );
  } else if (insn.code === CALL && insn.srcReg === 0 && insn.imm !== POISON_IMM) {
    needs.push(...checkHelper(kernel, type, insn.imm).map((finding) => ({ finding, everywhere: false })));
  }
  return needs;
}

function lacks(kernel: CheckKernel, feature: Feature): Finding {
  const { name, proxies, hint } = feature;
  const signs = proxies.map((proxy) => proxy.name).join(", ");
  const isKnown = hasFeature(kernel, feature) === false;
  return {
    code: "insn-unsupported",
    verdict: isKnown ? "fails" : "unknown",
    message: isKnown
      ? `the kernel does not support ${name}: its BTF has none of ${signs}`
      : `whether the kernel supports ${name} cannot be told: its BTF lacks what would tell (${signs})`,
    subject: name,
    hints: [hint],
  };
}

/** libbpf makes calls of weak functions that are missing ones that no kernel accepts. */
function checkKfuncCall(
  kernel: CheckKernel,
  local: Btf,
  reference: Reference & { kind: "kfunc" },
): readonly Finding[] {
  const { found, findings } = findKfunc(kernel, local, reference);
  // Of strong ones the whole object has said so already.
  if (findings.length > 0) return reference.weak ? findings : [];
  if (found === undefined || isTaggedKfunc(found) !== false) return [];
  const { name } = reference;
  const message = `calling kernel function ${name} is not allowed: the kernel's BTF does not tag it bpf_kfunc, as it does others`;
  return [{ code: "kfunc-missing", verdict: "fails", message, subject: `kfunc ${name}` }];
}

function checkHelper(kernel: CheckKernel, type: string | undefined, id: number): readonly Finding[] {
  const name = helperNameOf(id) ?? `#${id}`;
  const subject = `helper ${name}`;
  const helpers = kernel.enumOf("bpf_func_id");
  if (helpers === undefined) {
    const message = `whether the kernel has helper ${name} cannot be told: its BTF has no enum bpf_func_id`;
    return [{ code: "helper-unsupported", verdict: "unknown", message, subject }];
  }
  if (id <= 0 || !helpers.values.has(BigInt(id))) {
    const message = `the kernel has no helper ${name}, number ${id} of enum bpf_func_id: invalid func unknown#${id}`;
    const hint = `call it only where bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_${name.replace("bpf_", "")}) says so`;
    return [{ code: "helper-unsupported", verdict: "fails", message, subject, hints: [hint] }];
  }
  if (type === undefined || !isNeverAllowed(type, name)) return [];
  const message = `programs of type ${type} may not call helper ${name}: program of this type cannot use helper ${name}#${id}`;
  return [{ code: "helper-not-allowed", verdict: "fails", message, subject: `${subject} in ${type}` }];
}
