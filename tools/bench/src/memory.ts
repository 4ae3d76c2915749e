import { readFileSync } from "node:fs";
import { idsByName, parseBtf } from "@core/btf";
import { collect } from "./garbage.js";

/** Bytes that a parsed kernel takes beyond its input: with the index of structs, and with that of all names. */
export interface Memory {
  readonly structs: number;
  readonly all: number;
}

export function measureMemory(target: string): Memory {
  const used = (): number => {
    // What holds memory outside of the heap is only freed by the collection after the one that finds it.
    for (let i = 0; i < 4; i++) collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const bytes = readFileSync(target);
  // Once before, so that the code that is compiled for it is not counted.
  indexed(bytes, used);
  const before = used();
  const [structs, all] = indexed(bytes, used);
  return { structs: structs - before, all: all - before };
}

/** What is used while a kernel with the one index, and with the other, is there. */
function indexed(bytes: Uint8Array, used: () => number): readonly [structs: number, all: number] {
  const kernel = parseBtf(bytes);
  idsByName(kernel, "task_struct", "exact", ["struct"]);
  const structs = used();
  idsByName(kernel, "task_struct", "exact");
  const all = used();
  // Asked for here, so that it is not collected before.
  if (kernel.endId === 0) throw new Error("a kernel without types");
  return [structs, all];
}
