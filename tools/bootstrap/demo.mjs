// `npm run demo`: relocates a BPF object against the running kernel, or against a bundled piece of one.
// `npm run demo -- your.bpf.o` does the same with an object of one's own (any options of the command may follow).

import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { prepare, ROOT, run, say, turbo } from "./workspace.mjs";

const COMMAND = "packages/cli/dist/bin.js";
const EXAMPLE = "tools/fixtures/objects/example-el.o";
const EXAMPLE_SOURCE = "tools/fixtures/src/example.bpf.c";
const BUNDLED_KERNEL = "tools/fixtures/targets/example-kernel.btf";
const RUNNING_KERNEL = "/sys/kernel/btf/vmlinux";

const env = prepare();
say("Building the bpf-core command");
const built = turbo(["run", "build", "--filter=@core/cli", "--output-logs=errors-only"], env);
if (built !== 0) process.exit(built);

const hasKernel = existsSync(RUNNING_KERNEL);
const [own, ...options] = process.argv.slice(2);
process.exitCode = own === undefined ? relocateExample() : relocate([ownPath(own), ...options]);

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
  const output = join(tmpdir(), "bpf-core-demo", "example.o");
  mkdirSync(join(tmpdir(), "bpf-core-demo"), { recursive: true });
  const status = relocate([EXAMPLE, ...(hasKernel ? [] : ["--target", BUNDLED_KERNEL]), "-o", output]);
  if (status === 0) tellMore(output);
  return status;
}

/** @type {(args: string[]) => number} */
function relocate(args) {
  console.log(`\n  $ bpf-core relocate ${args.join(" ")}\n`);
  return run(process.execPath, [join(ROOT, COMMAND), "relocate", ...args], env);
}

/** npm runs scripts in the workspace's root; a path was meant from where npm was called. @type {(path: string) => string} */
function ownPath(path) {
  return relative(ROOT, resolve(process.env.INIT_CWD ?? ".", path));
}

/** @type {(output: string) => void} */
function tellMore(output) {
  say("What happened");
  console.log(`  Each line above is an instruction of ${EXAMPLE_SOURCE} that now has this kernel's
  offsets, sizes and numbers. ${output} no longer needs them looked up: a loader takes it as it is.`);
  say("Try an object of your own");
  console.log(`  npm run demo -- path/to/your.bpf.o             against ${hasKernel ? "the running kernel" : "a kernel you name with --target"}
  npm run demo -- path/to/your.bpf.o -v          with every type that was considered, and why it was not taken
  npm run demo -- path/to/your.bpf.o --target ${hasKernel ? "vmlinux.btf" : BUNDLED_KERNEL}
  node ${COMMAND} --help`);
}
