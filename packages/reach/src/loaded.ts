import { type Btf, essentialName, idsByName } from "@core/btf";
import { type Reader, readerOf } from "@core/bytes";
import { type Section, sectionBytes } from "@core/elf";
import type { Relocated } from "@core/relocate";
import type { Instruction } from "./code.js";
import type { Knowledge } from "./reachability.js";
import type { Extern, Reference } from "./reference.js";
import { between, constant, type Trust, truncate, UNKNOWN_BYTES, UNTOLD, ZERO } from "./scalar.js";
import { type Memory, OTHER, type Pointer, type Value } from "./value.js";

/** Tells what an LDIMM64 loads, once libbpf has put in what it refers to (libbpf: bpf_object__relocate_data). */
export function loadedValues(
  { object, target }: Relocated,
  knowledge: Knowledge,
): (instruction: Instruction) => Value {
  const { elf } = object;
  const memories = new Map<string, Memory>();
  const remembered = (key: string, make: () => Memory): Memory => {
    const memory = memories.get(key) ?? make();
    memories.set(key, memory);
    return memory;
  };
  const externExists = (reference: Reference & { kind: "ksym" | "kfunc" }): boolean | undefined =>
    knowledge.ksymExists?.(reference.name) ??
    (reference.kind === "kfunc" || reference.typed
      ? [target.kernel, ...(target.modules ?? []).map(({ btf }) => btf)].some((btf) =>
          describes(btf, reference),
        )
      : undefined);

  return ({ reference, wideImm, target: index }) => {
    switch (reference?.kind) {
      case undefined:
        return constant(wideImm);
      case "function":
        return pointerTo({ kind: "function", index: index ?? -1 }, 0, "same");
      case "map":
        return pointerTo(OTHER, 0, "less");
      case "data": {
        const section = elf.sections[reference.sectionIndex];
        if (section === undefined || !isFrozen(section)) return pointerTo(OTHER, reference.offset, "same");
        const memory = remembered(`${section.index}`, () =>
          frozen(readerOf(sectionBytes(elf, section), elf.order)),
        );
        return pointerTo(memory, reference.offset, "same");
      }
      case "kconfig": {
        const memory = remembered(reference.name, () => configured(reference, knowledge));
        return pointerTo(memory, 0, "same");
      }
      case "ksym":
      case "kfunc": {
        const exists = externExists(reference);
        if (exists === undefined) return UNTOLD;
        return exists ? pointerTo(OTHER, 0, "less") : ZERO;
      }
      case "call":
        return UNTOLD;
    }
  };
}

/** Maps of such sections are frozen before a program is loaded, so that the kernel reads them as constants. */
const isFrozen = ({ name }: Section): boolean => /^\.rodata(\.|$)/.test(name);

const pointerTo = (to: Memory, offset: number, trust: Trust): Pointer => ({
  kind: "pointer",
  to,
  offset: constant(BigInt(offset)),
  null: "never",
  id: 0,
  trust,
});

function frozen(reader: Reader): Memory {
  return {
    kind: "frozen",
    read: (offset, bytes) => {
      if (!reader.has(offset, bytes)) return { ...UNKNOWN_BYTES[bytes], trust: "more" };
      switch (bytes) {
        case 1:
          return constant(BigInt(reader.u8(offset)));
        case 2:
          return constant(BigInt(reader.u16(offset)));
        case 4:
          return constant(BigInt(reader.u32(offset)));
        case 8:
          return constant(reader.u64(offset));
      }
    },
  };
}

function configured({ name }: Extern, knowledge: Knowledge): Memory {
  const value = knowledge.kconfig?.(name);
  return {
    kind: "frozen",
    read: (offset, bytes) => {
      if (offset !== 0 || value === undefined) return { ...UNKNOWN_BYTES[bytes], trust: "more" };
      if (typeof value === "bigint") return constant(BigInt.asUintN(8 * bytes, value));
      const range = between(value.min, value.max, "more");
      return bytes === 8 ? range : truncate(range, bytes);
    },
  };
}

/** Has the kernel such a variable or function? (libbpf: bpf_object__resolve_ksyms_btf_id) */
function describes(
  btf: Btf,
  { kind, name }: { readonly kind: "ksym" | "kfunc"; readonly name: string },
): boolean {
  return idsByName(btf, essentialName(name), "exact", [kind === "ksym" ? "var" : "func"]).length > 0;
}
