import { CoreError } from "@core/bytes";
import { checkObject, type ObjectCheck, openKernel } from "@core/check";
import { readRegularFile } from "@core/kernel-btf/node/file";
import { type BpfObject, openObject } from "@core/relocate";
import { reasonOf } from "../common/exit.js";
import { cacheFile, type Known, readCache, writeCache } from "./cache.js";
import { type DecodedKernel, decodeKernels, type KernelFacts } from "./decode.js";
import { type KernelSource, releaseOf } from "./kernels.js";
import type { KernelResult, ObjectEntry, Pair } from "./model.js";
import { type OpenObjects, openObjects, sha256Of } from "./objects.js";
import { factsOf } from "./target.js";

/** What is the same for all kernels of a run. */
export interface UnitContext {
  /** Those that could be read, sorted. */
  readonly objects: readonly ObjectEntry[];
  /** What objects were compiled for, whatever they show; `any` to check every object on every kernel. */
  readonly arch: string | null;
  /** Null for none. */
  readonly cache: { readonly folder: string; readonly key: string } | null;
}

export interface Unit {
  /** Everything about the kernels of one source. Reads files; computes what no earlier run did. */
  readonly check: (source: KernelSource) => readonly KernelResult[];
}

/** @param opened objects that are open already. */
export function createUnit(context: UnitContext, opened = openObjects()): Unit {
  const readKernel = kernelReader();
  return { check: (source) => checkSource(source, context, readKernel, (entry) => open(entry, opened)) };
}

/** What is kept to read kernels into, in bytes. They have some 6 MB, packages of them 50 MB and more. */
const MAX_KEPT = 16 << 20;

/**
 * Reads kernels into the same memory, one after the other. What each would leave behind is of no weight to the
 * garbage collector, which would let dozens of them lie about.
 */
function kernelReader(): (path: string) => Uint8Array {
  let memory = new Uint8Array();
  return (path) => {
    const bytes = readRegularFile(path, memory);
    const enough = 2 * bytes.length;
    if (enough > memory.length && bytes.buffer !== memory.buffer && enough <= MAX_KEPT)
      memory = new Uint8Array(enough);
    return bytes;
  };
}

type Opener = (entry: ObjectEntry) => BpfObject;

function open({ path, sha256 }: ObjectEntry, opened: OpenObjects): BpfObject {
  const known = opened.get(path);
  if (known !== undefined) return known;
  const bytes = readRegularFile(path);
  if (sha256Of(bytes) !== sha256) throw new ChangedError(path);
  const object = openObject(bytes);
  opened.add(path, object);
  return object;
}

/** An object is not what it was when the run began. */
export class ChangedError extends Error {
  readonly path: string;

  constructor(path: string) {
    super("changed while it was being checked");
    this.path = path;
  }
}

function checkSource(
  source: KernelSource,
  context: UnitContext,
  readKernel: (path: string) => Uint8Array,
  open: Opener,
): readonly KernelResult[] {
  const errors: string[] = [];
  for (const path of source.paths) {
    try {
      return checkFile(path, readKernel(path), source, context, open);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      errors.push(reasonOf(error));
    }
  }
  const path = source.paths[0] ?? source.name;
  const error = source.paths.length === 0 ? "no file with its BTF" : errors.join("; ");
  const { name, distro, version, arch } = source;
  return [
    { kernel: { name, path, distro, version, arch, order: null, modules: [], notes: [], error }, pairs: [] },
  ];
}

function checkFile(
  path: string,
  bytes: Uint8Array,
  source: KernelSource,
  context: UnitContext,
  open: Opener,
): readonly KernelResult[] {
  const file = context.cache && cacheFile(context.cache.folder, cacheKey(bytes, source, context.cache.key));
  const wanted = new Set(context.objects.map(({ sha256 }) => sha256 ?? ""));
  const known = file === null ? undefined : readCache(file, wanted);
  const isWanted = (facts: KernelFacts, object: ObjectEntry): boolean =>
    skipNote(object, facts, source, context) === null;
  const isComplete = known?.facts.every((facts, i) =>
    context.objects.every((object) => !isWanted(facts, object) || known.checks.get(object.sha256 ?? "")?.[i]),
  );
  if (known === undefined || isComplete !== true) {
    const computed = compute(
      decodeKernels(bytes, source.modules),
      source,
      known,
      context.objects,
      isWanted,
      open,
    );
    if (file !== null) writeCache(file, computed);
    return resultsOf(computed, path, source, context);
  }
  return resultsOf(known, path, source, context);
}

/** Of everything that an answer depends on, but the objects. */
function cacheKey(
  bytes: Uint8Array,
  { name, modules, kconfig, kallsyms }: KernelSource,
  tool: string,
): string {
  const parts = [tool, sha256Of(bytes), releaseOf(name) ?? ""];
  for (const path of modules) parts.push(path, sha256OfFile(path));
  for (const path of [kconfig, kallsyms]) parts.push(path === null ? "" : sha256OfFile(path));
  return sha256Of(Buffer.from(parts.join("\0")));
}

function sha256OfFile(path: string): string {
  try {
    return sha256Of(readRegularFile(path));
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    return "";
  }
}

function compute(
  kernels: Iterable<DecodedKernel>,
  source: KernelSource,
  known: Known | undefined,
  objects: readonly ObjectEntry[],
  isWanted: (facts: KernelFacts, object: ObjectEntry) => boolean,
  open: Opener,
): Known {
  const facts: KernelFacts[] = [];
  const checks = new Map<string, (ObjectCheck | null)[]>();
  const texts = factsOf(source);
  for (const { facts: own, btf, modules } of kernels) {
    const i = facts.push(own) - 1;
    const kernel = openKernel(btf, { modules, release: releaseOf(`${source.name}/${own.entry}`), ...texts });
    for (const object of objects) {
      const hash = object.sha256 ?? "";
      const before = known?.checks.get(hash)?.[i] ?? null;
      const check = before ?? (isWanted(own, object) ? checkObject(open(object), kernel) : null);
      const list = checks.get(hash) ?? [];
      list[i] = check;
      checks.set(hash, list);
    }
  }
  return { facts, checks };
}

function resultsOf(
  known: Known,
  path: string,
  source: KernelSource,
  context: UnitContext,
): readonly KernelResult[] {
  return known.facts.map((facts, i) => ({
    kernel: {
      name: facts.entry === "" ? source.name : `${source.name}/${facts.entry.replace(/^\.?\//, "")}`,
      path,
      distro: source.distro,
      version: source.version,
      arch: facts.arch ?? source.arch,
      order: facts.order,
      modules: facts.modules,
      notes: facts.notes,
      error: null,
    },
    pairs: context.objects.map((object): Pair => {
      const note = skipNote(object, facts, source, context);
      const check = known.checks.get(object.sha256 ?? "")?.[i];
      if (note !== null || !check)
        return { object: object.path, verdict: "skipped", note, reasons: [], programs: [], absences: null };
      return { object: object.path, note: null, ...check };
    }),
  }));
}

/** Why an object is none for a kernel; null when it may be one. */
function skipNote(
  object: ObjectEntry,
  facts: KernelFacts,
  source: KernelSource,
  { arch }: UnitContext,
): string | null {
  if (object.order !== facts.order)
    return `the object is ${object.order}-endian, the kernel ${facts.order}-endian`;
  const [ours, theirs] = [arch ?? object.arch, facts.arch ?? source.arch];
  if (ours === null || theirs === null || ours === "any" || ours === theirs) return null;
  return `the object is for ${ours}, the kernel for ${theirs}`;
}
