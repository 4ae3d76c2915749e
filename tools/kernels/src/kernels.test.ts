import { spawnSync } from "node:child_process";
import { fixturePath, kernelObjects, readFixture } from "@core/fixtures";
import { openObject, relocate, writeRelocated } from "@core/relocate";
import { describe, expect, it } from "vitest";
import { agreementOf, compareOn } from "./compare.js";
import { bootAndLoad, fetchKernel, type LoadResult, recordedVerdicts } from "./index.js";
import { differencesOf } from "./report.js";

/** Long-lived releases: what they say stays as it is. */
const BOOTED = ["6.1", "6.12"];

const canBoot =
  process.env["CI"] === "true" || spawnSync("qemu-system-x86_64", ["--version"]).error === undefined;
const fixtures = kernelObjects().map(({ name, path }) => ({ name, bytes: readFixture(path) }));
const verdicts = recordedVerdicts();
const classes = (results: readonly LoadResult[]) =>
  results.map(({ object, program, class: one }) => `${object} ${program}: ${one}`);

describe("what is recorded", () => {
  it("is of four kernels, and of every object and program of the fixtures", () => {
    expect(verdicts.map(({ release }) => /^\d+\.\d+/.exec(release)?.[0])).toEqual([
      "5.10",
      "6.1",
      "6.12",
      expect.stringMatching(/^[7-9]\./),
    ]);
    const programs = verdicts.map(({ results }) => results.map((one) => `${one.object} ${one.program}`));
    for (const one of programs) expect(one).toEqual(programs[0]);
    const objects = new Set(verdicts[0]?.results.map(({ object }) => object));
    expect([...objects]).toEqual(fixtures.map(({ name }) => name));
  });

  it("has every verdict that a program can get by itself", () => {
    const all = new Set(verdicts.flatMap(({ results }) => results.map((result) => result.class)));
    expect([...all].sort()).toEqual([
      "attach-target-missing",
      "helper-unsupported",
      "insn-unsupported",
      "kconfig-missing",
      "ksym-missing",
      "loads",
      "map-unsupported",
      "needs-setup",
      "poison-reached",
      "prog-type-unsupported",
      "verifier",
    ]);
  });
});

describe.skipIf(!canBoot)("a kernel that is booted", () => {
  it.each(BOOTED)("says what is recorded of %s", { timeout: 600_000 }, async (label) => {
    const recorded = verdicts.find(({ release }) => release.startsWith(`${label}.`));
    const results = await bootAndLoad({ kernel: fetchKernel(label), objects: fixtures });
    expect(classes(results)).toEqual(classes(recorded?.results ?? []));
  });

  it("has no BTF for libbpf where that is hidden", { timeout: 600_000 }, async () => {
    const objects = fixtures.filter(({ name }) => ["map-unsized", "poison"].includes(name));
    const results = await bootAndLoad({ kernel: fetchKernel("6.1"), objects, withoutBtf: true });
    const found = new Set(results.map((result) => `${result.object}: ${result.class}`));
    expect(found).toEqual(new Set(["map-unsized: loads", "poison: btf-missing"]));
  });

  it("takes what was relocated for it, and tells it from what was not", { timeout: 600_000 }, async () => {
    const objects = fixtures.filter(({ name }) => ["attach", "poison"].includes(name));
    const kernel = fetchKernel("6.1");
    const comparison = await compareOn(kernel, objects);
    expect(differencesOf(comparison)).toEqual([]);
    // Relocated for the kernel that its own declarations tell of.
    const elsewhere = objects.map(({ name, bytes }) => {
      const object = openObject(bytes);
      if (object.btf === undefined) throw new Error(`${name} has no BTF`);
      return { name, bytes: writeRelocated(relocate(object, { kernel: object.btf })) };
    });
    const others = await bootAndLoad({ kernel, objects: elsewhere });
    const programOf = (results: readonly LoadResult[], program: string) =>
      results.filter((one) => one.program === program);
    const [own] = programOf(comparison.own, "satisfied");
    const [other] = programOf(others, "satisfied");
    expect(own && other && agreementOf("relocated", { own, other })).toBe("differs");
    expect(other?.class).toBe("loads");
  });

  it("refuses what is no object, and goes on", { timeout: 600_000 }, async () => {
    const objects = [
      { name: "nothing", bytes: new Uint8Array() },
      ...fixtures.filter(({ name }) => name === "map-unsized"),
    ];
    const results = await bootAndLoad({ kernel: fetchKernel("6.1"), objects });
    expect(results.map((one) => [one.object, one.class])).toEqual([
      ["nothing", "object-refused"],
      ["map-unsized", "loads"],
    ]);
  });

  it("is given up when it says nothing", { timeout: 600_000 }, async () => {
    const boot = bootAndLoad({ kernel: fetchKernel("6.1"), objects: fixtures, patience: 100 });
    await expect(boot).rejects.toThrow("said nothing for 0.1 seconds at no object");
  });

  it("is an error when it does not boot", { timeout: 600_000 }, async () => {
    const kernel = { ...fetchKernel("6.1"), image: fixturePath("kernels/poison.o") };
    await expect(bootAndLoad({ kernel, objects: fixtures })).rejects.toThrow(/ended at no object/);
  });
});
