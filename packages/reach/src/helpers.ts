// What the kernel's verifier knows of its helper functions: numbers of `enum bpf_func_id`, and of their prototypes
// (`struct bpf_func_proto`) what decides branches or changes the stack.

/** What a helper gives back; a number of which nothing is known, where none of these is said. */
export type HelperResult =
  /** A pointer that is null until a program has looked. */
  | "or-null"
  /** The same, unless it is in an array; newer kernels look at the key. */
  | "or-null, by key"
  /** The same, but older kernels do not remember that a program has looked. */
  | "or-null, forgotten"
  /** A pointer that is never null. */
  | "not-null"
  /** The same, but older kernels do not know. */
  | "not-null, unknown"
  /** The size of what was read, or a negative error. */
  | "size"
  /** Less than the number of processors; older kernels do not know. */
  | "processor";

const RESULTS: Readonly<Record<number, HelperResult>> = {
  1: "or-null, by key", // map_lookup_elem
  8: "processor", // get_smp_processor_id
  45: "size", // probe_read_str
  67: "size", // get_stack
  81: "not-null", // get_local_storage
  84: "or-null", // sk_lookup_tcp
  85: "or-null", // sk_lookup_udp
  95: "or-null", // sk_fullsock
  96: "or-null", // tcp_sock
  98: "or-null", // get_listener_sock
  99: "or-null", // skc_lookup_tcp
  107: "or-null", // sk_storage_get
  114: "size", // probe_read_user_str
  115: "size", // probe_read_kernel_str
  131: "or-null, forgotten", // ringbuf_reserve
  136: "or-null, forgotten", // skc_to_tcp6_sock
  137: "or-null, forgotten", // skc_to_tcp_sock
  138: "or-null, forgotten", // skc_to_tcp_timewait_sock
  139: "or-null, forgotten", // skc_to_tcp_request_sock
  140: "or-null, forgotten", // skc_to_udp6_sock
  141: "size", // get_task_stack
  145: "or-null", // inode_storage_get
  153: "or-null, forgotten", // per_cpu_ptr
  154: "not-null, unknown", // this_cpu_ptr
  156: "or-null", // task_storage_get
  158: "not-null, unknown", // get_current_task_btf
  162: "or-null, forgotten", // sock_from_file
  175: "not-null, unknown", // task_pt_regs
  178: "or-null, forgotten", // skc_to_unix_sock
  194: "or-null, forgotten", // kptr_xchg
  195: "or-null, by key", // map_lookup_percpu_elem
  196: "or-null, forgotten", // skc_to_mptcp_sock
  203: "or-null, forgotten", // dynptr_data
  210: "or-null", // cgrp_storage_get
};

export const helperResult = (helper: number): HelperResult | undefined => RESULTS[helper];

/** Memory that a helper writes: the register of its address, and that of its size or the size in bytes. */
export interface Written {
  readonly pointer: number;
  readonly size: { readonly register: number } | number;
}

const sized = (pointer: number, register: number): Written => ({ pointer, size: { register } });
const fixed = (pointer: number, size: number): Written => ({ pointer, size });
const ofMap = (pointer: number) => ({ pointer, size: undefined });

