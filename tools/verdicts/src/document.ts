import { type Agreement, type Comparison, INVISIBLE } from "./agreement.js";

/** What was compared with one kernel. */
export interface Compared {
  readonly name: string;
  readonly comparisons: readonly Comparison[];
}

const COLUMNS: readonly (readonly [Agreement, string])[] = [
  ["agrees", "agree"],
  ["set up", "set up by their loader"],
  ["unknown", "unknown here"],
  ["invisible", "refused for what BTF does not show"],
  ["wrong", "disagree"],
];

/** docs/verdicts.md: how many verdicts agree, and each that does not. */
export function formatDocument(all: readonly Compared[]): string {
  return `# Verdicts beside real kernels'

Written by \`pnpm verdicts\`. Programs of real objects (libbpf-tools, pwru), and fixtures that were made to be refused, were
loaded on booted kernels, each alone and without modules; beside that stands what \`@core/check\` says of them, given the kernel's
BTF and release, and neither its configuration nor its symbols.

${formatTable(all)}

${all.flatMap(formatClasses).join("\n")}
## Where they do not agree

${all.flatMap(formatOthers).join("\n")}
`;
}

function formatTable(all: readonly Compared[]): string {
  const head = ["kernel", "programs", ...COLUMNS.map(([, title]) => title)];
  const rows = all.map(({ name, comparisons }) => [
    name,
    comparisons.length,
    ...COLUMNS.map(([agreement]) => comparisons.filter((one) => one.agreement === agreement).length),
  ]);
  return formatRows([head, head.map(() => "---"), ...rows]);
}

const VERDICTS = ["loads", "fails", "unknown"] as const;

/** By what the kernel said, what is said here. */
function formatClasses({ name, comparisons }: Compared): readonly string[] {
  const classes = [...new Set(comparisons.map(({ truth }) => truth.class))].sort();
  const rows = classes.map((said) => {
    const own = comparisons.filter(({ truth }) => truth.class === said);
    return [said, ...VERDICTS.map((verdict) => own.filter(({ check }) => check.verdict === verdict).length)];
  });
  const head = ["the kernel says", ...VERDICTS];
  return [`## ${name}\n`, formatRows([head, head.map(() => "---"), ...rows]), ""];
}

const formatRows = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `| ${row.join(" | ")} |`).join("\n");

function formatOthers({ name, comparisons }: Compared): readonly string[] {
  const others = comparisons.filter(({ agreement }) => agreement !== "agrees" && agreement !== "set up");
  if (others.length === 0) return [];
  const lines = others.map(({ truth, check, agreement }) => {
    const error = (truth.error ?? "").replaceAll("|", "/");
    const why = INVISIBLE.find(([line]) => line.test(error))?.[1];
    const own = check.reasons.map(({ message }) => message).join("; ");
    const said = agreement === "invisible" ? `not seen here: ${why}` : `${check.verdict} here: ${own}`;
    return `- \`${truth.object}\` ${truth.program}: ${truth.class}${error === "" ? "" : ` (\`${error}\`)`}; ${said}`;
  });
  return [`### ${name}\n`, ...lines, ""];
}
