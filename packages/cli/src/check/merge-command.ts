import type { Command } from "commander";
import type { Context } from "../common/commands.js";
import { type ReportOptions, runMerge } from "./execute.js";
import { addReportOptions } from "./report-options.js";

const EXAMPLES = `
Examples:
  bpf-core check merge part-*.json
  bpf-core check merge part-*.json --reporter json=report.json --reporter pretty

Exit codes:
  0  every program that counts loads, or it cannot be told
  1  some do not load; with --fail-on unknown, also if it cannot be told
  2  wrong usage
  3  a file cannot be read or written, or is no such report`;

export function declare(command: Command, context: Context): void {
  command
    .description(
      "Puts reports of --reporter json together: those of all shards give what one run would have given.",
    )
    .argument("<report...>", "reports of one check, in JSON");
  addReportOptions(command);
  command
    .addHelpText("after", EXAMPLES)
    .action(async (reports: readonly string[], options: ReportOptions) => {
      context.setExitCode(await runMerge(reports, options, context));
    });
}
