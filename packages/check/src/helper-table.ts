// Which helpers the kernel's get_func_proto functions can return for each program type, over all attach types,
// configurations and privileges, less what the verifier refuses them all the same: Linux 7.3's kernel/bpf, kernel/trace/bpf_trace.c, net/core/filter.c, net/ipv4.
// Helpers have been added to program types ever since and not taken away, so that what is missing here
// is refused by older kernels, too. From 6.0 on kernels get kfuncs instead of helpers, so that the list is complete.

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Every program type with a table has these (bpf_base_func_proto). */
const BASE = words(`
  map_lookup_elem map_update_elem map_delete_elem ktime_get_ns trace_printk get_prandom_u32
  get_smp_processor_id tail_call get_current_pid_tgid get_current_uid_gid get_current_comm
  get_cgroup_classid perf_event_read get_current_task current_task_under_cgroup
  get_numa_node_id perf_event_read_value get_current_cgroup_id map_push_elem map_pop_elem
  map_peek_elem spin_lock spin_unlock strtol strtoul send_signal probe_read_user
  probe_read_kernel probe_read_user_str probe_read_kernel_str send_signal_thread jiffies64
  get_ns_current_pid_tgid get_current_ancestor_cgroup_id ktime_get_boot_ns ringbuf_output
  ringbuf_reserve ringbuf_submit ringbuf_discard ringbuf_query get_task_stack copy_from_user
  snprintf_btf per_cpu_ptr this_cpu_ptr task_storage_get task_storage_delete
  get_current_task_btf for_each_map_elem snprintf timer_init timer_set_callback timer_start
  timer_cancel task_pt_regs get_branch_snapshot trace_vprintk find_vma loop strncmp
  copy_from_user_task kptr_xchg map_lookup_percpu_elem dynptr_from_mem ringbuf_reserve_dynptr
  ringbuf_submit_dynptr ringbuf_discard_dynptr dynptr_read dynptr_write dynptr_data
  ktime_get_tai_ns user_ringbuf_drain cgrp_storage_get cgrp_storage_delete
`);

const SOCKET_FILTER = words(`
  perf_event_output skb_load_bytes get_socket_cookie get_socket_uid skb_load_bytes_relative
  get_netns_cookie skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock
  skc_to_tcp_request_sock skc_to_udp6_sock ktime_get_coarse_ns skc_to_unix_sock
  skc_to_mptcp_sock
`);

const KPROBE = words(`
  probe_read perf_event_output get_stackid probe_write_user probe_read_str override_return
  get_stack get_func_ip get_attach_cookie
`);

const SCHED_CLS = words(`
  skb_store_bytes l3_csum_replace l4_csum_replace clone_redirect skb_vlan_push skb_vlan_pop
  skb_get_tunnel_key skb_set_tunnel_key redirect get_route_realm perf_event_output
  skb_load_bytes csum_diff skb_get_tunnel_opt skb_set_tunnel_opt skb_change_proto
  skb_change_type skb_under_cgroup get_hash_recalc skb_change_tail skb_pull_data csum_update
  set_hash_invalid skb_change_head get_socket_cookie get_socket_uid set_hash skb_adjust_room
  skb_get_xfrm_state skb_load_bytes_relative fib_lookup skb_cgroup_id skb_ancestor_cgroup_id
  sk_lookup_tcp sk_lookup_udp sk_release sk_fullsock tcp_sock skb_ecn_set_ce get_listener_sock
  skc_lookup_tcp tcp_check_syncookie sk_storage_get sk_storage_delete tcp_gen_syncookie
  get_netns_cookie sk_assign csum_level skc_to_tcp6_sock skc_to_tcp_sock
  skc_to_tcp_timewait_sock skc_to_tcp_request_sock skc_to_udp6_sock skb_cgroup_classid
  redirect_neigh redirect_peer ktime_get_coarse_ns check_mtu skc_to_unix_sock skb_set_tstamp
  skc_to_mptcp_sock tcp_raw_gen_syncookie_ipv4 tcp_raw_gen_syncookie_ipv6
  tcp_raw_check_syncookie_ipv4 tcp_raw_check_syncookie_ipv6
`);

