import { Types } from "@core/written-types";
import { type CheckKernel, type KernelOptions, openKernel } from "../src/index.js";

/** The `int` of the made-up kernel. */
export const INT = 1;

/** A kernel that is not there, of 5.11 or so, with few of its helpers, and what `add` adds to its types. */
export function kernelOf(add: (types: Types) => void = () => {}, options: KernelOptions = {}): CheckKernel {
  const types = new Types();
  types.int("int", 4, { signed: true });
  types.int("long", 8, { signed: true });
  types.int("unsigned int", 4);
  types.enum("bpf_prog_type", {
    BPF_PROG_TYPE_RAW_TRACEPOINT: 17,
    BPF_PROG_TYPE_TRACING: 26,
    BPF_PROG_TYPE_KPROBE: 2,
    BPF_PROG_TYPE_LSM: 29,
    BPF_PROG_TYPE_STRUCT_OPS: 27,
  });
  types.enum("bpf_attach_type", { BPF_TRACE_RAW_TP: 23, BPF_TRACE_FENTRY: 24, BPF_TRACE_FEXIT: 25 });
  types.enum("bpf_map_type", { BPF_MAP_TYPE_HASH: 1, BPF_MAP_TYPE_ARRAY: 2 });
  types.enum("bpf_func_id", {
    BPF_FUNC_map_lookup_elem: 1,
    BPF_FUNC_ktime_get_ns: 5,
    BPF_FUNC_get_current_task: 35,
    BPF_FUNC_strtol: 105,
    BPF_FUNC_probe_read_kernel: 113,
    BPF_FUNC_ktime_get_coarse_ns: 160,
    __BPF_FUNC_MAX_ID: 161,
  });
  add(types);
  return openKernel(types.btf(), options);
}
