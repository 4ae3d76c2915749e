import { type Btf, BtfError, parseBtf } from "@core/btf";
import { encodeBtf } from "@core/btf/encode";
import { type BtfFile, findCorpus, kernelsOf, modulesOf, objectsOf, readBytes } from "@core/corpus";
import { type ByteOrder, fixtureTargets, objectPath, PAIRS, readFixture, targetPath } from "@core/fixtures";
import { openObject } from "@core/relocate";
import { describe, expect, it } from "vitest";
import { dedup, findHarness } from "./harness.js";

const harness = findHarness();
const corpus = findCorpus();
const kernels = corpus === undefined ? [] : kernelsOf(corpus);

/** From its first type on: libbpf writes a longer header, with an empty layout section. */
function contentOf(bytes: Uint8Array, order: ByteOrder): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.subarray(view.getUint32(4, order === "little"));
}

/** Holds what we leave of some BTFs against what libbpf leaves, byte for byte. Returns how many types that is. */
async function leftOf(inputs: readonly Uint8Array[], base?: BtfFile): Promise<number> {
  if (harness === undefined) throw new Error("run pnpm harness first");
  const options = base === undefined ? {} : { base: parseBtf(readBytes(base)) };
  const layers = inputs.map((bytes) => parseBtf(bytes, options));
  const ours = encodeBtf(layers, { dedup: true });
  const theirs = await dedup(harness, inputs, base?.path);
  if (!("made" in theirs)) throw new Error(theirs.refused);
  const order = layers[0]?.order ?? "little";
  expect(Buffer.compare(contentOf(ours, order), contentOf(theirs.made, order))).toBe(0);
  const left = parseBtf(ours, options);
  return left.endId - left.startId;
}

const countOf = (inputs: readonly Uint8Array[]): number =>
  inputs.reduce((sum, bytes) => sum + parseBtf(bytes).endId - 1, 0);

const typesOf = (object: Uint8Array): Uint8Array[] => {
  const { btf }: { readonly btf: Btf | undefined } = openObject(object);
  return btf === undefined ? [] : [encodeBtf(btf)];
};

describe.skipIf(harness === undefined).each<ByteOrder>(["little", "big"])("fixtures, %s-endian", (order) => {
  const objects = [...new Set(PAIRS.map(({ object }) => object))];
  const inputs = objects.flatMap((name) => {
    try {
      return typesOf(readFixture(objectPath(name, order)));
    } catch {
      return []; // Malformed on purpose.
    }
  });

  it("of all objects as many types are left as libbpf leaves, and the same", async () => {
    expect(inputs.length).toBeGreaterThan(5);
    expect(await leftOf(inputs)).toBeLessThan(countOf(inputs) * 0.9);
    expect(await leftOf([...inputs].reverse())).toBeLessThan(countOf(inputs) * 0.9);
  });

  it("of targets, too, and those that libbpf refuses are refused", async () => {
    const targets = fixtureTargets().filter((target) => target.order === order && target.base === undefined);
    const whole: Uint8Array[] = [];
    let refused = 0;
    for (const { name } of targets) {
      const input = readFixture(targetPath(name, order));
      try {
        encodeBtf(parseBtf(input), { dedup: true });
        whole.push(input);
      } catch (error) {
        if (!(error instanceof BtfError)) throw error;
        if (error.code !== "modifier-chain" || harness === undefined) continue;
        refused++;
        expect([name, await dedup(harness, [input])]).toEqual([name, { refused: expect.any(String) }]);
      }
    }
    expect(refused).toBeGreaterThan(0);
    expect(await leftOf(whole)).toBeLessThan(countOf(whole));
  });
});

describe.skipIf(harness === undefined || corpus === undefined)("the corpus", () => {
  it("all objects' types in one", async () => {
    const inputs =
      corpus === undefined ? [] : objectsOf(corpus).flatMap((object) => typesOf(readBytes(object)));
    expect(inputs.length).toBeGreaterThan(50);
    expect(await leftOf(inputs)).toBeLessThan(countOf(inputs) / 4);
    expect(await leftOf([...inputs].reverse())).toBeLessThan(countOf(inputs) / 4);
  });

  it("two kernels in one", async () => {
    const inputs = kernels.slice(0, 2).map(readBytes);
    expect(await leftOf(inputs)).toBeLessThan(countOf(inputs));
  });

  it.each(kernels)("$name alone", async (kernel) => {
    const inputs = [readBytes(kernel)];
    expect(await leftOf(inputs)).toBeLessThanOrEqual(countOf(inputs));
  });

  it.each(kernels)("the modules of $name on top of it", async (kernel) => {
    const inputs = corpus === undefined ? [] : modulesOf(corpus, kernel.name).map(readBytes);
    if (inputs.length === 0) return;
    expect(await leftOf(inputs, kernel)).toBeGreaterThan(1000);
    for (const input of inputs.slice(0, 3)) expect(await leftOf([input], kernel)).toBeGreaterThan(0);
  });
});
