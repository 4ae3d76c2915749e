import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { printable } from "@core/bytes";
import pc from "picocolors";
import { CommandError, Exit, withPath } from "../common/exit.js";
import { checkOverwritten, writePieces } from "../common/files.js";
import { jsonText } from "../common/json.js";
import { type Output, print, writeOn } from "../common/output.js";
import type { Digest } from "./digest.js";
import { githubReport } from "./github-report.js";
import { jsonReport } from "./json-report.js";
import { junitReport } from "./junit-report.js";
import { markdownReport } from "./markdown-report.js";
import type { Report } from "./model.js";
import type { Policy } from "./policy.js";
import { prettyReport } from "./pretty-report.js";
import { sarifReport } from "./sarif-report.js";

/** What a reporter tells, and how it may look. */
export interface Reported {
  readonly report: Report;
  /** Made when first asked for: not everything that is told is added up. */
  readonly digest: () => Digest;
  readonly policy: Policy;
  readonly verbose: boolean;
  /** Where it goes: a terminal has colours and a width. */
  readonly colors: boolean;
  readonly columns: number | undefined;
}

const REPORTERS: Readonly<Record<string, (reported: Reported) => Iterable<string>>> = {
  pretty: ({ report, digest, policy, colors, columns, verbose }) => [
    prettyReport(report, digest(), policy, { colors: pc.createColors(colors), columns, verbose }),
  ],
  json: ({ report }) => jsonReport(report),
  junit: ({ report, policy }) => junitReport(report, policy),
  sarif: ({ report, digest }) => [jsonText(sarifReport(report, digest()))],
  markdown: ({ report, digest }) => markdownReport(report, digest()),
  github: ({ digest, policy }) => githubReport(digest(), policy),
};

/** The reporter whose lines are commands of GitHub Actions. */
const COMMANDS = "github";

export const REPORTER_NAMES = Object.keys(REPORTERS);

/** One of `--reporter`: what it is called, and its file; undefined for standard output. */
export interface ReporterChoice {
  readonly name: string;
  readonly path: string | undefined;
}

/** @throws CommandError for reporters that are none, and several that want standard output. */
export function parseReporters(texts: readonly string[]): readonly ReporterChoice[] {
  const choices = texts.map((text): ReporterChoice => {
    const [, name = "", path] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    if (!REPORTER_NAMES.includes(name)) {
      refuse(
        `--reporter ${printable(text)}: one of ${REPORTER_NAMES.join(", ")}, or one and its file: json=report.json`,
      );
    }
    return { name, path: path === undefined || path === "-" ? undefined : path };
  });
  if (choices.some(({ path }) => path === "")) refuse("--reporter: no file is named behind the =");
  if (choices.filter(({ path }) => path === undefined).length > 1) {
    refuse(
      "several reporters want standard output: give all but one a file, such as --reporter json=report.json",
    );
  }
  const files = choices.map(({ path }) => path && resolve(path));
  const twice = choices.find((_, i) => files.indexOf(files[i]) < i);
  if (twice !== undefined)
    refuse(`several reporters want ${printable(twice.path ?? "")}: give each its own file`);
  return choices;
}

/** @throws CommandError for a reporter's file that is one of the inputs, or in no folder. */
export function checkReporters(choices: readonly ReporterChoice[], inputs: readonly string[]): void {
  for (const { name, path } of choices) {
    if (path === undefined) continue;
    checkOverwritten(inputs, path, `--reporter ${name}=${path}`);
    // A run may take hours.
    withPath(path, () => statSync(dirname(path)));
  }
}

function refuse(message: string): never {
  throw new CommandError(Exit.usage, message);
}

export function writeReports(
  choices: readonly ReporterChoice[],
  reported: Omit<Reported, "colors" | "columns">,
  stdout: Output,
): void {
  for (const { name, path } of choices) {
    const report = REPORTERS[name];
    if (report === undefined) continue;
    if (path === undefined) {
      const { colors, columns } = stdout;
      const write = name === COMMANDS ? writeOn : print;
      for (const piece of report({ ...reported, colors, columns })) write(stdout, piece);
    } else {
      withPath(path, () => writePieces(path, report({ ...reported, colors: false, columns: undefined })));
    }
  }
}
