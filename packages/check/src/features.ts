import { idsByName } from "@core/btf";
import type { Insn } from "@core/insn-patch";
import {
  BPF_ALU,
  BPF_ALU64,
  BPF_ATOMIC,
  BPF_DIV,
  BPF_END,
  BPF_JMP32,
  BPF_LDX,
  BPF_MEMSX,
  BPF_MOD,
  BPF_MOV,
  BPF_STX,
  CALL,
  CLASS_MASK,
  GOTOL,
  GOTOX,
  JCOND,
  MODE_MASK,
  OP_MASK,
} from "@core/insn-patch/opcodes";
import type { Reference } from "@core/reach";
import type { CheckKernel, Feature, FeatureSign } from "./kernel.js";
import type { ProgramSection } from "./section.js";

const func = (name: string): FeatureSign => ({ kind: "func", name });
const struct = (name: string): FeatureSign => ({ kind: "struct", name });
const helper = (name: string): FeatureSign => ({
  kind: "enumerator",
  of: "bpf_func_id",
  name: `BPF_FUNC_${name}`,
});
const mapType = (name: string): FeatureSign => ({
  kind: "enumerator",
  of: "bpf_map_type",
  name: `BPF_MAP_TYPE_${name}`,
});
const attachType = (name: string): FeatureSign => ({ kind: "enumerator", of: "bpf_attach_type", name });

// The helper, map type or attach type is one that was added right after the feature, in the same release of Linux.
// Functions are told by name only where the compiler left them (others have been inlined): so there are two of each.
const JMP32: Feature = {
  name: "32-bit conditional jumps (cpu v3)",
  signs: [helper("spin_lock")],
  everywhere: true,
  hint: "compile with -mcpu=v2",
};
const SUBPROGRAM_CALL: Feature = {
  name: "calls of subprograms",
  signs: [helper("override_return")],
  everywhere: true,
  hint: "make the called functions __always_inline",
};
const GLOBAL_DATA: Feature = {
  name: "global variables",
  signs: [helper("strtol")],
  everywhere: true,
  hint: "use maps in place of global variables",
};
const TYPED_KSYM: Feature = {
  name: "addresses of the kernel's variables",
  signs: [helper("per_cpu_ptr")],
  everywhere: true,
  hint: "declare them `extern const void name __ksym`, without a type",
};
const ATOMICS: Feature = {
  name: "atomic operations other than add (cpu v3)",
  signs: [func("check_atomic"), func("check_atomic_rmw"), helper("check_mtu")],
  everywhere: true,
  hint: "compile with -mcpu=v2, or use __sync_fetch_and_add without its result",
};
const CALLBACK: Feature = {
  name: "addresses of functions (callbacks)",
  signs: [helper("for_each_map_elem")],
  everywhere: true,
  hint: "use a bounded loop in place of the callback",
};
const KFUNC_CALL: Feature = {
  name: "calls of kernel functions",
  signs: [struct("bpf_kfunc_desc"), func("bpf_jit_supports_kfunc_call")],
  everywhere: false,
  hint: "declare the function __weak, and call it only where bpf_ksym_exists says so",
};
const CPU_V4: Feature = {
  name: "instructions of cpu v4",
  signs: [func("coerce_reg_to_size_sx"), attachType("BPF_TRACE_UPROBE_MULTI")],
  everywhere: true,
  hint: "compile with -mcpu=v3",
};
const GOTOL_JUMP: Feature = { ...CPU_V4, name: "32-bit jump offsets (cpu v4)", wasBackported: true };
const CPU_V4_ALU: Feature = { ...CPU_V4, everywhere: false };
const MAY_GOTO: Feature = {
  name: "may_goto and arenas",
  signs: [func("bpf_jit_supports_arena"), mapType("ARENA")],
  everywhere: true,
  hint: "use a bounded loop, bpf_for() or bpf_loop()",
};
const ADDR_SPACE_CAST: Feature = { ...MAY_GOTO, everywhere: false };
const LOAD_ACQUIRE: Feature = {
  name: "load-acquire and store-release",
  signs: [func("check_atomic_rmw"), func("bpf_res_spin_lock")],
  everywhere: false,
  hint: "use other atomic operations, or compile with -mcpu=v3",
};
const INDIRECT_JUMP: Feature = {
  name: "indirect jumps",
  signs: [mapType("INSN_ARRAY")],
  everywhere: true,
  hint: "compile with -mcpu=v3",
};

