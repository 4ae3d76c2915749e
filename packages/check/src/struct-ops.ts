import {
  type Btf,
  essentialName,
  idsByName,
  kindOf,
  memberBitOffset,
  memberNameOff,
  memberTypeOf,
  nameOf,
  referredTypeOf,
  secVarTypeOf,
  sizeOf,
  skipModifiers,
  stringAt,
  type TypeId,
  vlenOf,
} from "@core/btf";
import { relocationsOf, type Section, SHT_REL, sectionBytes, symbolsOf } from "@core/elf";
import { type BpfObject, findProgram, type Program } from "@core/relocate";
import { limitOf } from "./error.js";
import type { Finding } from "./finding.js";
import { type CheckKernel, findKernelType, type KernelType } from "./kernel.js";

/** A `struct_ops` variable: a struct of functions that the object gives to the kernel. */
export interface StructOps {
  readonly name: string;
  readonly typeId: TypeId;
  /** False for `SEC("?.struct_ops")`: the loading program decides whether it is created. */
  readonly autocreate: boolean;
  /** Those that the object sets. */
  readonly members: readonly {
    readonly index: number;
    readonly name: string;
    readonly program: Program | undefined;
  }[];
}

const SECTION = /^\??\.struct_ops(\.link)?$/;
const POINTER_SIZE = 8;
const MAX_MEMBERS = 100_000;

/**
 * The `struct_ops` variables of an object (libbpf: init_struct_ops_maps, bpf_object__collect_st_ops_relos).
 * @throws ElfError, BtfError for malformed tables.
 */
export function structOpsOf({ elf, btf, programs }: BpfObject): readonly StructOps[] {
  const sections = elf.sections.filter(({ name, type }) => SECTION.test(name) && type !== SHT_REL);
  if (btf === undefined || sections.length === 0) return [];
  const symbols = symbolsOf(elf);

  /** The functions whose addresses a section holds, by its offsets in bytes. */
  function functionsIn(section: Section): ReadonlyMap<number, Program> {
    const found = new Map<number, Program>();
    for (const table of elf.sections) {
      if (table.type !== SHT_REL || table.info !== section.index) continue;
      for (const { offset, symbolIndex } of relocationsOf(elf, table)) {
        const symbol = symbols[symbolIndex];
        if (typeof symbol?.section !== "number") continue;
        const at = Number(symbol.value);
        const program = findProgram(programs, symbol.section, at);
        if (program?.offset === at) found.set(Number(offset), program);
      }
    }
    return found;
  }

  const count = limitOf("members of struct_ops variables", MAX_MEMBERS);
  return sections.flatMap((section) => {
    const functions = functionsIn(section);
    const bytes = sectionBytes(elf, section);
    const own = symbols.filter((symbol) => symbol.section === section.index);
    const starts = new Map(own.map(({ name, value }) => [name, Number(value)]));
    const [datasec] = idsByName(btf, section.name, "exact", ["datasec"]);
    if (datasec === undefined) return [];
    return Array.from({ length: vlenOf(btf, datasec) }, (_, i) => {
      const variable = secVarTypeOf(btf, datasec, i);
      const typeId =
        kindOf(btf, variable) === "var" ? skipModifiers(btf, referredTypeOf(btf, variable)) : variable;
      // The compiler leaves offsets to the linker, so that the symbols have them (libbpf: btf_fixup_datasec).
      const start = starts.get(nameOf(btf, variable)) ?? 0;
      const nmembers = kindOf(btf, typeId) === "struct" ? vlenOf(btf, typeId) : 0;
      count(nmembers + 1);
      const members = Array.from({ length: nmembers }, (_, index) => {
        const at = start + Math.floor(memberBitOffset(btf, typeId, index) / 8);
        const size = sizeOf(btf, memberTypeOf(btf, typeId, index));
        const program = size === POINTER_SIZE ? functions.get(at) : undefined;
        const isSet = program !== undefined || bytes.subarray(at, at + size).some((byte) => byte !== 0);
        return isSet ? [{ index, name: stringAt(btf, memberNameOff(btf, typeId, index)), program }] : [];
      });
      return {
        name: nameOf(btf, variable),
        typeId,
        autocreate: !section.name.startsWith("?"),
        members: members.flat(),
      };
    });
  });
}

