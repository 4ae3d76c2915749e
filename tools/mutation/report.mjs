/** The layers that are held to it, and the share of their mutants, in percent, that have to be noticed. */
const FLOORS = { spec: 98, matcher: 98, "insn-patch": 98 };
export const LAYERS = Object.keys(FLOORS);

const FATES = {
  Killed: "noticed",
  Timeout: "noticed",
  RuntimeError: "noticed",
  Survived: "survived",
  NoCoverage: "survived",
};
const MAX_SHOWN = 90;

/** One line of code, cut where a reader has seen enough to find it. */
function brief(code) {
  const line = code.replaceAll(/\s+/g, " ").trim();
  return line.length <= MAX_SHOWN ? line : `${line.slice(0, MAX_SHOWN)}…`;
}

/** The mutants of a report in Stryker's schema, each with the whole source that it makes. */
export function mutantsOf(report) {
  return Object.entries(report.files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split("\n");
    const starts = [];
    let length = 0;
    for (const line of lines) {
      starts.push(length);
      length += line.length + 1;
    }
    return mutants.map(({ location: { start, end }, replacement, status }) => {
      const fate = FATES[status];
      if (fate === undefined) throw new Error(`${file}:${start.line}: a mutant of status ${status}`);
      const from = starts[start.line - 1] + start.column - 1;
      const to = starts[end.line - 1] + end.column - 1;
      return {
        file,
        line: brief(lines[start.line - 1]),
        from: brief(source.slice(from, to)),
        to: brief(replacement),
        at: start.line,
        changed: source.slice(0, from) + replacement + source.slice(to),
        fate,
      };
    });
  });
}

const keyOf = ({ file, line, from, to }) => JSON.stringify([file, line, from, to]);

const survivorsOf = (mutants) => mutants.filter(({ fate }) => fate === "survived");

const countOf = (mutants, fate) => mutants.filter((mutant) => mutant.fate === fate).length;

/** In percent, rounded down to tenths: 100 is all of them. */
const scoreOf = (mutants) => Math.floor((1 - survivorsOf(mutants).length / mutants.length) * 1000) / 10;

/** What is wrong with a layer's result: survivors without a reason, reasons without a survivor, too low a score. */
export function complaintsOf({ layer, mutants, reasons }) {
  const survivors = survivorsOf(mutants);
  const alive = new Set(survivors.map(keyOf));
  const explained = new Set(reasons.map(keyOf));
  const complaints = [];
  for (const mutant of survivors) {
    if (explained.has(keyOf(mutant))) continue;
    const { file, at, line, from, to } = mutant;
    complaints.push(
      `packages/${layer}/${file}:${at}: no test notices this change: kill it, or give the reason in survivors.json`,
      `  ${JSON.stringify({ file, line, from, to, reason: "" })}`,
    );
  }
  for (const entry of reasons) {
    if (alive.has(keyOf(entry))) continue;
    complaints.push(
      `survivors.json: this change of ${layer} survives no more: ${entry.file}: ${entry.from} → ${entry.to}`,
    );
  }
  const score = scoreOf(mutants);
  if (score < FLOORS[layer])
    complaints.push(`${layer}: ${score} % of the mutants are noticed, under the floor`);
  return complaints;
}

const code = (text) => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);

/** docs/mutation.md */
export function formatPage(results) {
  const rows = results.map(({ layer, mutants }) => {
    const counts = ["noticed", "refused", "survived"].map((fate) => countOf(mutants, fate));
    return `| ${[layer, mutants.length, ...counts, `${scoreOf(mutants)} %`, `${FLOORS[layer]} %`].join(" | ")} |`;
  });
  const sections = results.map(({ layer, mutants, reasons }) => {
    const survivors = survivorsOf(mutants);
    const items = reasons.map((entry) => {
      const count = survivors.filter((mutant) => keyOf(mutant) === keyOf(entry)).length;
      const times = count > 1 ? ` (${count} times)` : "";
      return [
        `- ${code(entry.file)}: ${code(entry.line)}`,
        `  ${code(entry.from)} → ${entry.to === "" ? "nothing" : code(entry.to)}${times}: ${entry.reason}`,
      ].join("\\\n");
    });
    return `### ${layer}\n\n${items.length > 0 ? items.join("\n") : "Nothing."}\n`;
  });
  return `# Mutation testing

\`pnpm mutation\` changes the sources of three layers in small ways, one at a time, and runs the layer's own tests
against each change. Only tests that do the same whenever they run count: the property tests, whose inputs are
random, are left out. What the tests do not notice, but the compiler refuses, needs no test. What neither notices has
its reason below, from [survivors.json](../tools/mutation/survivors.json); the command fails if one lacks a reason, or
a reason its change, or if a score is under its floor. It writes this page.

| Layer | Changes | Noticed by tests | Refused by the compiler alone | Survive | Score | Floor |
|---|--:|--:|--:|--:|--:|--:|
${rows.join("\n")}

## What survives, and why

${sections.join("\n")}`;
}
