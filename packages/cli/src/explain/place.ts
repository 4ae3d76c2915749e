import { printable } from "@core/bytes";
import type { BpfObject, RelocationReport } from "@core/relocate";
import { CommandError, Exit } from "../common/exit.js";

/** One place of an object that somebody asks about. */
export type Place =
  | { readonly kind: "all" }
  | { readonly kind: "program"; readonly name: string }
  /** `offset` in bytes from the start of the section. */
  | { readonly kind: "insn"; readonly section: string; readonly offset: number }
  | { readonly kind: "line"; readonly file: string; readonly line: number };

const INSN_SIZE = 8;

/**
 * A program's or function's name; `section+offset`, in bytes, decimal or `0x…`; or `file:line`.
 *
 * @throws CommandError for a place that the object does not have.
 */
export function parsePlace(text: string | undefined, { elf, programs }: BpfObject): Place {
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
  if (file !== undefined) return { kind: "line", file, line: Number(line) };
  const names = programs.map(({ name }) => name).join(", ");
  return refuse(`${text}: no program or function of the object; it has ${names}`);
}

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
      // Compilers write longer or shorter paths than people.
      return (
        source?.line === place.line && (source.file === place.file || source.file.endsWith(`/${place.file}`))
      );
  }
}