const WRITTEN: Readonly<Record<number, readonly Written[]>> = {
  4: [sized(1, 2)], // probe_read
  16: [sized(1, 2)], // get_current_comm
  20: [sized(2, 3)], // skb_get_tunnel_key
  26: [sized(3, 4)], // skb_load_bytes
  29: [sized(2, 3)], // skb_get_tunnel_opt
  45: [sized(1, 2)], // probe_read_str
  55: [sized(3, 4)], // perf_event_read_value
  56: [sized(2, 3)], // perf_prog_read_value
  57: [sized(4, 5)], // getsockopt
  66: [sized(3, 4)], // skb_get_xfrm_state
  67: [sized(2, 3)], // get_stack
  68: [sized(3, 4)], // skb_load_bytes_relative
  69: [sized(2, 3)], // fib_lookup
  88: [fixed(2, 8)], // map_pop_elem
  89: [fixed(2, 8)], // map_peek_elem
  101: [sized(2, 3)], // sysctl_get_name
  102: [sized(2, 3)], // sysctl_get_current_value
  103: [sized(2, 3)], // sysctl_get_new_value
  105: [fixed(4, 8)], // strtol
  106: [fixed(4, 8)], // strtoul
  112: [sized(1, 2)], // probe_read_user
  113: [sized(1, 2)], // probe_read_kernel
  114: [sized(1, 2)], // probe_read_user_str
  115: [sized(1, 2)], // probe_read_kernel_str
  119: [sized(2, 3)], // read_branch_records
  120: [sized(3, 4)], // get_ns_current_pid_tgid
  141: [sized(2, 3)], // get_task_stack
  147: [sized(2, 3)], // d_path
  148: [sized(1, 2)], // copy_from_user
  149: [sized(1, 2)], // snprintf_btf
  161: [sized(2, 3)], // ima_inode_hash
  163: [fixed(3, 4)], // check_mtu
  165: [sized(1, 2)], // snprintf
  176: [sized(1, 2)], // get_branch_snapshot
  179: [fixed(4, 8)], // kallsyms_lookup_name
  183: [fixed(3, 8)], // get_func_arg
  184: [fixed(2, 8)], // get_func_ret
  189: [sized(3, 4)], // xdp_load_bytes
  191: [sized(1, 2)], // copy_from_user_task
  193: [sized(2, 3)], // ima_file_hash
  197: [fixed(4, 16)], // dynptr_from_mem
  198: [fixed(4, 16)], // ringbuf_reserve_dynptr
  201: [sized(1, 2)], // dynptr_read
};

/** Memory that a helper only reads; of a map's key or value the size is the map's. */
const READ: Readonly<
  Record<number, readonly (Written | { readonly pointer: number; readonly size: undefined })[]>
> = {
  1: [ofMap(2)], // map_lookup_elem
  2: [ofMap(2), ofMap(3)], // map_update_elem
  3: [ofMap(2)], // map_delete_elem
  6: [sized(1, 2)], // trace_printk
  9: [sized(3, 4)], // skb_store_bytes
  21: [sized(2, 3)], // skb_set_tunnel_key
  25: [sized(4, 5)], // perf_event_output
  28: [sized(1, 2), sized(3, 4)], // csum_diff
  30: [sized(2, 3)], // skb_set_tunnel_opt
  36: [sized(2, 3)], // probe_write_user
  49: [sized(4, 5)], // setsockopt
  84: [sized(2, 3)], // sk_lookup_tcp
  85: [sized(2, 3)], // sk_lookup_udp
  87: [ofMap(2)], // map_push_elem
  99: [sized(2, 3)], // skc_lookup_tcp
  105: [sized(1, 2)], // strtol
  106: [sized(1, 2)], // strtoul
  107: [ofMap(3)], // sk_storage_get
  111: [sized(4, 5)], // skb_output
  121: [sized(4, 5)], // xdp_output
  126: [sized(2, 3), sized(4, 5)], // seq_printf
  127: [sized(2, 3)], // seq_write
  130: [sized(2, 3)], // ringbuf_output
  145: [ofMap(3)], // inode_storage_get
  156: [ofMap(3)], // task_storage_get
  165: [sized(4, 5)], // snprintf
  177: [sized(1, 2), sized(3, 4)], // trace_vprintk
  182: [sized(1, 2)], // strncmp
  190: [sized(3, 4)], // xdp_store_bytes
  195: [ofMap(2)], // map_lookup_percpu_elem
  202: [sized(3, 4)], // dynptr_write
  210: [ofMap(3)], // cgrp_storage_get
};

export const readBy = (helper: number): NonNullable<(typeof READ)[number]> => READ[helper] ?? [];

export const writtenBy = (helper: number): readonly Written[] => WRITTEN[helper] ?? [];

/** Helpers that take a function of the program to call; an argument of it is what the program hands on. */
const CALLBACKS: Readonly<Record<number, number | undefined>> = {
  164: 4, // for_each_map_elem
  170: undefined, // timer_set_callback
  180: 3, // find_vma
  181: 2, // loop
  209: 2, // user_ringbuf_drain
};

export const takesCallback = (helper: number): boolean => helper in CALLBACKS;

/** The register of the callback in which it gets what follows it among the helper's arguments. */
export const handedOnArgument = (helper: number): number | undefined => CALLBACKS[helper];

/** Does it call back later, when the program has ended? */
export const isAsynchronous = (helper: number): boolean => helper === 170; // timer_set_callback

/** Its callback's first argument is a number, that of the round; its own first one is how many there are. */
export const LOOP = 181;
