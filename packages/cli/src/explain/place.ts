import { nearestNames } from "@core/btf/find";
import { printable } from "@core/bytes";
import { INSN_SIZE } from "@core/insn-patch";
import { type BpfObject, findSourceLine, type RelocationReport } from "@core/relocate";
import { listOf } from "../check/words.js";
import { CommandError, Exit } from "../common/exit.js";

/** One place of an object that somebody asks about. */
export type Place =
  | { readonly kind: "all" }
  | { readonly kind: "program"; readonly name: string }
  /** `offset` in bytes from the start of the section. */
  | { readonly kind: "insn"; readonly section: string; readonly offset: number }
  | { readonly kind: "line"; readonly file: string; readonly line: number };

/**
 * A program's or function's name; `section+offset`, in bytes, decimal or `0x…`; or `file:line`.
 *
 * @throws CommandError for a place that the object does not have.
 */
export function parsePlace(text: string | undefined, object: BpfObject): Place {
  const { elf, programs } = object;
  if (text === undefined) return { kind: "all" };
  // Names may have anything in them, so what is there comes first.
  if (programs.some(({ name }) => name === text)) return { kind: "program", name: text };
  const [, section, offset] = /^(.+)\+(0x[\da-f]{1,8}|\d{1,10})$/i.exec(text) ?? [];
  if (section !== undefined && elf.sections.some(({ name }) => name === section)) {
    const value = Number(offset);
    const isInside = programs.some(
      (own) => own.section === section && value >= own.offset && value < own.offset + own.size,
    );
    if (!isInside || value % INSN_SIZE !== 0) refuse(`${text}: no instruction begins there`);
    return { kind: "insn", section, offset: value };
  }
  const [, file, line] = /^(.+):(\d{1,7})$/.exec(text) ?? [];
  if (file !== undefined) {
    checkLine(text, file, Number(line), object);
    return { kind: "line", file, line: Number(line) };
  }
  const names = [...new Set(programs.map(({ name }) => name))];
  const near = nearestNames(text, names);
  const others = near.length > 0 ? `did you mean ${near.join(", ")}?` : `it has ${listOf(names, MAX_NAMES)}`;
  return refuse(`${text}: no program or function of the object; ${others}`);
}

/** Names, files and lines that are told of. */
const MAX_NAMES = 10;

/** A line without instructions is as good as one with a typing error. */
function checkLine(text: string, file: string, line: number, object: BpfObject): void {
  const files = new Set<string>();
  const others = new Set<number>();
  for (const { section, offset, size } of object.programs) {
    for (let at = offset; at < offset + size; at += INSN_SIZE) {
      const source = findSourceLine(object, section, at, offset);
      if (source === undefined) continue;
      files.add(source.file);
      if (isFile(source.file, file)) others.add(source.line);
    }
  }
  if (others.has(line)) return;
  if (files.size === 0) refuse(`${text}: the object has no line info: compile it with clang -g`);
  if (others.size === 0)
    refuse(
      `${text}: no instruction comes from there; some come from ${listOf([...files].sort(), MAX_NAMES)}`,
    );
  const sorted = [...others].sort((a, b) => a - b);
  const near = [sorted.findLast((other) => other < line), sorted.find((other) => other > line)];
  const told = near.filter((other) => other !== undefined).join(" and ");
  refuse(`${text}: no instruction comes from there; the nearest that some come from: line ${told}`);
}

/** Compilers write longer or shorter paths than people. */
const isFile = (actual: string, asked: string): boolean => actual === asked || actual.endsWith(`/${asked}`);

function refuse(message: string): never {
  throw new CommandError(Exit.usage, printable(message));
}

/** What a place is compared with: an instruction, or something about a program as a whole. */
export interface Located extends Pick<RelocationReport, "source"> {
  readonly section: string | null;
  readonly insnOff: number | null;
  readonly function: string | null;
}

export function isAt(place: Place, { section, insnOff, source, function: own }: Located): boolean {
  switch (place.kind) {
    case "all":
      return true;
    case "program":
      return own === place.name;
    case "insn":
      return section === place.section && insnOff === place.offset;
    case "line":
      return source?.line === place.line && isFile(source.file, place.file);
  }
}
