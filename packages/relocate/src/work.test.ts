import { idsByName, kindOf, parseBtf, type TypeId } from "@core/btf";
import { findCorpus, kernelsOf, objectsOf, readBytes } from "@core/corpus";
import { describe, expect, it } from "vitest";
import { openObject, relocate } from "./index.js";

// How much is done, in words read from a kernel's types and an object's, where times would say nothing on a busy
// machine. The limits are a third above what it was when they were set: a search that turned linear would be far beyond.

/** Words of 32 bits that are read while something runs. */
function readsOf(run: () => unknown): number {
  const { getUint32 } = DataView.prototype;
  let reads = 0;
  DataView.prototype.getUint32 = function (offset, little) {
    reads++;
    return getUint32.call(this, offset, little);
  };
  try {
    run();
  } finally {
    DataView.prototype.getUint32 = getUint32;
  }
  return reads;
}

const corpus = findCorpus();

describe.skipIf(corpus === undefined)("the work on a real kernel", () => {
  const real = corpus ?? { path: "" };
  const [file] = kernelsOf(real).toReversed();
  const objects = objectsOf(real).map((path) => openObject(readBytes(path)));
  const relocations = objects.reduce((sum, object) => sum + object.relocations.length, 0);
  const fresh = () => {
    if (file === undefined) throw new Error("the corpus has no kernel");
    return parseBtf(readBytes(file));
  };

  it("of the first look-up by name is one look at each type of the kind", () => {
    const kernel = fresh();
    let structs = 0;
    for (let id = 1 as TypeId; id < kernel.endId; id = (id + 1) as TypeId) {
      if (kindOf(kernel, id) === "struct") structs++;
    }
    const look = () => idsByName(kernel, "task_struct", "exact", ["struct"]);
    expect(readsOf(look)).toBeLessThan(structs + 20);
    expect(readsOf(look)).toBeLessThan(20);
  });

  it("of the first object is one look at each type of its kinds", () => {
    for (const object of objects.filter(({ relocations }) => relocations.length > 0).slice(0, 5)) {
      const kernel = fresh();
      const kinds = new Set(object.rootIds.map((id) => kindOf(object.btf ?? kernel, id)));
      let types = 0;
      for (let id = 1 as TypeId; id < kernel.endId; id = (id + 1) as TypeId) {
        if (kinds.has(kindOf(kernel, id))) types++;
      }
      const work = readsOf(() => relocate(object, { kernel }));
      expect(work).toBeGreaterThanOrEqual(types);
      expect(work).toBeLessThan(types + 1000 + 100 * object.relocations.length);
    }
  });

  it("of all objects is a few words for each relocation, however many types there are", () => {
    const target = { kernel: fresh() };
    const all = () => objects.map((object) => relocate(object, target));
    const cold = readsOf(all);
    const warm = readsOf(all);
    console.log(`${relocations} relocations read ${cold} words cold, ${warm} warm`);
    expect(cold).toBeLessThan(83_000);
    expect(warm / relocations).toBeLessThan(2);
  });

  it("grows with the relocations only", () => {
    const target = { kernel: fresh() };
    const all = () => objects.map((object) => relocate(object, target));
    all();
    expect(readsOf(() => Array.from({ length: 10 }, all))).toBe(10 * readsOf(all));
  });
});
