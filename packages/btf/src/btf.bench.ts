import { existsSync, readFileSync } from "node:fs";
import { bench, describe } from "vitest";
import {
  idsByName,
  kindOf,
  parseBtf,
  sizeOf,
  type TypeId,
  typeById,
  type WritableType,
  writeBtf,
} from "./index.js";

const RUNNING = "/sys/kernel/btf/vmlinux";
const isKernel = existsSync(RUNNING);
const bytes = isKernel
  ? new Uint8Array(readFileSync(RUNNING))
  : writeBtf(syntheticTypes(20_000), { order: "little" });
const btf = parseBtf(bytes);
const ids = Array.from({ length: btf.endId }, (_, id) => id as TypeId);
const names = isKernel ? ["task_struct", "sk_buff", "file"] : ["record_1", "record_500", "record_19999"];

/** A struct, a pointer to it, and a function that takes that, over and over. */
function syntheticTypes(records: number): WritableType[] {
  return Array.from({ length: records }, (_, i): WritableType[] => {
    const struct = 4 * i + 1;
    const members = Array.from({ length: 8 }, (_, m) => ({
      name: `member_${m}`,
      typeId: struct + 1,
      bitOffset: 64 * m,
      bitSize: 0,
    }));
    return [
      { kind: "struct", name: `record_${i}`, size: 64, members },
      { kind: "ptr", typeId: struct },
      { kind: "func_proto", returnTypeId: 0, params: [{ name: "of", typeId: struct + 1 }] },
      { kind: "func", name: `visit_${i}`, typeId: struct + 2, linkage: 1 },
    ];
  }).flat();
}

describe(`${isKernel ? "the running kernel" : "synthetic"}: ${ids.length - 1} types, ${bytes.length} bytes`, () => {
  bench("parseBtf", () => void parseBtf(bytes));
  bench("parseBtf, and the first look-up by name, which builds the index", () => {
    idsByName(parseBtf(bytes), "task_struct", "essential");
  });
  bench("idsByName, three names", () => {
    for (const name of names) idsByName(btf, name, "essential");
  });
  bench("kindOf, every type", () => {
    for (const id of ids) kindOf(btf, id);
  });
  bench("sizeOf, every struct", () => {
    for (const id of ids) if (kindOf(btf, id) === "struct") sizeOf(btf, id);
  });
  bench("typeById, every type", () => {
    for (const id of ids) typeById(btf, id);
  });
});
