import { type Command, Option } from "commander";
import { collect } from "../common/commands.js";
import { REPORTER_NAMES } from "./reporters.js";

/** What `check` and `check merge` do with a report. */
export function addReportOptions(command: Command): void {
  command
    .option(
      "--reporter <name[=file]>",
      `how to report: ${REPORTER_NAMES.join(", ")}; repeatable, all but one to files (default: pretty)`,
      collect,
    )
    .addOption(
      new Option("--fail-on <verdict>", "what to fail for: fails, unknown or never")
        .choices(["fails", "unknown", "never"])
        .default("fails"),
    )
    .option("--allow <file>", "known failures, with reasons and dates on which they expire (JSON)")
    .option("--baseline <file>", "an earlier report (JSON): show and count only what changed since")
    .option("-v, --verbose", "show everything, not only the most widespread");
}
