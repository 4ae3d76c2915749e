/** What the name of a program's section says about it (libbpf: section_defs). */
export interface ProgramSection {
  /** Program type as libbpf names it: `kprobe`, `tracing`. `enum bpf_prog_type` has it as BPF_PROG_TYPE_KPROBE. */
  readonly type: string;
  /** Expected attach type, an enumerator of `enum bpf_attach_type` such as BPF_TRACE_FENTRY; `undefined` for 0. */
  readonly attachType: string | undefined;
  /** What stands behind the first slash: `vfs_read` for `fentry/vfs_read`; `undefined` without one. */
  readonly target: string | undefined;
  /** The kernel is told the BTF id of the target when the program is loaded, so it has to be found in BTF. */
  readonly attachesByBtf: boolean;
  readonly sleepable: boolean;
  /** It takes packets in several fragments. */
  readonly fragments: boolean;
}

type Flags = "" | "btf" | "sleepable" | "btf sleepable";

// In the order in which libbpf 1.8 tries them. A name with + may be followed by a slash and more.
const SECTIONS: readonly (readonly [name: string, type: string, attachType: string, flags?: Flags])[] = [
  ["socket", "socket_filter", ""],
  ["sk_reuseport/migrate", "sk_reuseport", "SK_REUSEPORT_SELECT_OR_MIGRATE"],
  ["sk_reuseport", "sk_reuseport", "SK_REUSEPORT_SELECT"],
  ["kprobe+", "kprobe", ""],
  ["uprobe+", "kprobe", ""],
  ["uprobe.s+", "kprobe", "", "sleepable"],
  ["kretprobe+", "kprobe", ""],
  ["uretprobe+", "kprobe", ""],
  ["uretprobe.s+", "kprobe", "", "sleepable"],
  ["kprobe.multi+", "kprobe", "TRACE_KPROBE_MULTI"],
  ["kretprobe.multi+", "kprobe", "TRACE_KPROBE_MULTI"],
  ["kprobe.session+", "kprobe", "TRACE_KPROBE_SESSION"],
  ["uprobe.multi+", "kprobe", "TRACE_UPROBE_MULTI"],
  ["uretprobe.multi+", "kprobe", "TRACE_UPROBE_MULTI"],
  ["uprobe.session+", "kprobe", "TRACE_UPROBE_SESSION"],
  ["uprobe.multi.s+", "kprobe", "TRACE_UPROBE_MULTI", "sleepable"],
  ["uretprobe.multi.s+", "kprobe", "TRACE_UPROBE_MULTI", "sleepable"],
  ["uprobe.session.s+", "kprobe", "TRACE_UPROBE_SESSION", "sleepable"],
  ["ksyscall+", "kprobe", ""],
  ["kretsyscall+", "kprobe", ""],
  ["usdt+", "kprobe", ""],
  ["usdt.s+", "kprobe", "", "sleepable"],
  ["tc/ingress", "sched_cls", "TCX_INGRESS"],
  ["tc/egress", "sched_cls", "TCX_EGRESS"],
  ["tcx/ingress", "sched_cls", "TCX_INGRESS"],
  ["tcx/egress", "sched_cls", "TCX_EGRESS"],
  ["tc", "sched_cls", ""],
  ["classifier", "sched_cls", ""],
  ["action", "sched_act", ""],
  ["netkit/primary", "sched_cls", "NETKIT_PRIMARY"],
  ["netkit/peer", "sched_cls", "NETKIT_PEER"],
  ["tracepoint+", "tracepoint", ""],
  ["tp+", "tracepoint", ""],
  ["tracepoint.s+", "tracepoint", "", "sleepable"],
  ["tp.s+", "tracepoint", "", "sleepable"],
  ["raw_tracepoint+", "raw_tracepoint", ""],
  ["raw_tp+", "raw_tracepoint", ""],
  ["raw_tracepoint.s+", "raw_tracepoint", "", "sleepable"],
  ["raw_tp.s+", "raw_tracepoint", "", "sleepable"],
  ["raw_tracepoint.w+", "raw_tracepoint_writable", ""],
  ["raw_tp.w+", "raw_tracepoint_writable", ""],
  ["tp_btf+", "tracing", "TRACE_RAW_TP", "btf"],
  ["tp_btf.s+", "tracing", "TRACE_RAW_TP", "btf sleepable"],
  ["fentry+", "tracing", "TRACE_FENTRY", "btf"],
  ["fmod_ret+", "tracing", "MODIFY_RETURN", "btf"],
  ["fexit+", "tracing", "TRACE_FEXIT", "btf"],
  ["fentry.s+", "tracing", "TRACE_FENTRY", "btf sleepable"],
  ["fmod_ret.s+", "tracing", "MODIFY_RETURN", "btf sleepable"],
  ["fexit.s+", "tracing", "TRACE_FEXIT", "btf sleepable"],
  ["fsession+", "tracing", "TRACE_FSESSION", "btf"],
  ["fsession.s+", "tracing", "TRACE_FSESSION", "btf sleepable"],
  ["fsession.multi+", "tracing", "TRACE_FSESSION_MULTI"],
  ["fsession.multi.s+", "tracing", "TRACE_FSESSION_MULTI", "sleepable"],
  ["fentry.multi+", "tracing", "TRACE_FENTRY_MULTI"],
  ["fexit.multi+", "tracing", "TRACE_FEXIT_MULTI"],
  ["fentry.multi.s+", "tracing", "TRACE_FENTRY_MULTI", "sleepable"],
  ["fexit.multi.s+", "tracing", "TRACE_FEXIT_MULTI", "sleepable"],
  ["freplace+", "ext", "", "btf"],
  ["lsm+", "lsm", "LSM_MAC", "btf"],
  ["lsm.s+", "lsm", "LSM_MAC", "btf sleepable"],
  ["lsm_cgroup+", "lsm", "LSM_CGROUP", "btf"],
  ["iter+", "tracing", "TRACE_ITER", "btf"],
  ["iter.s+", "tracing", "TRACE_ITER", "btf sleepable"],
  ["syscall", "syscall", "", "sleepable"],
  ["xdp.frags/devmap", "xdp", "XDP_DEVMAP"],
  ["xdp/devmap", "xdp", "XDP_DEVMAP"],
  ["xdp.frags/cpumap", "xdp", "XDP_CPUMAP"],
  ["xdp/cpumap", "xdp", "XDP_CPUMAP"],
  ["xdp.frags", "xdp", "XDP"],
  ["xdp", "xdp", "XDP"],
  ["perf_event", "perf_event", ""],
  ["lwt_in", "lwt_in", ""],
  ["lwt_out", "lwt_out", ""],
  ["lwt_xmit", "lwt_xmit", ""],
  ["lwt_seg6local", "lwt_seg6local", ""],
  ["sockops", "sock_ops", "CGROUP_SOCK_OPS"],
  ["sk_skb/stream_parser", "sk_skb", "SK_SKB_STREAM_PARSER"],
  ["sk_skb/stream_verdict", "sk_skb", "SK_SKB_STREAM_VERDICT"],
  ["sk_skb/verdict", "sk_skb", "SK_SKB_VERDICT"],
  ["sk_skb", "sk_skb", ""],
  ["sk_msg", "sk_msg", "SK_MSG_VERDICT"],
  ["lirc_mode2", "lirc_mode2", "LIRC_MODE2"],
  ["flow_dissector", "flow_dissector", "FLOW_DISSECTOR"],
  ["cgroup_skb/ingress", "cgroup_skb", "CGROUP_INET_INGRESS"],
  ["cgroup_skb/egress", "cgroup_skb", "CGROUP_INET_EGRESS"],
  ["cgroup/skb", "cgroup_skb", ""],
  ["cgroup/sock_create", "cgroup_sock", "CGROUP_INET_SOCK_CREATE"],
  ["cgroup/sock_release", "cgroup_sock", "CGROUP_INET_SOCK_RELEASE"],
  ["cgroup/sock", "cgroup_sock", "CGROUP_INET_SOCK_CREATE"],
  ["cgroup/post_bind4", "cgroup_sock", "CGROUP_INET4_POST_BIND"],
  ["cgroup/post_bind6", "cgroup_sock", "CGROUP_INET6_POST_BIND"],
  ["cgroup/bind4", "cgroup_sock_addr", "CGROUP_INET4_BIND"],
  ["cgroup/bind6", "cgroup_sock_addr", "CGROUP_INET6_BIND"],
  ["cgroup/connect4", "cgroup_sock_addr", "CGROUP_INET4_CONNECT"],
  ["cgroup/connect6", "cgroup_sock_addr", "CGROUP_INET6_CONNECT"],
  ["cgroup/connect_unix", "cgroup_sock_addr", "CGROUP_UNIX_CONNECT"],
  ["cgroup/sendmsg4", "cgroup_sock_addr", "CGROUP_UDP4_SENDMSG"],
  ["cgroup/sendmsg6", "cgroup_sock_addr", "CGROUP_UDP6_SENDMSG"],
  ["cgroup/sendmsg_unix", "cgroup_sock_addr", "CGROUP_UNIX_SENDMSG"],
  ["cgroup/recvmsg4", "cgroup_sock_addr", "CGROUP_UDP4_RECVMSG"],
  ["cgroup/recvmsg6", "cgroup_sock_addr", "CGROUP_UDP6_RECVMSG"],
  ["cgroup/recvmsg_unix", "cgroup_sock_addr", "CGROUP_UNIX_RECVMSG"],
  ["cgroup/getpeername4", "cgroup_sock_addr", "CGROUP_INET4_GETPEERNAME"],
  ["cgroup/getpeername6", "cgroup_sock_addr", "CGROUP_INET6_GETPEERNAME"],
  ["cgroup/getpeername_unix", "cgroup_sock_addr", "CGROUP_UNIX_GETPEERNAME"],
  ["cgroup/getsockname4", "cgroup_sock_addr", "CGROUP_INET4_GETSOCKNAME"],
  ["cgroup/getsockname6", "cgroup_sock_addr", "CGROUP_INET6_GETSOCKNAME"],
  ["cgroup/getsockname_unix", "cgroup_sock_addr", "CGROUP_UNIX_GETSOCKNAME"],
  ["cgroup/sysctl", "cgroup_sysctl", "CGROUP_SYSCTL"],
  ["cgroup/getsockopt", "cgroup_sockopt", "CGROUP_GETSOCKOPT"],
  ["cgroup/setsockopt", "cgroup_sockopt", "CGROUP_SETSOCKOPT"],
  ["cgroup/dev", "cgroup_device", "CGROUP_DEVICE"],
  ["struct_ops+", "struct_ops", ""],
  ["struct_ops.s+", "struct_ops", "", "sleepable"],
  ["sk_lookup", "sk_lookup", "SK_LOOKUP"],
  ["netfilter", "netfilter", "NETFILTER"],
];

/**
 * What libbpf takes a program for by its section's name, which is given without a leading `?`; `undefined` when it
 * knows none such: then the program that loads the object has to say.
 */
export function findProgramSection(section: string): ProgramSection | undefined {
  const found = SECTIONS.find(([name]) => matches(name, section));
  if (found === undefined) return undefined;
  const [, type, attachType, flags = ""] = found;
  const slash = section.indexOf("/");
  return {
    type,
    attachType: attachType === "" ? undefined : `BPF_${attachType}`,
    target: slash < 0 ? undefined : section.slice(slash + 1),
    attachesByBtf: flags.startsWith("btf"),
    sleepable: flags.endsWith("sleepable"),
    fragments: section.startsWith("xdp.frags"),
  };
}

function matches(name: string, section: string): boolean {
  if (!name.endsWith("+")) return name === section;
  const prefix = name.slice(0, -1);
  return section.startsWith(prefix) && (section.length === prefix.length || section[prefix.length] === "/");
}

/** Is a name one that libbpf has for a type of program, without a target behind it? */
export const isSectionName = (name: string): boolean => SECTIONS.some(([section]) => matches(section, name));
