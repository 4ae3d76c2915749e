import type { Command } from "commander";
import type { Context } from "../common/commands.js";
import { type ReportOptions, runMerge } from "./execute.js";
import { addReportOptions } from "./report-options.js";

export function declare(command: Command, context: Context): void {
  command
    .description(
      "Puts reports of --reporter json together: those of all shards give what one run would have given.",
    )
    .argument("<report...>", "reports of one check, in JSON");
  addReportOptions(command);
  command.action((reports: readonly string[], options: ReportOptions) => {
    context.setExitCode(runMerge(reports, options, context));
  });
}
