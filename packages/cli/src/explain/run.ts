import { CoreError, printable } from "@core/bytes";
import {
  checkObject,
  explain,
  insnsAround,
  openKernel,
  type ProgramCheck,
  type Explanation as Relocation,
} from "@core/check";
import { readRegularFile } from "@core/kernel-btf/node/file";
import { findSourceLine, openObject, type Relocated, relocate } from "@core/relocate";
import pc from "picocolors";
import { headlineOf } from "../check/causes-text.js";
import { type DecodedKernel, decodeKernels } from "../check/decode.js";
import { type KernelSource, releaseOf } from "../check/kernels.js";
import { factsOf, type TargetOptions, targetsOf } from "../check/target.js";
import { listOf } from "../check/words.js";
import type { Surroundings } from "../common/commands.js";
import { CommandError, Exit, withPath } from "../common/exit.js";
import { print } from "../common/output.js";
import type { Point } from "./explanation.js";
import { isAt, type Place, parsePlace } from "./place.js";
import { formatExplanation } from "./text.js";

export interface ExplainOptions extends TargetOptions {
  readonly target?: string;
}

/**
 * `bpf-core explain`.
 * @returns the exit code.
 */
export function runExplain(
  path: string,
  where: string | undefined,
  options: ExplainOptions,
  surroundings: Surroundings,
): number {
  const object = withPath(path, () => openObject(readRegularFile(path)));
  const place = parsePlace(where, object);
  const source = sourceOf(options, surroundings);
  const { name } = source;
  const { btf, modules } = firstOf(source);
  const kernel = openKernel(btf, { modules, release: releaseOf(name), suggest: true, ...factsOf(source) });
  const relocated = relocate(object, { kernel: kernel.btf, modules: kernel.modules });
  const { programs: all } = checkObject(object, kernel);
  const points = pointsAt(place, relocated, all);
  const programs = programsAt(place, all, points);
  const { stdout } = surroundings;
  const text = formatExplanation(
    { object: path, kernel: name, place, programs, points },
    { colors: pc.createColors(stdout.colors), columns: stdout.columns },
  );
  print(stdout, text);
  return programs.some(({ verdict, autoload }) => verdict === "fails" && autoload)
    ? Exit.unresolved
    : Exit.ok;
}

/** The programs that are asked for; or else those that what is asked for concerns. */
function programsAt(
  place: Place,
  all: readonly ProgramCheck[],
  points: readonly Point[],
): readonly ProgramCheck[] {
  if (place.kind === "all") return all.filter(({ verdict }) => verdict !== "loads");
  const named = place.kind === "program" ? all.filter(({ program }) => program === place.name) : [];
  if (named.length > 0) return named;
  const concerned = new Set(points.flatMap(({ reasons }) => reasons.flatMap((own) => own.programs)));
  return all.filter((program) => concerned.has(program));
}

function sourceOf(options: ExplainOptions, surroundings: Surroundings): KernelSource {
  const { target } = options;
  const sources = targetsOf(target === undefined ? undefined : [target], options, surroundings);
  const [source, ...others] = sources;
  if (source !== undefined && others.length === 0) return source;
  const names = listOf(sources.map((one) => one.name));
  const what = `${target ?? ""}: explain takes one kernel, and there are ${sources.length}: ${names}`;
  throw new CommandError(Exit.usage, printable(what));
}

function firstOf({ name, paths, modules }: KernelSource): DecodedKernel {
  let failure: unknown;
  for (const path of paths) {
    try {
      const { value } = decodeKernels(readRegularFile(path), modules).next();
      if (value !== undefined) return value;
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      failure ??= error;
    }
  }
  return withPath(paths[0] ?? name, () => {
    if (failure !== undefined) throw failure;
    throw new CommandError(Exit.input, `${printable(name)}: no file with its BTF`);
  });
}

function pointsAt(place: Place, relocated: Relocated, programs: readonly ProgramCheck[]): readonly Point[] {
  const { object } = relocated;
  const points = new Map<string, { -readonly [Key in keyof Point]: Point[Key] }>();
  const pointOf = (
    at: Pick<Point, "section" | "insnOff" | "source">,
    own: string,
  ): { -readonly [Key in keyof Point]: Point[Key] } => {
    const key = at.insnOff === null ? `\0${own}` : `${at.section}\0${at.insnOff}`;
    const existing = points.get(key);
    if (existing !== undefined) return existing;
    const program = object.programs.find(
      ({ section, offset, size }) =>
        section === at.section && at.insnOff !== null && at.insnOff >= offset && at.insnOff < offset + size,
    );
    const { section, insnOff } = at;
    const insns = section === null || insnOff === null ? [] : insnsAround(relocated, { section, insnOff });
    const created = { ...at, program, reasons: [], relocations: [], insns };
    points.set(key, created);
    return created;
  };
  for (const program of programs) {
    for (const reason of program.reasons) {
      // A program's own reasons are its, wherever their instruction is.
      const own = place.kind === "program" && program.program === place.name;
      if (!own && !isAt(place, { ...reason, function: reason.function ?? program.program })) continue;
      const point = pointOf(reason, headlineOf(reason));
      const same = point.reasons.find(
        (known) => known.reason.code === reason.code && known.reason.subject === reason.subject,
      );
      point.reasons =
        same === undefined
          ? [...point.reasons, { reason, programs: [program] }]
          : point.reasons.map((known) =>
              known === same ? { ...known, programs: [...known.programs, program] } : known,
            );
    }
  }
  // Where something else keeps a program from being loaded, what it never gets to is beside the point.
  const isQuiet = points.size > 0 || place.kind === "all";
  const isKnown = ({ section, insnOff }: Pick<Relocation, "section" | "insnOff">): boolean =>
    points.has(`${section}\0${insnOff}`);
  for (const relocation of explain(relocated, (at) => isKnown(at) || isAt(place, at))) {
    const { outcome } = relocation;
    const isBroken = outcome === "poisoned" || outcome === "failed";
    const isAsked = place.kind === "insn" || place.kind === "line" || (isBroken && !isQuiet);
    if (!isKnown(relocation) && !isAsked) continue;
    const point = pointOf(relocation, "");
    point.relocations = [...point.relocations, relocation];
  }
  if (place.kind === "insn" && points.size === 0) {
    const { section, offset } = place;
    pointOf({ section, insnOff: offset, source: findSourceLine(object, section, offset) ?? null }, "");
  }
  return [...points.values()].toSorted((a, b) => severityOf(b) - severityOf(a));
}

/** What keeps programs from being loaded comes before what only may. */
const severityOf = ({ reasons }: Point): number =>
  reasons.some(({ reason }) => reason.verdict === "fails") ? 2 : reasons.length > 0 ? 1 : 0;