const TRACEPOINT = words(`
  probe_read perf_event_output get_stackid probe_write_user probe_read_str get_stack
  get_attach_cookie
`);

const XDP = words(`
  redirect perf_event_output csum_diff xdp_adjust_head redirect_map xdp_adjust_meta
  xdp_adjust_tail fib_lookup sk_lookup_tcp sk_lookup_udp sk_release skc_lookup_tcp
  tcp_check_syncookie tcp_gen_syncookie skc_to_tcp6_sock skc_to_tcp_sock
  skc_to_tcp_timewait_sock skc_to_tcp_request_sock skc_to_udp6_sock ktime_get_coarse_ns
  check_mtu skc_to_unix_sock xdp_get_buff_len xdp_load_bytes xdp_store_bytes skc_to_mptcp_sock
  tcp_raw_gen_syncookie_ipv4 tcp_raw_gen_syncookie_ipv6 tcp_raw_check_syncookie_ipv4
  tcp_raw_check_syncookie_ipv6
`);

const PERF_EVENT = words(`
  probe_read perf_event_output get_stackid probe_write_user probe_read_str
  perf_prog_read_value get_stack read_branch_records get_attach_cookie
`);

const CGROUP_SKB = words(`
  perf_event_output skb_load_bytes get_socket_cookie get_socket_uid skb_load_bytes_relative
  skb_cgroup_id get_local_storage skb_ancestor_cgroup_id sk_lookup_tcp sk_lookup_udp
  sk_release sk_fullsock tcp_sock skb_ecn_set_ce get_listener_sock skc_lookup_tcp
  sk_storage_get sk_storage_delete get_netns_cookie sk_cgroup_id sk_ancestor_cgroup_id
  skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock skc_to_tcp_request_sock
  skc_to_udp6_sock ktime_get_coarse_ns skc_to_unix_sock get_retval set_retval
  skc_to_mptcp_sock
`);

const CGROUP_SOCK = words(`
  perf_event_output get_socket_cookie setsockopt getsockopt get_local_storage sk_storage_get
  get_netns_cookie ktime_get_coarse_ns get_retval set_retval
`);

const LWT_IN = words(`
  get_route_realm perf_event_output skb_load_bytes csum_diff skb_under_cgroup get_hash_recalc
  skb_pull_data lwt_push_encap skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock
  skc_to_tcp_request_sock skc_to_udp6_sock ktime_get_coarse_ns skc_to_unix_sock
  skc_to_mptcp_sock
`);

const LWT_OUT = words(`
  get_route_realm perf_event_output skb_load_bytes csum_diff skb_under_cgroup get_hash_recalc
  skb_pull_data skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock
  skc_to_tcp_request_sock skc_to_udp6_sock ktime_get_coarse_ns skc_to_unix_sock
  skc_to_mptcp_sock
`);

const LWT_XMIT = words(`
  skb_store_bytes l3_csum_replace l4_csum_replace clone_redirect skb_get_tunnel_key
  skb_set_tunnel_key redirect get_route_realm perf_event_output skb_load_bytes csum_diff
  skb_get_tunnel_opt skb_set_tunnel_opt skb_under_cgroup get_hash_recalc skb_change_tail
  skb_pull_data csum_update set_hash_invalid skb_change_head lwt_push_encap csum_level
  skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock skc_to_tcp_request_sock
  skc_to_udp6_sock ktime_get_coarse_ns skc_to_unix_sock skc_to_mptcp_sock
`);

