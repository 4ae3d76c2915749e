import type { FuzzTarget } from "./target.js";
import { target as btf } from "./targets/btf.js";
import { target as btfExt } from "./targets/btf-ext.js";
import { target as check } from "./targets/check.js";
import { target as dump } from "./targets/dump.js";
import { target as elf } from "./targets/elf.js";
import { target as encode } from "./targets/encode.js";
import { target as insnPatch } from "./targets/insn-patch.js";
import { target as kernelBtf } from "./targets/kernel-btf.js";
import { target as minimize } from "./targets/minimize.js";
import { target as relocate } from "./targets/relocate.js";
import { target as spec } from "./targets/spec.js";
import { target as splitBtf } from "./targets/split-btf.js";
import { target as toolbox } from "./targets/toolbox.js";
import { target as writer } from "./targets/writer.js";

/** All targets, by the name of their file. */
export const TARGETS: ReadonlyMap<string, FuzzTarget> = new Map([
  ["elf", elf],
  ["btf", btf],
  ["split-btf", splitBtf],
  ["btf-ext", btfExt],
  ["spec", spec],
  ["insn-patch", insnPatch],
  ["relocate", relocate],
  ["minimize", minimize],
  ["kernel-btf", kernelBtf],
  ["dump", dump],
  ["toolbox", toolbox],
  ["writer", writer],
  ["encode", encode],
  ["check", check],
]);
