import { headlineOf } from "./causes-text.js";
import { xml } from "./escape.js";
import { type KernelEntry, type Pair, type Report, resultsOf } from "./model.js";
import { type Judged, judgedOfPair, type Policy, standingOf } from "./policy.js";

/** A suite for each kernel, and a case for each program: in the form that Jenkins, GitLab and most others read. */
export function* junitReport(report: Report, policy: Policy): Generator<string, void> {
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="bpf-core check">\n`;
  const unread = report.objects.flatMap(({ path, error }) =>
    error === null ? [] : [errorCase(path, error)],
  );
  if (unread.length > 0) yield suite("objects", unread);
  for (const { kernel, pairs } of resultsOf(report)) yield suite(kernel.name, casesOf(kernel, pairs, policy));
  yield "</testsuites>\n";
}

interface Case {
  readonly result: "passed" | "failure" | "error" | "skipped";
  readonly text: string;
}

function suite(name: string, cases: readonly Case[]): string {
  const count = (result: string): number => cases.filter((one) => one.result === result).length;
  const counts = `tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}" skipped="${count("skipped")}"`;
  return `  <testsuite name="${xml(name)}" ${counts}>\n${cases.map(({ text }) => text).join("")}  </testsuite>\n`;
}

function casesOf(kernel: KernelEntry, pairs: readonly Pair[], policy: Policy): readonly Case[] {
  if (kernel.error !== null) return [errorCase(kernel.path, kernel.error)];
  return pairs.flatMap((pair) =>
    pair.verdict === "skipped"
      ? [caseOf(pair.object, pair.object, "skipped", pair.note ?? "")]
      : [...judgedOfPair(kernel.name, pair)].map((judged) => caseOfProgram(judged, policy)),
  );
}

const errorCase = (path: string, error: string): Case => caseOf(path, path, "error", error);

function caseOfProgram(judged: Judged, policy: Policy): Case {
  const { object, program, section, verdict, reasons } = judged;
  const name = program === "" ? object : `${program} (${section})`;
  if (verdict === "loads") return caseOf(object, name, "passed", "");
  const standing = standingOf(judged, policy);
  const counts =
    standing === "new" && (verdict === "fails" ? policy.failOn !== "never" : policy.failOn === "unknown");
  const [first] = reasons;
  const title = first === undefined ? "" : headlineOf(first);
  const prefix = standing !== "new" ? `${standing}: ` : verdict === "unknown" ? "cannot be told: " : "";
  const lines = reasons.map(({ code, message, source }) => {
    const place = source === null ? "" : `${source.file}:${source.line}: `;
    return `${place}${message} (${code})`;
  });
  return caseOf(object, name, counts ? "failure" : "skipped", `${prefix}${title}`, lines, first?.code);
}

function caseOf(
  object: string,
  name: string,
  result: Case["result"],
  message: string,
  lines: readonly string[] = [],
  type = "",
): Case {
  const head = `    <testcase classname="${xml(object)}" name="${xml(name)}"`;
  if (result === "passed") return { result, text: `${head}/>\n` };
  const attributes = `message="${xml(message)}"${type === "" ? "" : ` type="${xml(type)}"`}`;
  const inner =
    result === "skipped"
      ? `<skipped>${[message, ...lines].map(xml).join("\n")}</skipped>`
      : `<${result} ${attributes}>${lines.map(xml).join("\n")}</${result}>`;
  return { result, text: `${head}>\n      ${inner}\n    </testcase>\n` };
}
