import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { answersOf, findCorpus, kernelsOf, objectsOf } from "@core/corpus";
import { describe, expect, it } from "vitest";
import { differencesOf } from "./compare.js";
import { benchHarness, findHarness, runHarness, runHarnessAll } from "./harness.js";

const LSHIFT_U64 = 4;
const harness = findHarness();
const corpus = findCorpus();
const fixture = (name: string) => resolve(import.meta.dirname, "../../fixtures/objects", name);

describe.skipIf(harness === undefined)("the harness", () => {
  // A narrower type than `describe` can give.
  const libbpf = harness ?? { info: { libbpf: "", source: "", inputs: "" }, little: [], big: undefined };
  const orders = libbpf.big === undefined ? (["el"] as const) : (["el", "eb"] as const);

  it.each(orders)("leaves an object as it was when it is relocated against itself (%s)", async (order) => {
    const object = fixture(`nest-${order}.o`);
    const { rc, relos } = await runHarness(libbpf, object, object);
    expect(rc).toBe(0);
    expect(relos.length).toBeGreaterThan(0);
    for (const relo of relos) expect(relo).toMatchObject({ err: 0, new: relo.orig, poisoned: false });
  });

  it.skipIf(libbpf.big === undefined)(
    "computes lshift_u64 as a machine of the object's byte order does",
    async () => {
      const [little, big] = await runHarnessAll(
        libbpf,
        [fixture("bits-el.o"), fixture("bits-eb.o")],
        fixture("bits-el.o"),
      );
      // The field is one bit at offset 0 of a byte: a little-endian load shifts it up from the lowest bit of
      // a u64, a big-endian one from the highest bit of the lowest byte.
      const first = [little, big].map((answer) => answer?.relos.find(({ kind }) => kind === LSHIFT_U64)?.new);
      expect(first).toEqual(["63", "56"]);
    },
  );

  it("takes bytes for paths and answers in the order asked", async () => {
    const objects = [...orders, ...orders].map((order) => fixture(`nest-${order}.o`));
    const target = readFileSync(fixture("nest-el.o"));
    const byPath = await runHarnessAll(libbpf, objects, target);
    const byBytes = await runHarnessAll(
      libbpf,
      objects.map((path) => readFileSync(path)),
      target,
    );
    expect(byPath.map(({ object }) => object)).toEqual(objects);
    expect(byBytes.map(({ relos }) => relos)).toEqual(byPath.map(({ relos }) => relos));
  });

  it("hands on libbpf's own words", async () => {
    const { relos } = await runHarness(libbpf, fixture("nest-el.o"), fixture("nest-el.o"), { log: true });
    const [first] = relos;
    expect(first?.log?.join("\n")).toMatch(/<byte_off> \[\d+\] struct .* \(0:[\d:]+ @ offset [\d.]+\)/);
  });

  it("says why it cannot read an object, and goes on with the next", async () => {
    const answers = await runHarnessAll(
      libbpf,
      [Buffer.from("no object"), fixture("nest-el.o")],
      fixture("nest-el.o"),
    );
    expect(answers.map(({ rc, relos }) => [rc, relos.length > 0])).toEqual([
      [-8, false],
      [0, true],
    ]);
  });

  it("refuses a target without BTF", async () => {
    await expect(runHarness(libbpf, fixture("nest-el.o"), Buffer.from("no BTF"))).rejects.toThrow(
      "no usable BTF",
    );
  });

  describe.skipIf(corpus === undefined)("on a corpus", () => {
    const real = corpus ?? { path: "" };

    it.each(kernelsOf(real))("gives the answers that came with it: $name", async (kernel) => {
      const paths = new Map(objectsOf(real).map(({ name, path }) => [name, path]));
      const expected = [...answersOf(real, kernel.name)];
      const answers = await runHarnessAll(
        libbpf,
        expected.map(({ object }) => paths.get(object) ?? object),
        kernel.path,
      );
      const differences = expected.flatMap((answer, index): readonly unknown[] => {
        const actual = answers[index];
        return actual === undefined ? [answer.object] : differencesOf(answer, actual);
      });
      expect(differences).toEqual([]);
      expect(expected.length).toBeGreaterThan(0);
    });

    it("times itself", async () => {
      const [kernel, object] = [kernelsOf(real)[0]?.path ?? "", objectsOf(real).at(-1)?.path ?? ""];
      const { relocations, whole, relocate_warm, runs } = await benchHarness(libbpf, object, kernel, 3);
      expect(runs).toBe(3);
      expect(relocations).toBeGreaterThan(0);
      expect(whole.min_ns).toBeGreaterThan(relocate_warm.min_ns);
    });
  });
});

describe("differencesOf", () => {
  const answer = {
    object: "a.o",
    rc: 0,
    relos: [
      {
        sec: "tp",
        insn_off: 8,
        kind: 0,
        type_id: 3,
        access: "0:1",
        root: "s",
        prog: "f",
        err: 0,
        poison: false,
        poisoned: false,
        validate: true,
        orig: "8",
        new: "16",
        orig_sz: 4,
        new_sz: 4,
        fail_memsz: false,
        insn: "6110100000000000",
      },
    ],
    sections: { tp: "00" },
  } as const;
  const [relo] = answer.relos;

  it("finds nothing between equals", () => {
    expect(differencesOf(answer, structuredClone(answer))).toEqual([]);
  });

  it("finds every field that differs, and a section's bytes", () => {
    const other = { ...answer, relos: [{ ...relo, new: "24", insn: "61" }], sections: { tp: "01" } };
    expect(differencesOf(answer, other).map(({ at, field }) => `${at} ${field}`)).toEqual([
      "tp+8 new",
      "tp+8 insn",
      "tp sha256",
    ]);
  });

  it("does not take a missing relocation for an equal one", () => {
    expect(differencesOf(answer, { ...answer, relos: [] })).toMatchObject([
      { field: "number of relocations" },
    ]);
  });
});
