import { parseBtf, type WritableType, writeBtf } from "@core/btf";
import { type CheckKernel, type KernelOptions, openKernel } from "../src/index.js";

const int = (name: string, size: number, signed: boolean): WritableType => ({
  kind: "int",
  name,
  size,
  bits: size * 8,
  bitOffset: 0,
  signed,
  char: false,
  bool: false,
});

const enumOf = (name: string, enumerators: readonly (readonly [string, number])[]): WritableType => ({
  kind: "enum",
  name,
  size: 4,
  signed: false,
  enumerators: enumerators.map(([enumerator, value]) => ({ name: enumerator, value: BigInt(value) })),
});

/** What the made-up kernel has beside its enums; types are numbered from 1: int, long, unsigned int. */
const BASE: readonly WritableType[] = [
  /* 1 */ int("int", 4, true),
  /* 2 */ int("long", 8, true),
  /* 3 */ int("unsigned int", 4, false),
  enumOf("bpf_prog_type", [
    ["BPF_PROG_TYPE_RAW_TRACEPOINT", 17],
    ["BPF_PROG_TYPE_TRACING", 26],
    ["BPF_PROG_TYPE_KPROBE", 2],
    ["BPF_PROG_TYPE_LSM", 29],
    ["BPF_PROG_TYPE_STRUCT_OPS", 27],
  ]),
  enumOf("bpf_attach_type", [
    ["BPF_TRACE_RAW_TP", 23],
    ["BPF_TRACE_FENTRY", 24],
    ["BPF_TRACE_FEXIT", 25],
  ]),
  enumOf("bpf_map_type", [
    ["BPF_MAP_TYPE_HASH", 1],
    ["BPF_MAP_TYPE_ARRAY", 2],
  ]),
  /* 7 */ enumOf("bpf_func_id", [
    ["BPF_FUNC_map_lookup_elem", 1],
    ["BPF_FUNC_ktime_get_ns", 5],
    ["BPF_FUNC_get_current_task", 35],
    ["BPF_FUNC_strtol", 105],
    ["BPF_FUNC_probe_read_kernel", 113],
    ["BPF_FUNC_ktime_get_coarse_ns", 160],
    ["__BPF_FUNC_MAX_ID", 161],
  ]),
];

/** A kernel that is not there, of 5.11 or so, with few of its helpers. */
export const kernelOf = (types: readonly WritableType[], options: KernelOptions = {}): CheckKernel =>
  openKernel(parseBtf(writeBtf([...BASE, ...types], { order: "little" })), options);
