import {
  type Btf,
  enumeratorNameOff,
  idsByName,
  kindOf,
  memberNameOff,
  stringAt,
  type TypeId,
  vlenOf,
} from "@core/btf";

/** What some kernels' verifiers do, and others do not. It is told by types that came with it, or soon after. */
export interface KernelTraits {
  /** Global functions are verified when they are called, not in any case. Linux 6.8. */
  readonly verifiesGlobalsLazily: boolean;
  /**
   * Two numbers are compared by their ranges, not only with constants; and a number that is not the least or greatest
   * that it may be is known to lie between the others. Linux 6.8.
   */
  readonly comparesRanges: boolean;
  /** Numbers of less than eight bytes are remembered on the stack. Linux 5.16. */
  readonly remembersParts: boolean;
  /** So is what is known of a number that is not known as a whole, and of a part of one. Linux 6.9. */
  readonly remembersRanges: boolean;
  /** A zero is stored as any other number is: of what overwrites a part of it, the rest is forgotten. Linux 6.8. */
  readonly storesZerosWhole: boolean;
  /** A callback of `bpf_loop` is not called where there is no round. Linux 6.7. */
  readonly countsRounds: boolean;
  /**
   * What a helper only reads stays known, and what it finds in an array by a key that is known is not null. Linux 6.14;
   * what tells it came with 6.13.
   */
  readonly looksIntoArguments: boolean;
}

const known = new WeakMap<Btf, KernelTraits>();

export function traitsOf(kernel: Btf): KernelTraits {
  const traits = known.get(kernel) ?? findTraits(kernel);
  known.set(kernel, traits);
  return traits;
}

function findTraits(kernel: Btf): KernelTraits {
  const verifiesGlobalsLazily = hasName(kernel, "bpf_func_info_aux", "called");
  return {
    verifiesGlobalsLazily,
    comparesRanges: verifiesGlobalsLazily,
    remembersParts: hasName(kernel, "bpf_func_id", "BPF_FUNC_kallsyms_lookup_name"),
    remembersRanges: hasName(kernel, "bpf_map_type", "BPF_MAP_TYPE_ARENA"),
    storesZerosWhole: verifiesGlobalsLazily,
    countsRounds: hasName(kernel, "bpf_func_state", "callback_depth"),
    looksIntoArguments: hasName(kernel, "bpf_attach_type", "BPF_TRACE_UPROBE_SESSION"),
  };
}

/** Has a type such a member or enumerator? */
function hasName(btf: Btf, type: string, name: string): boolean {
  return idsByName(btf, type, "exact", ["struct", "enum"]).some((id) => namesIn(btf, id).includes(name));
}

function namesIn(btf: Btf, id: TypeId): readonly string[] {
  const offsetAt = kindOf(btf, id) === "struct" ? memberNameOff : enumeratorNameOff;
  return Array.from({ length: vlenOf(btf, id) }, (_, index) => stringAt(btf, offsetAt(btf, id, index)));
}
