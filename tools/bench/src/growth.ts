// How time grows with the work: everything ten times over (types four times), and the time for each part of it.

import { readFileSync } from "node:fs";
import { idsByName, parseBtf, type WritableType, writeBtf } from "@core/btf";
import { type BpfObject, openObject, relocate, type Target } from "@core/relocate";
import { syntheticObject } from "./synthetic.js";

export interface Growth {
  /** What grows. */
  readonly what: string;
  /** Amount of work, and nanoseconds for each part of it. */
  readonly points: readonly { readonly amount: number; readonly each: number }[];
}

const STEPS = [1, 2, 5, 10] as const;
const TYPE_STEPS = [1, 2, 4] as const;
const RUNS = 15;

export function measureGrowth(target: string): readonly Growth[] {
  const bytes = readFileSync(target);
  const kernel = parseBtf(bytes);
  const objectOf = (roots: number, relocations: number) =>
    openObject(syntheticObject(kernel, roots, relocations));
  const cold = () => ({ kernel: parseBtf(bytes) });

  return [
    growth(
      "relocations, of 50 root types on a warm target",
      STEPS.map((step): Step<Target> => {
        const object = objectOf(50, 300 * step);
        return { amount: 300 * step, prepare: () => ({ kernel }), run: (on) => relocate(object, on) };
      }),
    ),
    growth(
      "root types, six relocations each, on a cold target",
      STEPS.map((step): Step<Target> => {
        const object = objectOf(100 * step, 600 * step);
        return { amount: 100 * step, prepare: cold, run: (on) => relocate(object, on) };
      }),
    ),
    growth(
      "objects, one after the other on one target",
      STEPS.map((step): Step<Target> => {
        const objects = Array.from({ length: 10 * step }, (_, i) => objectOf(20 + (i % 10), 60));
        return {
          amount: objects.length,
          prepare: () => ({ kernel }),
          run: (on) => objects.map((object) => relocate(object, on)),
        };
      }),
    ),
    growth(
      "kernels, one after the other, for one object",
      STEPS.map((step): Step<BpfObject> => {
        const object = objectOf(20, 60);
        return {
          amount: step,
          prepare: () => object,
          run: (of) => Array.from({ length: step }, () => relocate(of, cold())),
        };
      }),
    ),
    growth(
      "a kernel's types, parsed and indexed",
      TYPE_STEPS.map((step): Step<Uint8Array> => {
        const types = syntheticKernel(30_000 * step);
        return {
          amount: 120_000 * step,
          prepare: () => types,
          run: (of) => idsByName(parseBtf(of), "record_1", "exact", ["struct"]),
        };
      }),
    ),
  ];
}

interface Step<T> {
  readonly amount: number;
  /** Untimed, before each run. */
  readonly prepare: () => T;
  readonly run: (prepared: T) => unknown;
}

function growth<T>(what: string, steps: readonly Step<T>[]): Growth {
  // All steps in turn, so that what else the machine does falls on each.
  const times = steps.map((): number[] => []);
  for (let run = 0; run < RUNS; run++) {
    for (const [i, { prepare, run: timed }] of steps.entries()) {
      const prepared = prepare();
      const start = process.hrtime.bigint();
      timed(prepared);
      times[i]?.push(Number(process.hrtime.bigint() - start));
    }
  }
  const points = steps.map(({ amount }, i) => {
    const sorted = (times[i] ?? []).slice(RUNS / 3).sort((a, b) => a - b);
    return { amount, each: (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN) / amount };
  });
  return { what, points };
}

/** A struct of eight members, a pointer to it, and a function that takes that, over and over: four types each. */
function syntheticKernel(records: number): Uint8Array {
  const types = Array.from({ length: records }, (_, i): WritableType[] => {
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
  });
  return writeBtf(types.flat(), { order: "little" });
}
