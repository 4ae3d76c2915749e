import { type Btf, idsByName, kindOf, parseBtf, type TypeId } from "@core/btf";
import { findCorpus, kernelsOf, objectsOf, readBytes } from "@core/corpus";
import { describe, expect, it } from "vitest";
import { openObject, relocate } from "./index.js";

// How much is done, in words read from a kernel's types, where times would say nothing on a busy machine. The limits
// are a third above what it was when they were set: a search that turned linear would be far beyond them.

/** Counts what is read through it. */
class CountingView extends DataView {
  reads = 0;
  override getUint32(offset: number, little?: boolean): number {
    this.reads++;
    return super.getUint32(offset, little);
  }
}

/** The same kernel, not yet indexed, and a count of what is read of it. */
function counting(kernel: Btf): { kernel: Btf; view: CountingView } {
  const { buffer, byteOffset, byteLength } = kernel.view;
  const view = new CountingView(buffer, byteOffset, byteLength);
  return { kernel: { ...kernel, view, nameIndex: undefined }, view };
}

const corpus = findCorpus();

describe.skipIf(corpus === undefined)("the work on a real kernel", () => {
  const real = corpus ?? { path: "" };
  const [file] = kernelsOf(real).toReversed();
  const parsed = file && parseBtf(readBytes(file));
  const objects = objectsOf(real).map((path) => openObject(readBytes(path)));
  const relocations = objects.reduce((sum, object) => sum + object.relocations.length, 0);
  const readsOf = (target: ReturnType<typeof counting>, run: () => unknown): number => {
    const before = target.view.reads;
    run();
    return target.view.reads - before;
  };

  it("of the first look-up by name is one look at each type of the kind", () => {
    if (parsed === undefined) throw new Error("the corpus has no kernel");
    const target = counting(parsed);
    let structs = 0;
    for (let id = 1 as TypeId; id < parsed.endId; id = (id + 1) as TypeId) {
      if (kindOf(parsed, id) === "struct") structs++;
    }
    const look = () => idsByName(target.kernel, "task_struct", "exact", ["struct"]);
    expect(readsOf(target, look)).toBeLessThan(structs + 20);
    expect(readsOf(target, look)).toBeLessThan(20);
  });

  it("of all objects is a few words for each relocation, however many types there are", () => {
    if (parsed === undefined) throw new Error("the corpus has no kernel");
    const target = counting(parsed);
    const all = () => objects.map((object) => relocate(object, target));
    const cold = readsOf(target, all);
    const warm = readsOf(target, all);
    console.log(`${relocations} relocations read ${cold} words of a kernel cold, ${warm} warm`);
    expect(cold).toBeLessThan(50_000);
    expect(warm / relocations).toBeLessThan(16);
  });

  it("of one object grows with its relocations only", () => {
    if (parsed === undefined) throw new Error("the corpus has no kernel");
    const target = counting(parsed);
    const all = () => objects.map((object) => relocate(object, target));
    all();
    const once = readsOf(target, all);
    const tenTimes = readsOf(target, () => Array.from({ length: 10 }, all));
    expect(tenTimes).toBe(10 * once);
  });
});