const LWT_SEG6LOCAL = words(`
  get_route_realm perf_event_output skb_load_bytes csum_diff skb_under_cgroup get_hash_recalc
  skb_pull_data lwt_seg6_store_bytes lwt_seg6_adjust_srh lwt_seg6_action skc_to_tcp6_sock
  skc_to_tcp_sock skc_to_tcp_timewait_sock skc_to_tcp_request_sock skc_to_udp6_sock
  ktime_get_coarse_ns skc_to_unix_sock skc_to_mptcp_sock
`);

const SOCK_OPS = words(`
  perf_event_output get_socket_cookie setsockopt sock_map_update getsockopt
  sock_ops_cb_flags_set sock_hash_update get_local_storage tcp_sock sk_storage_get
  sk_storage_delete get_netns_cookie skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock
  skc_to_tcp_request_sock skc_to_udp6_sock load_hdr_opt store_hdr_opt reserve_hdr_opt
  ktime_get_coarse_ns skc_to_unix_sock get_retval set_retval skc_to_mptcp_sock
`);

const SK_SKB = words(`
  skb_store_bytes perf_event_output skb_load_bytes skb_change_tail skb_pull_data
  skb_change_head get_socket_cookie get_socket_uid skb_adjust_room sk_redirect_map
  sk_redirect_hash sk_lookup_tcp sk_lookup_udp sk_release skc_lookup_tcp skc_to_tcp6_sock
  skc_to_tcp_sock skc_to_tcp_timewait_sock skc_to_tcp_request_sock skc_to_udp6_sock
  ktime_get_coarse_ns skc_to_unix_sock skc_to_mptcp_sock
`);

const CGROUP_DEVICE = words(`
  perf_event_output get_local_storage get_retval set_retval
`);

const SK_MSG = words(`
  perf_event_output msg_redirect_map msg_apply_bytes msg_cork_bytes msg_pull_data
  msg_redirect_hash msg_push_data msg_pop_data sk_storage_get sk_storage_delete
  get_netns_cookie skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock
  skc_to_tcp_request_sock skc_to_udp6_sock ktime_get_coarse_ns skc_to_unix_sock
  skc_to_mptcp_sock
`);

const CGROUP_SOCK_ADDR = words(`
  perf_event_output get_socket_cookie setsockopt getsockopt bind get_local_storage
  sk_lookup_tcp sk_lookup_udp sk_release skc_lookup_tcp sk_storage_get sk_storage_delete
  get_netns_cookie skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock
  skc_to_tcp_request_sock skc_to_udp6_sock ktime_get_coarse_ns skc_to_unix_sock get_retval
  set_retval skc_to_mptcp_sock
`);

const LIRC_MODE2 = words(`
  rc_repeat rc_keydown rc_pointer_rel
`);

const SK_REUSEPORT = words(`
  skb_load_bytes get_socket_cookie skb_load_bytes_relative sk_select_reuseport
  ktime_get_coarse_ns
`);

const FLOW_DISSECTOR = words(`
  skb_load_bytes skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock
  skc_to_tcp_request_sock skc_to_udp6_sock ktime_get_coarse_ns skc_to_unix_sock
  skc_to_mptcp_sock
`);

const CGROUP_SYSCTL = words(`
  perf_event_output get_local_storage sysctl_get_name sysctl_get_current_value
  sysctl_get_new_value sysctl_set_new_value ktime_get_coarse_ns get_retval set_retval
`);

const CGROUP_SOCKOPT = words(`
  perf_event_output setsockopt getsockopt get_local_storage tcp_sock sk_storage_get
  sk_storage_delete get_netns_cookie get_retval set_retval
`);

const SK_LOOKUP = words(`
  perf_event_output sk_release sk_assign skc_to_tcp6_sock skc_to_tcp_sock
  skc_to_tcp_timewait_sock skc_to_tcp_request_sock skc_to_udp6_sock ktime_get_coarse_ns
  skc_to_unix_sock skc_to_mptcp_sock
`);