/**
 * What of a `struct_ops` variable is about one program: loaded alone, it is the only function that is set, beside the
 * numbers. Nothing where it is none of the variable's.
 */
export function onlyFor(structOps: StructOps, program: Program): StructOps {
  const own = structOps.members.filter((member) => member.program === program);
  const numbers = structOps.members.filter((member) => member.program === undefined);
  return { ...structOps, members: own.length === 0 ? [] : [...own, ...numbers] };
}

/** The kernel's pointer to a function that a program is given as; `undefined` where it has none. */
export function findStructOpsMember(
  kernel: CheckKernel,
  local: Btf,
  { typeId, members }: StructOps,
): KernelType | undefined {
  const type = findStructOps(kernel, essentialName(nameOf(local, typeId)));
  const [member] = members;
  if (type === undefined || member === undefined) return undefined;
  const id = findMember(type, member.name);
  return id === undefined ? undefined : { ...type, id };
}

/** Does the kernel have what a `struct_ops` variable is given for (libbpf: bpf_map__init_kern_struct_ops)? */
export function checkStructOps(
  kernel: CheckKernel,
  local: Btf,
  { name, typeId, members }: StructOps,
): readonly Finding[] {
  const structName = essentialName(nameOf(local, typeId));
  const type = findStructOps(kernel, structName);
  if (type === undefined) {
    const message = `struct_ops ${name}: the kernel takes no struct ${structName} from programs, there is no struct bpf_struct_ops_${structName} in its BTF`;
    const subject = `struct_ops ${structName}`;
    const implied = members.map((member) => `struct ${structName}.${member.name}`);
    return [{ code: "attach-target-missing", verdict: "fails", message, subject, implied }];
  }
  return members.flatMap(({ name: member, index, program }): Finding[] => {
    const fails = (what: string): Finding[] => [
      {
        code: "struct-ops-member-missing",
        verdict: "fails",
        message: `struct_ops ${name}: ${what}`,
        subject: `struct ${structName}.${member}`,
        hints: [
          `set ${member} to ${program === undefined ? 0 : "NULL"} before loading where the kernel does not have it`,
        ],
      },
    ];
    const found = findMember(type, member);
    if (found === undefined)
      return fails(`cannot find member ${member} of struct ${structName} in kernel BTF`);
    const wanted = skipModifiers(local, memberTypeOf(local, typeId, index));
    if (kindOf(local, wanted) !== kindOf(type.btf, found)) {
      const [own, other] = [kindOf(local, wanted), kindOf(type.btf, found)];
      return fails(`unmatched member type: ${member} is of kind ${own} here, and ${other} in the kernel`);
    }
    if (program !== undefined) {
      const pointee = skipModifiers(type.btf, referredTypeOf(type.btf, found));
      return kindOf(type.btf, pointee) === "func_proto"
        ? []
        : fails(`kernel member ${member} is not a func ptr`);
    }
    const [size, kernelSize] = [sizeOf(local, wanted), sizeOf(type.btf, found)];
    return size === kernelSize
      ? []
      : fails(`error in size of member ${member}: ${size} != ${kernelSize} (kernel)`);
  });
}

/** The kernel's own type, of the BTF that can take it (libbpf: find_struct_ops_kern_types). */
function findStructOps(kernel: CheckKernel, name: string): KernelType | undefined {
  const value = findKernelType(kernel, `bpf_struct_ops_${name}`, "struct");
  if (value === undefined) return undefined;
  const [id] = idsByName(value.btf, name, "exact", ["struct"]);
  return id === undefined ? undefined : { ...value, id };
}

function findMember({ btf, id }: KernelType, name: string): TypeId | undefined {
  for (let i = 0; i < vlenOf(btf, id); i++) {
    if (stringAt(btf, memberNameOff(btf, id, i)) === name)
      return skipModifiers(btf, memberTypeOf(btf, id, i));
  }
  return undefined;
}
