import { printable } from "@core/bytes";
import { Command, CommanderError } from "commander";
import pc from "picocolors";
import { addCommands, type Context, type LazyCommand, type Surroundings } from "./common/commands.js";
import { CommandError, Exit } from "./common/exit.js";
import { type Output, print, processOutput } from "./common/output.js";
import { version } from "./common/version.js";

/** Knows all other commands. */
const COMPLETION = "completion";

const COMMANDS: readonly LazyCommand[] = [
  {
    name: "check",
    summary: "tell whether BPF objects load on kernels, and why not",
    load: () => import("./check/command.js"),
  },
  {
    name: "explain",
    summary: "explain one place of an object that does not load",
    load: () => import("./explain/command.js"),
  },
  {
    name: "relocate",
    summary: "relocate a BPF object for a kernel",
    load: () => import("./relocate/command.js"),
  },
  {
    name: "btf",
    summary: "look at types: dump, show, find, lay out, compare, minimise",
    load: () => import("./btf/command.js"),
  },
  {
    name: COMPLETION,
    summary: "print a script for the completion of a shell",
    load: () => import("./completion/command.js"),
  },
];

const systemSurroundings = (): Surroundings => ({
  stdout: processOutput(1),
  stderr: processOutput(2),
  pager: process.env["PAGER"] ?? "less",
});

/** Without a terminal, in characters. */
const HELP_WIDTH = 80;

async function createProgram(context: Context): Promise<Command> {
  const { stdout, stderr } = context;
  const program = new Command("bpf-core")
    .description(
      "Tells whether BPF objects load on kernels, and why not; relocates them; looks at kernels' types. Offline.",
    )
    .version(version(), "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", "\nEach command's --help has examples and exit codes.")
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError("Try bpf-core --help.")
    .configureHelp({
      // The choices are in the texts.
      optionDescription: ({ description, defaultValue }) =>
        typeof defaultValue === "string" || typeof defaultValue === "number"
          ? `${description} (default: ${defaultValue})`
          : description,
      argumentDescription: ({ description }) => description,
    })
    .configureOutput({
      writeOut: (text) => print(stdout, text),
      writeErr: (text) => print(stderr, text),
      outputError: (message) => tell(stderr, usageMessage(message)),
      getOutHelpWidth: () => stdout.columns ?? HELP_WIDTH,
      getErrHelpWidth: () => stderr.columns ?? HELP_WIDTH,
      getOutHasColors: () => stdout.colors,
      getErrHasColors: () => stderr.colors,
    });
  await addCommands(program, COMMANDS, context);
  return program;
}

/**
 * Runs the command with its arguments, those after the script's name.
 * @returns the exit code.
 */
export async function main(
  args: readonly string[],
  surroundings: Surroundings = systemSurroundings(),
): Promise<number> {
  let exitCode: number = Exit.ok;
  const setExitCode = (code: number): void => {
    exitCode = code;
  };
  try {
    const isWanted = (name: string): boolean => args.includes(name) || args[0] === COMPLETION;
    const program = await createProgram({ ...surroundings, isWanted, setExitCode });
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error, surroundings.stderr);
  }
}

function tell(stderr: Output, message: string): void {
  try {
    print(stderr, `${pc.createColors(stderr.colors).red("error:")} ${message}\n`);
  } catch (error) {
    // Where nothing can be said, the exit code says it.
    if (!(error instanceof CommandError)) throw error;
  }
}

/** Tells what went wrong, unless commander did. */
function exitCodeOf(error: unknown, stderr: Output): number {
  if (error instanceof CommandError) {
    tell(stderr, error.message);
    return error.exitCode;
  }
  // The help that was asked for is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.ok : Exit.usage;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  tell(
    stderr,
    ["this is a bug in bpf-core; please report it:", ...stack.split("\n").map(printable)].join("\n"),
  );
  return Exit.internal;
}

/** Commander's message without its prefix, on one line, with the arguments that it quotes made printable. */
const usageMessage = (message: string): string =>
  printable(
    message
      .trimEnd()
      .replace(/^error: /, "")
      .replace(/\n(?=\(Did you mean )/, " "),
  );
