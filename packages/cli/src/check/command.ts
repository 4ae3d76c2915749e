import { type Command, InvalidArgumentError } from "commander";
import { addCommands, type Context } from "../common/commands.js";
import { type CheckOptions, runCheck } from "./execute.js";
import { addReportOptions } from "./report-options.js";
import { KALLSYMS_HELP, KCONFIG_HELP } from "./target.js";

const EXAMPLES = `
Examples:
  bpf-core check a.bpf.o                    on the running kernel
  bpf-core check build/ -t btfhub-archive/  all on all kernels of a folder
  bpf-core check a.bpf.o -t 'btf/*6.1*.xz' /boot/vmlinuz-6.12 linux-7.3.deb
  bpf-core check build/ -t kernels/ --reporter pretty --reporter json=all.json
  bpf-core check build/ -t kernels/ --shard 2/5 --reporter json=part-2.json
  bpf-core check merge part-*.json          one report of all parts

Exit codes:
  0    every program that counts loads, or it cannot be told
  1    some do not load; with --fail-on unknown, also if it cannot be told
  2    wrong usage
  3    a file cannot be read or written, or is malformed; the rest was checked
  130  interrupted: the report has what was checked until then`;

export async function declare(command: Command, context: Context): Promise<void> {
  command
    .description(
      "Tells whether the programs of BPF objects load on kernels, and why not, without loading anything. " +
        "Folders are searched for objects and kernels.",
    )
    .argument("<object...>", "BPF object files, folders of them, or patterns")
    .option(
      "-t, --target <kernel...>",
      "the kernels: BTF, kernel images, packages, archives, compressed or not; folders of them (also in BTFHub's " +
        "form), systems below a folder, or patterns (default: the running kernel)",
    )
    .option(
      "--arch <name>",
      "what the objects were compiled for, where they do not show it; any: check all on all",
    )
    .option("--no-modules", "do not look for the kernels' modules")
    .option("--kconfig <file>", KCONFIG_HELP)
    .option("--kallsyms <file>", KALLSYMS_HELP)
    .option("-j, --jobs <n>", "how many kernels at a time (default: one a processor)", parseJobs)
    .option(
      "--shard <i/n>",
      "only a part of the kernels: the 2nd of 5 is 2/5; auto: as GitLab or Slurm says, auto/5: as Kubernetes says " +
        "(never unasked: a job may be one of many for another reason)",
    )
    .option("--no-cache", "compute everything anew");
  addReportOptions(command);
  command.addHelpText("after", EXAMPLES).action(async (objects: readonly string[], options: CheckOptions) => {
    context.setExitCode(await runCheck(objects, options, context));
  });
  await addCommands(
    command,
    [
      {
        name: "merge",
        summary: "put the reports of several shards together",
        load: () => import("./merge-command.js"),
      },
    ],
    context,
  );
}

/** More threads than any machine has processors. */
const MAX_JOBS = 1024;

function parseJobs(text: string): number {
  const jobs = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (jobs < 1 || jobs > MAX_JOBS) throw new InvalidArgumentError(`It is a number from 1 to ${MAX_JOBS}.`);
  return jobs;
}
