import type { Btf } from "../btf.js";
import { typeIdAt } from "../read.js";
import { bpftoolOrder } from "./bpftool-order.js";
import { putEnum, putStruct } from "./bpftool-types.js";
import { type CDump, type CStyle, newCDump } from "./c-dump.js";
import { newEmission, putDefinition } from "./definitions.js";
import { markReferenced } from "./flat.js";
import { putKfuncs } from "./kfuncs.js";
import { orderDefinitions } from "./order.js";
import { idsBetween, type Roots } from "./roots.js";
import { type Chunks, isFull, put, takeChunk } from "./text.js";

export interface COptions extends Roots {
  readonly style: "bpftool";
  /** Write types in the order of their ids, instead of by kind and name. Of no effect with `rootIds`. */
  readonly unsorted?: boolean;
}

const BPFTOOL: CStyle = { putStruct, putEnum };

const HEAD = `#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

#ifndef __ksym
#define __ksym __attribute__((section(".ksyms")))
#endif

#ifndef __weak
#define __weak __attribute__((weak))
#endif

#ifndef __bpf_fastcall
#if __has_attribute(bpf_fastcall)
#define __bpf_fastcall __attribute__((bpf_fastcall))
#else
#define __bpf_fastcall
#endif
#endif

`;

const TAIL = `#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
`;

/**
 * Dumps types as a C header, byte for byte as bpftool 7.8 does (`bpftool btf dump file … format c`), those of the base
 * of split BTF among them: types in an order in which C can be compiled, prototypes of the kernel's functions that are
 * tagged as kfuncs, and what BPF programs need around them.
 *
 * So bpftool's faults are here too. Unless `unsorted`, the first type of its order is missing (in a vmlinux that is an
 * enum without a name). A struct is said to be packed where that explains its layout, but never aligned, and members of
 * ms-extensions need a compiler's flag to be laid out right. Names are written as they are: of one that is no
 * identifier, or that has line feeds in it, no C comes, or some other C. Make the text printable before it gets to a
 * terminal. Where bpftool would not end, or end with a fault, this throws.
 *
 * @throws BtfError `type-id` for a root that does not exist; `kind` when there is a type of a kind that this library
 * does not know; `too-complex` when a type contains itself, or the types are too deep within each other or repeat each
 * other so often that the text gets out of proportion, after any number of chunks.
 */
export function* dumpC(btf: Btf, options: COptions): Chunks {
  const dump = newCDump(btf, BPFTOOL);
  const { flat, text, work } = dump;
  const referenced = markReferenced(flat);
  const definitions = orderDefinitions(flat, referenced, rootsOf(btf, dump, referenced, options), work);
  const emission = newEmission(dump);
  put(text, HEAD);
  for (const id of definitions) {
    putDefinition(emission, id);
    if (isFull(text)) yield takeChunk(text);
  }
  if (options.rootIds === undefined) putKfuncs(dump);
  put(text, TAIL);
  yield takeChunk(text);
}

function rootsOf(
  btf: Btf,
  { flat, work }: CDump,
  referenced: Uint8Array,
  { rootIds, unsorted = false }: COptions,
): ArrayLike<number> {
  if (rootIds !== undefined) return rootIds.map((id) => typeIdAt(btf, id));
  // bpftool goes through its sorted list as through ids, from 1 on.
  return unsorted ? idsBetween(1, btf.endId) : bpftoolOrder(flat, referenced, work).subarray(1);
}
