import type { Command, Option } from "commander";

/** A command, and what may come behind it. */
export interface Node {
  /** Its name behind those of its parents, without the program's: ` btf dump`, each behind a space. */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly options: readonly Flag[];
  readonly commands: readonly Node[];
  /** The words that its arguments may be; undefined for files, empty for none. */
  readonly words: readonly string[] | undefined;
}

export interface Flag {
  /** With their dashes. */
  readonly names: readonly string[];
  readonly summary: string;
  readonly isRepeatable: boolean;
  /** What the option's value may be; undefined where it has none. */
  readonly value: "file" | "other" | readonly string[] | undefined;
}

/** What commander knows of a program and of all below it. */
export const treeOf = (program: Command): Node => nodeOf(program, "", []);

function nodeOf(command: Command, path: string, siblings: readonly string[]): Node {
  const help = command.createHelp();
  const visible = help.visibleCommands(command);
  const names = visible.map((one) => one.name()).filter((name) => name !== HELP);
  const commands = visible.map((one) => nodeOf(one, `${path} ${one.name()}`, names));
  const takesFiles = command.registeredArguments.some(({ argChoices }) => argChoices === undefined);
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  const words = takesFiles ? undefined : choices;
  return {
    path,
    name: command.name(),
    summary: command.summary() || command.description(),
    options: help.visibleOptions(command).map(flagOf),
    commands,
    words: command.name() === HELP ? siblings : words,
  };
}

const HELP = "help";

function flagOf(option: Option): Flag {
  const { short, long, flags, description, argChoices, required, optional } = option;
  const isFile = /<(file|source|module|kernel|dir)\b/.test(flags);
  return {
    names: [short, long].filter((name) => name !== undefined),
    // What comes first is enough for a menu.
    summary: description.split(/[:;(]/)[0]?.trim() ?? "",
    isRepeatable: description.includes("repeatable"),
    value: required || optional ? (argChoices ?? (isFile ? "file" : "other")) : undefined,
  };
}

/** A node and all below it, itself first. */
export function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const one of node.commands) yield* nodesOf(one);
}
