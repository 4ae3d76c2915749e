import { printable } from "@core/bytes";
import { type Command, InvalidArgumentError } from "commander";
import { collect } from "../common/commands.js";
import { CommandError, Exit } from "../common/exit.js";
import { isFile } from "../common/files.js";
import type { SourceOptions } from "../common/sources.js";

/** What commands that print something are given. */
export interface ShowOptions extends SourceOptions {
  readonly json?: true;
  readonly pager: boolean;
}

export const SOURCE = "file that has the types, of any kind (default: the running kernel)";

export const BASE = "the kernel of the source, if that is a module or a package of modules";

export const ROOT = "take the newest kernel below a folder, such as a mounted image";

export const addModuleOption = (command: Command, modules: string): Command =>
  command.option(
    "-m, --module <module>",
    `${modules}: a file, or the name of one in the package, of the running kernel or below --root`,
    collect,
  );

/** The options that name more types, or others than the running kernel's. */
export function addSourceOptions(command: Command, modules: string): Command {
  return addModuleOption(command, `${modules} (repeatable)`)
    .option("-B, --base <source>", BASE)
    .option("--root <dir>", ROOT);
}

/** For options of each of two sides. */
export function collectTwo(value: string, previous: readonly string[] = []): readonly string[] {
  if (previous.length === 2) throw new InvalidArgumentError("There are two at most.");
  return collect(value, previous);
}

export function addShowOptions(command: Command): Command {
  return command
    .option("--json", "print it as JSON")
    .option("--no-pager", "do not page what does not fit the terminal");
}

/**
 * Tells a source that comes first from the types behind it: by a slash, or by being a file. A single argument is a
 * type.
 */
export function splitSource(args: readonly string[]): {
  readonly source: string | undefined;
  readonly types: readonly string[];
} {
  const [first = "", ...types] = args;
  const isPath = first === "-" || first.includes("/");
  if (types.length === 0) {
    if (isPath) throw new CommandError(Exit.usage, `${printable(first)} is a file: name a type, too`);
    return { source: undefined, types: args };
  }
  return isPath || isFile(first) ? { source: first, types } : { source: undefined, types: args };
}

export const SOURCE_RULE =
  "The first of several arguments is the source if it has a slash in it or is there as a file; " +
  'types may be given with their kind, as in "struct file", or by their id.';
