import type { TypeId } from "../btf.js";
import { componentOf, type Flat, nameOf, targetOf } from "../flat.js";
import { Raw } from "../kinds.js";
import type { CDump } from "./c-dump.js";
import { isName } from "./c-names.js";
import { putDeclaration } from "./declarator.js";
import { compareNames } from "./name-table.js";
import { put } from "./text.js";

/** Writes prototypes of the kernel's functions that BPF programs may call, by name (bpftool: dump_btf_kfuncs). */
export function putKfuncs(dump: CDump): void {
  const { flat, text, work, style } = dump;
  const { kfuncs, fastcalls } = taggedFunctions(flat);
  kfuncs.sort((a, b) => compareNames(flat.strings, nameOf(flat, a), nameOf(flat, b), work));
  put(text, "\n/* BPF kfuncs */\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n");
  for (const id of kfuncs) {
    style.putKfunc(dump, id, fastcalls.has(id));
  }
  put(text, "#endif\n\n");
}

/** Writes the prototype of a function that is in the kernel, or may be. */
export function putPrototype(dump: CDump, func: TypeId, isFastcall: boolean): void {
  const { flat, text } = dump;
  put(text, isFastcall ? "extern __bpf_fastcall " : "extern ");
  putDeclaration(dump, targetOf(flat, func), nameOf(flat, func), 1, 0);
  put(text, " __weak __ksym;\n");
}

interface TaggedFunctions {
  /** As often as they have the tag. */
  readonly kfuncs: TypeId[];
  readonly fastcalls: Set<TypeId>;
}

function taggedFunctions(flat: Flat): TaggedFunctions {
  const { kinds } = flat;
  const kfuncs: TypeId[] = [];
  const fastcalls = new Set<TypeId>();
  for (let i = 1; i < kinds.length; i++) {
    if (kinds[i] !== Raw.declTag) continue;
    const tag = i as TypeId;
    const tagged = targetOf(flat, tag);
    if (kinds[tagged] !== Raw.func || componentOf(flat, tag) !== -1) continue;
    if (isName(flat, nameOf(flat, tag), "bpf_kfunc")) kfuncs.push(tagged);
    if (isName(flat, nameOf(flat, tag), "bpf_fastcall")) fastcalls.add(tagged);
  }
  return { kfuncs, fastcalls };
}
