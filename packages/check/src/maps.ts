import {
  arrayElementOf,
  arrayNelemsOf,
  type Btf,
  idsByName,
  kindOf,
  memberNameOff,
  memberTypeOf,
  nameOf,
  referredTypeOf,
  secVarTypeOf,
  skipModifiers,
  stringAt,
  type TypeId,
  vlenOf,
} from "@core/btf";
import { limitOf } from "./error.js";
import type { Finding } from "./finding.js";
import type { CheckKernel } from "./kernel.js";

const MAPS_SECTION = ".maps";

/** enum bpf_map_type of Linux 7.3, for names of what older kernels do not have. */
const MAP_TYPES: readonly string[] = `
  UNSPEC HASH ARRAY PROG_ARRAY PERF_EVENT_ARRAY PERCPU_HASH PERCPU_ARRAY STACK_TRACE CGROUP_ARRAY
  LRU_HASH LRU_PERCPU_HASH LPM_TRIE ARRAY_OF_MAPS HASH_OF_MAPS DEVMAP SOCKMAP CPUMAP XSKMAP SOCKHASH
  CGROUP_STORAGE REUSEPORT_SOCKARRAY PERCPU_CGROUP_STORAGE QUEUE STACK SK_STORAGE DEVMAP_HASH
  STRUCT_OPS RINGBUF INODE_STORAGE TASK_STORAGE BLOOM_FILTER USER_RINGBUF CGRP_STORAGE ARENA
  INSN_ARRAY RHASH
`
  .trim()
  .split(/\s+/);

const mapTypeName = (type: number): string =>
  MAP_TYPES[type] === undefined ? `${type}` : `BPF_MAP_TYPE_${MAP_TYPES[type]}`;

/** A map that an object defines. */
export interface MapDefinition {
  readonly name: string;
  /** A number of `enum bpf_map_type`. */
  readonly type: number;
}

/** Are the maps of an object of types that a kernel has? Creating one that it has not fails the whole object. */
export function checkMaps(kernel: CheckKernel, maps: readonly MapDefinition[]): readonly Finding[] {
  const types = kernel.enumOf("bpf_map_type");
  return maps.flatMap(({ name, type }): Finding[] => {
    if (types?.values.has(BigInt(type))) return [];
    const typeName = mapTypeName(type);
    const subject = `map type ${typeName}`;
    const fallback = `create it only where it can be (bpf_map__set_autocreate), or give it another type before loading (bpf_map__set_type)`;
    if (types === undefined) {
      const message = `whether the kernel has maps of type ${typeName}, such as ${name}, cannot be told: its BTF has no enum bpf_map_type`;
      return [{ code: "map-unsupported", verdict: "unknown", message, subject }];
    }
    const message = `map ${name} is of type ${typeName}, which is not in the kernel's enum bpf_map_type`;
    return [{ code: "map-unsupported", verdict: "fails", message, subject, hints: [fallback] }];
  });
}

const MAX_MEMBERS = 100_000;

/** The maps of `.maps` and those in them, as libbpf reads their types (parse_btf_map_def). */
export function mapsOf(local: Btf): readonly MapDefinition[] {
  const [section] = idsByName(local, MAPS_SECTION, "exact", ["datasec"]);
  if (section === undefined) return [];
  const maps: MapDefinition[] = [];
  const count = limitOf("members of maps' definitions", MAX_MEMBERS);
  for (let i = 0; i < vlenOf(local, section); i++) {
    const variable = secVarTypeOf(local, section, i);
    if (kindOf(local, variable) !== "var") continue;
    const definition = skipModifiers(local, referredTypeOf(local, variable));
    collect(local, nameOf(local, variable), definition, maps, count);
  }
  return maps;
}

function collect(
  local: Btf,
  name: string,
  definition: TypeId,
  maps: MapDefinition[],
  count: (members: number) => void,
  isInner = false,
): void {
  if (kindOf(local, definition) !== "struct") return;
  count(vlenOf(local, definition));
  for (let i = 0; i < vlenOf(local, definition); i++) {
    const member = stringAt(local, memberNameOff(local, definition, i));
    const type = skipModifiers(local, memberTypeOf(local, definition, i));
    if (member === "type" && kindOf(local, type) === "ptr") {
      // __uint(type, …) is a pointer to an array of so many elements.
      const array = skipModifiers(local, referredTypeOf(local, type));
      if (kindOf(local, array) === "array") maps.push({ name, type: arrayNelemsOf(local, array) });
    } else if (member === "values" && kindOf(local, type) === "array" && !isInner) {
      const value = skipModifiers(local, arrayElementOf(local, type));
      if (kindOf(local, value) !== "ptr") continue;
      const inner = skipModifiers(local, referredTypeOf(local, value));
      collect(local, `${name}.inner`, inner, maps, count, true);
    }
  }
}
