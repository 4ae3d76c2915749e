import { describe, expect, it } from "vitest";
import { findProgramSection, isSectionName } from "./section.js";

// As libbpf 1.8's section_defs and sec_def_matches have it.
describe("findProgramSection", () => {
  it.each([
    ["kprobe/vfs_read", "kprobe", undefined, "vfs_read", false, false],
    ["kprobe", "kprobe", undefined, undefined, false, false],
    ["kprobe.multi/tcp_*", "kprobe", "BPF_TRACE_KPROBE_MULTI", "tcp_*", false, false],
    ["uprobe.s//bin/bash:readline", "kprobe", undefined, "/bin/bash:readline", false, true],
    ["tp/sched/sched_switch", "tracepoint", undefined, "sched/sched_switch", false, false],
    ["tp_btf/sched_switch", "tracing", "BPF_TRACE_RAW_TP", "sched_switch", true, false],
    ["fentry.s/do_unlinkat", "tracing", "BPF_TRACE_FENTRY", "do_unlinkat", true, true],
    ["fexit", "tracing", "BPF_TRACE_FEXIT", undefined, true, false],
    ["lsm_cgroup/socket_bind", "lsm", "BPF_LSM_CGROUP", "socket_bind", true, false],
    ["struct_ops.s/init", "struct_ops", undefined, "init", false, true],
    ["tc/ingress", "sched_cls", "BPF_TCX_INGRESS", "ingress", false, false],
    ["tc", "sched_cls", undefined, undefined, false, false],
    ["cgroup/connect4", "cgroup_sock_addr", "BPF_CGROUP_INET4_CONNECT", "connect4", false, false],
    ["xdp.frags", "xdp", "BPF_XDP", undefined, false, false],
    ["xdp/cpumap", "xdp", "BPF_XDP_CPUMAP", "cpumap", false, false],
    ["syscall", "syscall", undefined, undefined, false, true],
  ])("%s", (section, type, attachType, target, attachesByBtf, sleepable) => {
    const expected = { type, attachType, target, attachesByBtf, sleepable };
    expect(findProgramSection(section)).toEqual({ ...expected, fragments: section === "xdp.frags" });
  });

  it.each(["kprobes", "kprobex/f", "fentry/x".toUpperCase(), "tc/ingress/x", "xdp/", "socket1", ""])(
    "knows no %s",
    (section) => {
      expect(findProgramSection(section)).toBeUndefined();
      expect(isSectionName(section)).toBe(false);
    },
  );
});
