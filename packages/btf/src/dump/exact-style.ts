import type { TypeId } from "../btf.js";
import { type Flat, headOf, kflagOf, nameOf, PARAM_WORDS, targetOf } from "../flat.js";
import { Raw } from "../kinds.js";
import { wordAt } from "../words.js";
import type { CDump, NewCStyle } from "./c-dump.js";
import { KFUNC_MACROS } from "./c-head.js";
import { isName } from "./c-names.js";
import { putDeclaration, putTag } from "./declarator.js";
import { putEnum } from "./exact-enum.js";
import { type ExactLayout, newExactLayout, numberOf } from "./exact-layout.js";
import { newIdentifiers, newNames, putName } from "./exact-names.js";
import { problemOf } from "./exact-problems.js";
import { putStruct } from "./exact-types.js";
import { putPrototype } from "./kfuncs.js";
import { put, putByte, type Text } from "./text.js";
import { spend, type Work } from "./work.js";

const HEAD = `/*
 * The types that a BTF has, each laid out as it says. For clang, as C11 to C17 (-std=gnu11), for BPF and for 64-bit
 * machines; no other flag is needed. Where clang has no words for something, a comment says so in its place.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wgnu-variable-sized-type-not-at-end"
#pragma clang diagnostic ignored "-Wpragma-clang-attribute"

#if defined(__bpf__) && !defined(BPF_NO_PRESERVE_ACCESS_INDEX)
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

${KFUNC_MACROS}`;

const TAIL = `#if defined(__bpf__) && !defined(BPF_NO_PRESERVE_ACCESS_INDEX)
#pragma clang attribute pop
#endif

#pragma clang diagnostic pop

#endif /* __VMLINUX_H__ */
`;

/** C that says what BTF says, and that clang compiles to types laid out like that. */
export const newExactStyle: NewCStyle = (flat, work) => {
  const layout = newExactLayout(flat, work);
  const identifiers = newIdentifiers(flat.strings);
  const names = newNames(flat, work, identifiers);
  const typedefs = namesOfTypedefs(flat);
  return {
    head: HEAD,
    tail: TAIL,
    names,
    putName: (dump, offset, occurrence) => putName(dump, identifiers, offset, occurrence),
    paramName: (first, index) => paramName(flat, work, typedefs, first, index),
    putNumberType: ({ text }, id) => put(text, numberOf(layout, id).c),
    putTypeTag,
    putBeforeInt: () => {},
    putStruct: (dump, id, level) => putStruct(dump, layout, id, level),
    putEnum,
    putFwd,
    putTypedef: (dump, id) => putTypedef(dump, layout, id),
    putKfunc: (dump, func, isFastcall) => putKfunc(dump, layout, func, isFastcall),
  };
};

function namesOfTypedefs(flat: Flat): ReadonlySet<number> {
  const names = new Set<number>();
  for (let id = 1; id < flat.kinds.length; id++) {
    if (flat.kinds[id] === Raw.typedef) names.add(wordAt(flat.words, headOf(flat, id)));
  }
  return names;
}

/** A parameter goes without a name that a type has, which would mean the parameter from there on, or another one. */
function paramName(
  { words }: Flat,
  work: Work,
  typedefs: ReadonlySet<number>,
  first: number,
  index: number,
): number {
  const name = wordAt(words, first + index * PARAM_WORDS);
  if (name === 0 || typedefs.has(name)) return 0;
  spend(work, index);
  for (let i = 0; i < index; i++) if (words[first + i * PARAM_WORDS] === name) return 0;
  return name;
}

/** Any other attribute might change what is laid out how. */
const ARENA = "address_space(1)";

function putTypeTag({ flat, text }: CDump, id: TypeId): void {
  const name = nameOf(flat, id);
  if (!kflagOf(flat, id)) {
    put(text, ' __attribute__((btf_type_tag("');
    putStringContent(text, flat.strings, name);
    put(text, '")))');
  } else if (isName(flat, name, ARENA)) {
    put(text, ` __attribute__((${ARENA}))`);
  } else {
    put(text, " /* an attribute is missing */");
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Writes what stands between quotes, so that it stays there. */
function putStringContent(text: Text, strings: Uint8Array, start: number): void {
  let at = start;
  for (let byte = strings[at]; byte; byte = strings[++at]) {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH;
    if (isPlain) putByte(text, byte);
    else put(text, `\\${byte.toString(8).padStart(3, "0")}`);
  }
}

function putFwd(dump: CDump, id: TypeId): void {
  if (nameOf(dump.flat, id) !== 0) putTag(dump, id);
  else put(dump.text, "/* a declaration is missing: it has no name */");
}

function putTypedef(dump: CDump, layout: ExactLayout, id: TypeId): void {
  const { flat, text, style } = dump;
  const name = nameOf(flat, id);
  const problem = problemOf(layout.problems, id);
  const occurrence = style.names.ofType(id);
  if (problem !== undefined) {
    putMissing(dump, "typedef", name, occurrence, problem);
  } else {
    put(text, "typedef ");
    putDeclaration(dump, targetOf(flat, id), name, occurrence, 0);
    put(text, ";");
  }
  put(text, "\n\n");
}

function putKfunc(dump: CDump, layout: ExactLayout, func: TypeId, isFastcall: boolean): void {
  const { flat, style } = dump;
  const name = nameOf(flat, func);
  const problem = problemOf(layout.problems, targetOf(flat, func));
  const occurrence = style.names.ofIdentifier(name);
  if (problem === undefined && occurrence === 1) {
    putPrototype(dump, func, isFastcall);
  } else {
    putMissing(dump, "function", name, occurrence, problem ?? "something else has its name");
    put(dump.text, "\n");
  }
}

function putMissing(dump: CDump, what: string, name: number, occurrence: number, problem: string): void {
  const { text } = dump;
  put(text, `/* ${what} `);
  dump.style.putName(dump, name, occurrence);
  put(text, ` is missing: ${problem} */`);
}
