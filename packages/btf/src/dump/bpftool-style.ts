import type { TypeId } from "../btf.js";
import { kflagOf, nameOf, PARAM_WORDS, targetOf } from "../flat.js";
import { wordAt } from "../words.js";
import { newLayout } from "./bpftool-layout.js";
import { newNames, putName } from "./bpftool-names.js";
import { putEnum, putStruct } from "./bpftool-types.js";
import type { CDump, NewCStyle } from "./c-dump.js";
import { KFUNC_MACROS } from "./c-head.js";
import { isName } from "./c-names.js";
import { putDeclaration, putTag } from "./declarator.js";
import { putPrototype } from "./kfuncs.js";
import { put, putString } from "./text.js";

const HEAD = `#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

${KFUNC_MACROS}`;

const TAIL = `#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
`;

/** C as bpftool 7.8 writes it. */
export const newBpftoolStyle: NewCStyle = (flat, work) => {
  const layout = newLayout(flat, work);
  return {
    head: HEAD,
    tail: TAIL,
    names: newNames(flat, work),
    putName,
    paramName: (first, index) => wordAt(flat.words, first + index * PARAM_WORDS),
    putNumberType: ({ text }, id) => putString(text, flat.strings, nameOf(flat, id)),
    putTypeTag,
    putBeforeInt,
    putStruct: (dump, id, level) => putStruct(dump, layout, id, level),
    putEnum,
    putFwd: putTag,
    putTypedef,
    putKfunc: putPrototype,
  };
};

function putTypeTag({ flat, text }: CDump, id: TypeId): void {
  const isAttribute = kflagOf(flat, id);
  put(text, isAttribute ? " __attribute__((" : ' __attribute__((btf_type_tag("');
  putString(text, flat.strings, nameOf(flat, id));
  put(text, isAttribute ? "))" : '")))');
}

function putTypedef(dump: CDump, id: TypeId): void {
  const { flat, text, style } = dump;
  const name = nameOf(flat, id);
  // Compilers know it by themselves, and may refuse to have it defined.
  if (isName(flat, name, "__builtin_va_list")) return;
  const occurrence = style.names.ofType(id);
  const target = targetOf(flat, id);
  if (target === 0 && occurrence === 1 && isName(flat, name, "__gnuc_va_list")) {
    // Old gcc has it a typedef of void.
    put(text, "typedef __builtin_va_list __gnuc_va_list");
  } else {
    put(text, "typedef ");
    putDeclaration(dump, target, name, occurrence, 0);
  }
  put(text, ";\n\n");
}

/** Types of gcc's intrinsics for Arm, which other compilers do not know. */
const ALIASES = [
  { name: "__Poly8_t", of: "unsigned char" },
  { name: "__Poly16_t", of: "unsigned short" },
  { name: "__Poly64_t", of: "unsigned long long" },
  { name: "__Poly128_t", of: "unsigned __int128" },
];

function putBeforeInt({ flat, text, style }: CDump, id: TypeId): void {
  const offset = nameOf(flat, id);
  // An int's name is taken from here on, even though nothing is defined.
  if (offset === 0 || style.names.ofType(id) > 1) return;
  for (const { name, of } of ALIASES) {
    if (isName(flat, offset, name)) put(text, `typedef ${of} ${name};\n\n`);
  }
}
