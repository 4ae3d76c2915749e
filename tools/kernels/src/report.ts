// What kernels said, as a page of the documentation.

import { type Agreement, agreementOf, type Comparison, WAYS, type Way } from "./compare.js";
import type { LoadClass, LoadResult } from "./results.js";
import type { AgainstTruth } from "./truth.js";

/** One kernel's part of the page. */
export interface Part {
  readonly comparison: Comparison;
  readonly truth: AgainstTruth | undefined;
}

const WAY_NAMES: Readonly<Record<Way, string>> = {
  relocated: "relocated",
  "without-btf": "relocated, no BTF",
  minimized: "minimised BTF",
};

/** How many values there are of each kind, the most frequent first. */
export function countsOf<T extends string>(values: readonly T[]): ReadonlyMap<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "--:"));
  return [head, rule, ...rows].map(line).join("\n");
}

const loads = (result: LoadResult) => result.class === "loads";

/** Which of the programs that could be written agree in each way. */
function agreementRow(
  { comparison: { release, ways } }: Part,
  wanted: "loads" | "refused",
): (string | number)[] {
  const compared = ways.get("relocated") ?? [];
  const count = compared.filter(({ own }) => loads(own) === (wanted === "loads")).length;
  const cells = WAYS.map((way) => {
    const agreements = countsOf(
      (ways.get(way) ?? [])
        .filter(({ own }) => loads(own) === (wanted === "loads"))
        .map((one) => agreementOf(way, one)),
    );
    return formatAgreements(agreements, wanted);
  });
  return [release, count, ...cells];
}

function formatAgreements(agreements: ReadonlyMap<Agreement, number>, wanted: "loads" | "refused"): string {
  const same = `${agreements.get(wanted) ?? 0}`;
  const needsBtf = agreements.get("needs-btf");
  const differs = agreements.get("differs");
  return [same, needsBtf && `${needsBtf} need BTF`, differs && `**${differs} differ**`]
    .filter((part) => part)
    .join(", ");
}

/** What differs, a line each; empty when nothing does. */
export function differencesOf({ release, ways }: Comparison): readonly string[] {
  return WAYS.flatMap((way) =>
    (ways.get(way) ?? [])
      .filter((one) => agreementOf(way, one) === "differs")
      .map(({ own, other }) => {
        const what = own.class === other.class ? "other instructions" : `${other.class}, not ${own.class}`;
        return `${release}, ${WAY_NAMES[way]}: \`${own.object}\` \`${own.program}\`: ${what}`;
      }),
  );
}

function list(lines: readonly string[]): string {
  return lines.length === 0 ? "None." : lines.map((line) => `- ${line}`).join("\n");
}

/** The page; `sample` is what was asked for. */
export function formatReport(parts: readonly Part[], sample: number): string {
  const releases = parts.map(({ comparison }) => comparison.release);
  const classes = parts.map(({ comparison }) => countsOf(comparison.own.map((result) => result.class)));
  const reasons = [...new Set(classes.flatMap((counts) => [...counts.keys()]))];
  const reasonRow = (reason: LoadClass) => [reason, ...classes.map((counts) => counts.get(reason) ?? 0)];
  const objects = new Set(parts.flatMap(({ comparison }) => comparison.own.map(({ object }) => object)));
  const unwritten = new Map(parts.flatMap(({ comparison }) => [...comparison.unwritten]));
  const ways = ["kernel", "programs", ...WAYS.map((way) => WAY_NAMES[way])];
  const truth = parts.flatMap(({ comparison, truth: one }) =>
    one === undefined ? [] : [{ release: comparison.release, ...one }],
  );
  return `# Real kernels accept it

Made by \`pnpm kernels compare${sample === 1 ? "" : ` --sample ${sample}`} -o docs/real-kernels.md\`: Debian's kernels, booted, and every program of ${objects.size} objects, loaded
alone by libbpf 1.8. Each is loaded as the compiler left it, when libbpf relocates it by the kernel's own BTF, and then otherwise:

- **${WAY_NAMES.relocated}**: the file that \`bpf-core relocate\` writes. Its CO-RE records are gone, and libbpf has nothing left to relocate.
- **${WAY_NAMES["without-btf"]}**: the same file where libbpf finds no BTF of the kernel. What attaches by a name in BTF (\`fentry\`,
  \`tp_btf\`, \`lsm\`, \`struct_ops\` …) or names a kfunc needs that BTF whatever becomes of CO-RE.
- **${WAY_NAMES.minimized}**: as the compiler left it, and libbpf relocates by what \`bpf-core btf min\` makes of the kernel's BTF for all
  these objects.

A program that loads, or that is refused for poison, must have the same instructions in the kernel as those that libbpf made itself
(but for minimised BTF, where types have other numbers).

## Programs that load

${table(
  ways,
  parts.map((part) => agreementRow(part, "loads")),
)}

## Programs that are refused

For the same reason, in every way:

${table(
  ways,
  parts.map((part) => agreementRow(part, "refused")),
)}

## What differs

${list(parts.flatMap(({ comparison }) => differencesOf(comparison)))}

## What kernels say of the objects as they are

${table(["", ...releases], reasons.map(reasonRow))}

Many are refused on purpose: these are the fixtures, and objects for arm64 on kernels for amd64.

## What has no relocated file

Objects with a relocation that can be neither done nor poisoned, or with records that are out of order: libbpf refuses the
programs that have one, or all records. They are fixtures, made so on purpose, and not in the first two tables.

${list([...unwritten].map(([name, reason]) => `\`${name}\`: ${reason}`))}

## Against the verdicts of the shared corpus

The same question was asked once before, with other tools.

${table(
  ["kernel", "programs", "same verdict"],
  truth.map(({ release, programs, others }) => [release, programs, programs - others.length]),
)}

The others:

${list(truth.flatMap(({ release, others }) => others.map((other) => `${release}: ${other}`)))}
`;
}
