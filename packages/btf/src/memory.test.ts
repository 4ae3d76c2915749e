import { findCorpus, kernelsOf, readBytes } from "@core/corpus";
import { describe, expect, it } from "vitest";
import { type Btf, idsByName, kindOf, parseBtf, typeIdAt } from "./index.js";

const corpus = findCorpus();
const MIB = 2 ** 20;

/** Bytes of everything that was allocated for a kernel: the tables, but not what is a view of the input. */
function memoryOf(btf: Btf): number {
  const tables: ArrayBufferView[] = [];
  const collect = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) tables.push(value);
    else if (value !== null && typeof value === "object")
      for (const inner of Object.values(value)) collect(inner);
  };
  collect(btf);
  const buffers = new Set(tables.map(({ buffer }) => buffer));
  buffers.delete(btf.view.buffer);
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

describe.skipIf(corpus === undefined)("memory beyond the input", () => {
  it.each(kernelsOf(corpus ?? { path: "" }))(
    "of $name is at most 2 MiB, with the names of every kind",
    (file) => {
      const btf = parseBtf(readBytes(file));
      idsByName(btf, "task_struct", "essential", ["struct"]);
      expect(memoryOf(btf)).toBeLessThan(1.5 * MIB);
      idsByName(btf, "task_struct", "essential");
      expect(memoryOf(btf)).toBeLessThan(2 * MIB);
      // Not a single kind was left out.
      expect(kindOf(btf, typeIdAt(btf, 1))).not.toBe("unknown");
      expect(btf.nameIndex?.heads.filter((heads) => heads !== undefined).length).toBeGreaterThan(10);
    },
  );
});
