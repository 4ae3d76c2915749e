// Whether a real kernel takes what bpf-core makes of an object as it takes the object itself.

import { readFileSync } from "node:fs";
import { parseBtf } from "@core/btf";
import { CoreError } from "@core/bytes";
import { minimize } from "@core/minimize";
import { openObject, relocate, writeRelocated } from "@core/relocate";
import { type Boot, bootAndLoad, type NamedObject } from "./boot.js";
import type { Kernel } from "./kernel.js";
import type { LoadResult } from "./results.js";

/** How a kernel can be given an object other than as the compiler left it. */
export type Way =
  /** Relocated by @core/relocate: libbpf has nothing left to do. */
  | "relocated"
  /** The same where libbpf finds no BTF of the kernel. */
  | "without-btf"
  /** As the compiler left it, and libbpf relocates by BTF of @core/minimize. */
  | "minimized";

export const WAYS: readonly Way[] = ["relocated", "without-btf", "minimized"];

/** A program, loaded in two ways. */
export interface Compared {
  /** As the compiler left it, relocated by libbpf by the kernel's own BTF. */
  readonly own: LoadResult;
  readonly other: LoadResult;
}

/** What came of it on one kernel. */
export interface Comparison {
  readonly release: string;
  readonly own: readonly LoadResult[];
  readonly ways: ReadonlyMap<Way, readonly Compared[]>;
  /** The objects that could not be relocated as a whole, with the reason. */
  readonly unwritten: ReadonlyMap<string, string>;
}

/** What the two say together. */
export type Agreement =
  | "loads"
  | "refused"
  /** Loads, but the attach target or an extern must be looked up in the kernel's BTF, which was hidden. */
  | "needs-btf"
  /** It loads one way only, is refused for another reason, or has other instructions. */
  | "differs";

/** What two loads of a program say, the other of them in this way. */
export function agreementOf(way: Way, { own, other }: Compared): Agreement {
  if (way === "without-btf" && other.class === "btf-missing") return "needs-btf";
  if (own.class !== other.class) return "differs";
  // Minimising gives types other numbers, which a program may ask for.
  if (way !== "minimized" && isVerified(own) && own.code !== other.code) return "differs";
  return own.class === "loads" ? "loads" : "refused";
}

/** Whether the verifier looked at it, so that its instructions are those of its relocations. */
function isVerified(result: LoadResult): boolean {
  return result.class === "loads" || result.class === "poison-reached";
}

/** Loads every program in every way: four boots. */
export async function compareOn(kernel: Kernel, objects: readonly NamedObject[]): Promise<Comparison> {
  const btf = parseBtf(readFileSync(kernel.btf));
  const unwritten = new Map<string, string>();
  const written = objects.flatMap(({ name, bytes }) => {
    try {
      const object = openObject(bytes);
      return [{ name, bytes, object, relocated: writeRelocated(relocate(object, { kernel: btf })) }];
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      unwritten.set(name, error.message);
      return [];
    }
  });
  const relocated = written.map((one) => ({ name: one.name, bytes: one.relocated }));
  const ofWritten = written.map(({ object }) => object);
  const own = await bootAndLoad({ kernel, objects });
  const boots: Record<Way, Boot> = {
    relocated: { kernel, objects: relocated },
    "without-btf": { kernel, objects: relocated, withoutBtf: true },
    minimized: { kernel, objects: written, btf: minimize(ofWritten, { kernel: btf }).kernel },
  };
  const ways = new Map<Way, readonly Compared[]>();
  for (const way of WAYS) ways.set(way, pairUp(own, await bootAndLoad(boots[way])));
  return { release: kernel.release, own, ways, unwritten };
}

/** Every program of `others` with what became of it before. */
function pairUp(own: readonly LoadResult[], others: readonly LoadResult[]): readonly Compared[] {
  const keyOf = ({ object, program }: LoadResult) => `${object}\0${program}`;
  const byKey = new Map(own.map((result) => [keyOf(result), result]));
  return others.map((other) => {
    const found = byKey.get(keyOf(other));
    if (found === undefined) throw new Error(`${other.object} ${other.program} is in one of two only`);
    return { own: found, other };
  });
}
