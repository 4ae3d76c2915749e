// `npm run demo`: relocates a BPF object against the running kernel, or against a bundled piece of one.
// `npm run demo -- your.bpf.o` does the same with an object of one's own (any options of the command may follow).

import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { prepare, ROOT, run, runQuietly, say, turbo } from "./workspace.mjs";

const COMMAND = "packages/cli/dist/bin/bpf-core.js";
const EXAMPLE = "tools/fixtures/objects/example-el.o";
const EXAMPLE_SOURCE = "tools/fixtures/src/example.bpf.c";
const OUTPUT = "tools/bootstrap/out/example.o";
const BUNDLED_KERNEL = "tools/fixtures/targets/example-kernel.btf";
const RUNNING_KERNEL = "/sys/kernel/btf/vmlinux";

const env = prepare();
say("Building the bpf-core command");
const built = runQuietly(turbo(["run", "build", "--filter=@core/cli", "--output-logs=errors-only"], env));
if (built !== 0) process.exit(built);

const hasKernel = existsSync(RUNNING_KERNEL);
const args = process.argv.slice(2);
// npm runs a script in the workspace's root; paths are meant from where npm was called.
process.exitCode = args.length === 0 ? relocateExample() : relocate(args, process.env.INIT_CWD ?? ROOT);

function relocateExample() {
  say(
    `Relocating ${EXAMPLE}`,
    "It was compiled once, for no kernel in particular, and lists what it assumes about kernel types.",
  );
  console.log(
    hasKernel
      ? "  The kernel that runs here says how these types look on it."
      : "  This machine's kernel does not say how its types look, so a small bundled description of one does.",
  );
  mkdirSync(join(ROOT, dirname(OUTPUT)), { recursive: true });
  const status = relocate([EXAMPLE, ...(hasKernel ? [] : ["--target", BUNDLED_KERNEL]), "-o", OUTPUT], ROOT);
  if (status === 0) tellMore();
  return status;
}

/** @type {(args: string[], cwd: string) => number} */
function relocate(args, cwd) {
  console.log(`\n  $ bpf-core relocate ${args.join(" ")}\n`);
  return run({ command: process.execPath, args: [join(ROOT, COMMAND), "relocate", ...args], env, cwd });
}

function tellMore() {
  say("What happened");
  console.log(`  Each line is an instruction of ${EXAMPLE_SOURCE}: what it depends on, and the value that it had
  and has. ${OUTPUT} leaves nothing to look up: any loader takes it as it is.`);
  say("Try an object of your own");
  console.log(`  npm run demo -- path/to/your.bpf.o             against ${hasKernel ? "the running kernel" : "a kernel you name with --target"}
  npm run demo -- path/to/your.bpf.o -v          with every type that was considered, and why it was not taken
  npm run demo -- path/to/your.bpf.o --target ${hasKernel ? "vmlinux.btf" : BUNDLED_KERNEL}
  node ${COMMAND} --help`);
}