const SYSCALL = words(`
  probe_read perf_event_output get_stackid probe_write_user probe_read_str get_socket_cookie
  get_stack sk_storage_get sk_storage_delete skb_output xdp_output seq_printf seq_write
  skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock skc_to_tcp_request_sock
  skc_to_udp6_sock d_path seq_printf_btf sock_from_file sys_bpf btf_find_by_name_kind
  sys_close get_func_ip get_attach_cookie skc_to_unix_sock kallsyms_lookup_name get_func_arg
  get_func_ret get_func_arg_cnt xdp_get_buff_len skc_to_mptcp_sock
`);

const NONE: ReadonlySet<string> = new Set();

const TRACING = words(`
  probe_read perf_event_output get_stackid probe_write_user probe_read_str get_socket_cookie
  setsockopt getsockopt get_stack sk_storage_get sk_storage_delete skb_output xdp_output
  seq_printf seq_write skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock
  skc_to_tcp_request_sock skc_to_udp6_sock d_path seq_printf_btf sock_from_file get_func_ip
  get_attach_cookie skc_to_unix_sock get_func_arg get_func_ret get_func_arg_cnt
  xdp_get_buff_len skc_to_mptcp_sock
`);

const LSM = words(`
  probe_read perf_event_output get_stackid probe_write_user probe_read_str get_socket_cookie
  setsockopt getsockopt get_stack get_local_storage sk_storage_get sk_storage_delete
  skb_output xdp_output seq_printf seq_write skc_to_tcp6_sock skc_to_tcp_sock
  skc_to_tcp_timewait_sock skc_to_tcp_request_sock skc_to_udp6_sock inode_storage_get
  inode_storage_delete d_path seq_printf_btf bprm_opts_set ima_inode_hash sock_from_file
  get_attach_cookie skc_to_unix_sock get_func_arg get_func_ret get_func_arg_cnt
  get_retval set_retval xdp_get_buff_len ima_file_hash skc_to_mptcp_sock
`);

/** By program type; `struct_ops` is not here, as every subsystem decides for itself, nor is `ext`. */
const HELPERS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["cgroup_device", CGROUP_DEVICE],
  ["cgroup_skb", CGROUP_SKB],
  ["cgroup_sock", CGROUP_SOCK],
  ["cgroup_sock_addr", CGROUP_SOCK_ADDR],
  ["cgroup_sockopt", CGROUP_SOCKOPT],
  ["cgroup_sysctl", CGROUP_SYSCTL],
  ["flow_dissector", FLOW_DISSECTOR],
  ["kprobe", KPROBE],
  ["lirc_mode2", LIRC_MODE2],
  ["lsm", LSM],
  ["lwt_in", LWT_IN],
  ["lwt_out", LWT_OUT],
  ["lwt_seg6local", LWT_SEG6LOCAL],
  ["lwt_xmit", LWT_XMIT],
  ["netfilter", NONE],
  ["perf_event", PERF_EVENT],
  ["raw_tracepoint", TRACEPOINT],
  ["raw_tracepoint_writable", TRACEPOINT],
  ["sched_act", SCHED_CLS],
  ["sched_cls", SCHED_CLS],
  ["sk_lookup", SK_LOOKUP],
  ["sk_msg", SK_MSG],
  ["sk_reuseport", SK_REUSEPORT],
  ["sk_skb", SK_SKB],
  ["sock_ops", SOCK_OPS],
  ["socket_filter", SOCKET_FILTER],
  ["syscall", SYSCALL],
  ["tracepoint", TRACEPOINT],
  ["tracing", TRACING],
  ["xdp", XDP],
]);

/**
 * Has no kernel up to 7.3 let programs of this type call this helper, one that {@link helperNameOf} knows? Said
 * only of types that the table knows.
 * @param type as libbpf names it: `raw_tracepoint`.
 * @param helper as C calls it: `bpf_get_socket_cookie`.
 */
export function isNeverAllowed(type: string, helper: string): boolean {
  const own = HELPERS.get(type);
  const name = helper.slice("bpf_".length);
  return own !== undefined && !BASE.has(name) && !own.has(name);
}
