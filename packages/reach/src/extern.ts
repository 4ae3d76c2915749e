import {
  type Btf,
  idsByName,
  kindOf,
  nameOf,
  referredTypeOf,
  secVarTypeOf,
  skipModifiers,
  type TypeId,
  typeIdAt,
  varLinkageOf,
  vlenOf,
} from "@core/btf";
import { type ElfSymbol, STB_GLOBAL, STB_WEAK, STT_NOTYPE } from "@core/elf";
import { ReachError } from "./error.js";
import type { Reference } from "./reference.js";

/** `BTF_VAR_GLOBAL_EXTERN` and `BTF_FUNC_EXTERN` of the kernel's `btf.h`. */
const LINKAGE_EXTERN = 2;

/** libbpf: sym_is_extern. */
export function isExtern({ section, bind, type }: ElfSymbol): boolean {
  return section === "undef" && (bind === STB_GLOBAL || bind === STB_WEAK) && type === STT_NOTYPE;
}

/** Finds what the object's BTF says of its `extern` symbols (libbpf: bpf_object__collect_externs). */
export function externReader(btf: Btf | undefined): (symbol: ElfSymbol) => Reference {
  let sections: ReadonlyMap<TypeId, string> | undefined;
  return ({ name, bind }) => {
    const fail = (why: string) => new ReachError("extern", `failed to find BTF for extern '${name}': ${why}`);
    if (btf === undefined) throw fail("the object has none");
    const [typeId] = idsByName(btf, name, "exact", ["var", "func"]);
    if (typeId === undefined) throw fail("nothing is called so");
    const isFunc = kindOf(btf, typeId) === "func";
    if ((isFunc ? vlenOf(btf, typeId) : varLinkageOf(btf, typeId)) !== LINKAGE_EXTERN)
      throw fail(`what is called so is defined in the object`);

    sections ??= sectionsOfVariables(btf);
    const section = sections.get(typeId);
    const extern = { name, weak: bind === STB_WEAK, typeId };
    if (section === ".kconfig" && !isFunc) return { kind: "kconfig", ...extern };
    if (section !== ".ksyms") throw fail(`it is in section '${section ?? ""}', not in .kconfig or .ksyms`);
    if (isFunc) return { kind: "kfunc", ...extern };
    return { kind: "ksym", typed: skipModifiers(btf, referredTypeOf(btf, typeId)) !== 0, ...extern };
  };
}

/** The name of the section of every variable; the first one counts (libbpf: find_extern_sec_btf_id). */
function sectionsOfVariables(btf: Btf): ReadonlyMap<TypeId, string> {
  const sections = new Map<TypeId, string>();
  for (let n = btf.startId as number; n < btf.endId; n++) {
    const id = typeIdAt(btf, n);
    if (kindOf(btf, id) !== "datasec") continue;
    const name = nameOf(btf, id);
    for (let i = 0; i < vlenOf(btf, id); i++) {
      const variable = secVarTypeOf(btf, id, i);
      if (!sections.has(variable)) sections.set(variable, name);
    }
  }
  return sections;
}
