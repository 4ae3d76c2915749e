import type { Command } from "commander";
import type { Output } from "./output.js";

/** What the command finds outside itself, beside the files that are named to it and standard input. */
export interface Surroundings {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Where the running kernel's BTF may be, best first; the system's places unless given. */
  readonly kernelPaths?: readonly string[];
  /** The shell's command that shows text which does not fit a terminal; none is used unless given. */
  readonly pager?: string | undefined;
}

/** What a command is run with, beside its own arguments. */
export interface Context extends Surroundings {
  /** Whether a command of this name may be run, or told of: others are not loaded. */
  readonly isWanted: (name: string) => boolean;
  /** To be called by the action of the command that is run; 0 unless it is. */
  readonly setExitCode: (code: number) => void;
}

/** The name and summary of a command, which its parent's help shows, and all else about it, which takes loading. */
export interface LazyCommand {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** What a command's own module exports. */
interface CommandModule {
  /** Declares what the command is given: description, arguments, options, action, or commands of its own. */
  readonly declare: (command: Command, context: Context) => void | Promise<void>;
}

/** Adds commands to their parent, and loads those that are wanted. */
export async function addCommands(
  parent: Command,
  commands: readonly LazyCommand[],
  context: Context,
): Promise<void> {
  for (const { name, summary, load } of commands) {
    const command = parent.command(name).summary(summary);
    command.showHelpAfterError(`Try ${pathOf(command)} --help.`);
    if (context.isWanted(name)) await (await load()).declare(command, context);
  }
}

/** A command's name behind those of its parents. */
const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

/** For options that may be given several times. */
export const collect = (value: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  value,
];
