import { type Btf, parseBtf } from "@core/btf";
import {
  type ByteOrder,
  fixtureTargets,
  objectPath,
  type Pair,
  readFixture,
  targetPath,
} from "@core/fixtures";
import type { Target } from "@core/matcher";
import { type BpfObject, openObject } from "../src/index.js";

export const ORDERS = ["little", "big"] as const;

const bases = new Map(fixtureTargets().map(({ name, base }) => [name, base]));

export function fixtureBytes(name: string, order: ByteOrder = "little"): Uint8Array {
  return readFixture(objectPath(name, order));
}

export function fixtureObject(name: string, order: ByteOrder = "little"): BpfObject {
  return openObject(fixtureBytes(name, order));
}

const loaded = new Map<string, { bytes: Uint8Array; btf: Btf }>();

function load(name: string, order: ByteOrder): { bytes: Uint8Array; btf: Btf } {
  const key = `${name} ${order}`;
  let target = loaded.get(key);
  if (target === undefined) {
    const bytes = readFixture(targetPath(name, order));
    const base = bases.get(name);
    const options = base === undefined ? {} : { base: load(base, order).btf };
    target = { bytes, btf: parseBtf(bytes, options) };
    loaded.set(key, target);
  }
  return target;
}

/** A target's BTF; the same one again for the same name, as modules need their base. */
export const fixtureBtf = (name: string, order: ByteOrder = "little"): Btf => load(name, order).btf;

export function fixtureTarget(pair: Pick<Pair, "target" | "modules">, order: ByteOrder = "little"): Target {
  const modules = (pair.modules ?? []).map((name) => ({ name, btf: fixtureBtf(name, order) }));
  return { kernel: fixtureBtf(pair.target, order), modules };
}

/** The bytes that a target's BTF reads from, those of its modules included. */
export function targetBytes(pair: Pick<Pair, "target" | "modules">, order: ByteOrder): readonly Uint8Array[] {
  return [pair.target, ...(pair.modules ?? [])].map((name) => load(name, order).bytes);
}