/** What the kernel has to know of a program besides its type (libbpf: libbpf_prepare_prog_load). */
export function featuresOfSection({
  type,
  sleepable,
  fragments,
  attachType,
}: ProgramSection): readonly Feature[] {
  if (fragments) return [FRAGMENTS];
  if (!sleepable) return [];
  switch (type) {
    case "kprobe":
      return [SLEEPABLE_PROBES];
    case "struct_ops":
      return [SLEEPABLE_STRUCT_OPS];
    case "raw_tracepoint":
    case "tracepoint":
      return [SLEEPABLE_TRACEPOINTS];
    default:
      return attachType === "BPF_TRACE_RAW_TP" ? [SLEEPABLE_TRACEPOINTS] : [];
  }
}

const FRAGMENTS: Feature = {
  name: "XDP programs that take packets in fragments",
  signs: [helper("xdp_get_buff_len")],
  everywhere: true,
  hint: `use SEC("xdp")`,
};
const SLEEPABLE_PROBES: Feature = {
  name: "probes that may sleep",
  signs: [attachType("BPF_LSM_CGROUP")],
  everywhere: true,
  hint: `use SEC("uprobe")`,
};
// Nothing came right after these, by which BTF could tell that they are not there yet.
const SLEEPABLE_STRUCT_OPS: Feature = {
  name: "struct_ops programs that may sleep",
  signs: [attachType("BPF_STRUCT_OPS")],
  everywhere: true,
  wasBackported: true,
  hint: `use SEC("struct_ops")`,
};
const SLEEPABLE_TRACEPOINTS: Feature = {
  name: "tracepoint programs that may sleep",
  signs: [attachType("BPF_TRACE_FENTRY_MULTI")],
  everywhere: true,
  wasBackported: true,
  hint: `use SEC("tp"), SEC("raw_tp") or SEC("tp_btf")`,
};

/** Does a kernel have a feature? `undefined` when its BTF has none of the enums that would tell. */
export function hasFeature(kernel: CheckKernel, feature: Feature): boolean | undefined {
  if (!kernel.features.has(feature)) kernel.features.set(feature, lookForFeature(kernel, feature));
  return kernel.features.get(feature);
}

function lookForFeature(
  { btf, enumOf }: CheckKernel,
  { signs, wasBackported = false }: Feature,
): boolean | undefined {
  let isKnown = false;
  for (const sign of signs) {
    if (sign.kind === "enumerator") {
      const names = enumOf(sign.of)?.names;
      isKnown ||= names !== undefined;
      if (names?.has(sign.name)) return true;
    } else {
      // A kernel's BTF without these is one from which something was left out.
      isKnown ||= enumOf("bpf_func_id") !== undefined;
      if (idsByName(btf, sign.name, "exact", [sign.kind]).length > 0) return true;
    }
  }
  return isKnown && !wasBackported ? false : undefined;
}

/** What an instruction needs that not every kernel with BTF has; what it refers to counts before its bytes. */
export function featureOf(insn: Insn, reference: Reference | undefined): Feature | undefined {
  switch (reference?.kind) {
    case "data":
    case "kconfig":
      return GLOBAL_DATA;
    case "ksym":
      return reference.typed ? TYPED_KSYM : undefined;
    case "function":
      return CALLBACK;
    case "call":
      return SUBPROGRAM_CALL;
    case "kfunc":
      return insn.code === CALL ? KFUNC_CALL : undefined;
    case "map":
      return undefined;
  }
  const { code, off, imm } = insn;
  switch (code) {
    case GOTOL:
      return GOTOL_JUMP;
    case BSWAP:
      return CPU_V4;
    case JCOND:
      return MAY_GOTO;
    case GOTOX:
      return INDIRECT_JUMP;
  }
  switch (code & CLASS_MASK) {
    case BPF_JMP32:
      return JMP32;
    case BPF_LDX:
      return (code & MODE_MASK) === BPF_MEMSX ? CPU_V4 : undefined;
    case BPF_STX:
      if ((code & MODE_MASK) !== BPF_ATOMIC || imm === ATOMIC_ADD) return undefined;
      return imm === LOAD_ACQ || imm === STORE_REL ? LOAD_ACQUIRE : ATOMICS;
    case BPF_ALU:
    case BPF_ALU64:
      return off === 0 ? undefined : featureOfAlu(code, off);
    default:
      return undefined;
  }
}

/** Division and remainder with a sign, moves that extend it, and casts between address spaces have an offset. */
function featureOfAlu(code: number, off: number): Feature | undefined {
  switch (code & OP_MASK) {
    case BPF_DIV:
    case BPF_MOD:
      return CPU_V4_ALU;
    case BPF_MOV:
      return off === CAST ? ADDR_SPACE_CAST : CPU_V4_ALU;
    default:
      return undefined;
  }
}

const BSWAP = BPF_ALU64 | BPF_END;
/** Operations of BPF_ATOMIC: the only one of the first kernels, and the last to come. */
const ATOMIC_ADD = 0;
const LOAD_ACQ = 0x100;
const STORE_REL = 0x110;
/** The offset of a move that is a cast; others are numbers of bits. */
const CAST = 1;
