import { statsOf } from "@core/btf/find";
import { printable } from "@core/bytes";
import { type Command, InvalidArgumentError } from "commander";
import pc from "picocolors";
import type { Colors } from "picocolors/types.js";
import type { Context } from "../common/commands.js";
import type { Layer } from "../common/content.js";
import { jsonText } from "../common/json.js";
import { show } from "../common/pager.js";
import { readLayers } from "../common/sources.js";
import { placesOf } from "./names.js";
import { addShowOptions, addSourceOptions, type ShowOptions, SOURCE } from "./options.js";
import { plural } from "./text.js";

interface StatsCommandOptions extends ShowOptions {
  readonly top: number;
}

const EXAMPLES = `
Examples:
  bpf-core btf stats                    of the running kernel
  bpf-core btf stats vmlinuz-6.1.0 --top 30
  bpf-core btf stats -m nf_nat -m bridge

Exit codes:
  0  done
  2  wrong usage
  3  a file cannot be read, or is malformed`;

export function declare(command: Command, context: Context): void {
  command
    .description(
      "Counts types by kind, the bytes they take, names that several types of a kind have, and shows the largest structs.",
    )
    .argument("[source]", SOURCE)
    .option("-n, --top <count>", "how many names and structs to show", countOf, 10);
  addShowOptions(addSourceOptions(command, "count a module's types instead of the kernel's"))
    .addHelpText("after", EXAMPLES)
    .action((source: string | undefined, options: StatsCommandOptions) => runStats(source, options, context));
}

function countOf(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError("A count is a number from 0 on.");
  return Number(value);
}

async function runStats(
  source: string | undefined,
  options: StatsCommandOptions,
  context: Context,
): Promise<void> {
  const layers = await readLayers(source, options, context);
  const count = options.module?.length ?? 1;
  const all = layers.slice(-count).map((layer) => ({ layer, stats: statsOf(layer.btf, options) }));
  const text = options.json
    ? jsonText({
        version: 1,
        sources: all.map(({ layer, stats }) => ({
          source: layer.path,
          layer: layer.name,
          order: layer.btf.order,
          ...stats,
        })),
      })
    : all.map(({ layer, stats }) => format(layer, stats, pc.createColors(context.stdout.colors))).join("\n");
  show(text, context, options.pager);
}

type Stats = ReturnType<typeof statsOf>;
type Row = readonly (string | number)[];

function format(layer: Layer, stats: Stats, colors: Colors): string {
  const { types, named, bytes, kinds, duplicates, largest } = stats;
  const place = layer.btf.base === undefined ? "" : `${printable(layer.name)} in `;
  const head = [
    `${place}${placesOf([layer])}: ${layer.btf.order}-endian, ${plural(types, "type")}, ${named} with a name`,
    `${plural(bytes.whole, "byte")}: ${bytes.types} of types, ${bytes.strings} of strings`,
  ];
  const title = colors.bold;
  return [
    ...head,
    "",
    ...table(
      ["kind", "types", "elements", "bytes"],
      kinds.map((row) => [row.kind, row.types, row.elements, row.bytes]),
      title,
    ),
    ...section(
      ["several types of a name", "types"],
      duplicates.map((row) => [`${row.kind} ${row.name}`, row.types]),
      title,
    ),
    ...section(
      ["largest structs and unions", "bytes"],
      largest.map((row) => [`${row.kind} ${row.name || "(anonymous)"} [${row.id}]`, row.size]),
      title,
    ),
    "",
  ].join("\n");
}

const section = (head: Row, rows: readonly Row[], title: (text: string) => string): string[] =>
  rows.length === 0 ? [] : ["", ...table(head, rows, title)];

/** The first column to the left, numbers to the right. */
function table(head: Row, rows: readonly Row[], title: (text: string) => string): string[] {
  const cells = [head, ...rows].map((row) => row.map((cell) => printable(String(cell))));
  const widths = head.map((_, i) => cells.reduce((width, row) => Math.max(width, row[i]?.length ?? 0), 0));
  return cells.map((row, line) => {
    const padded = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[i] ?? 0),
    );
    const text = padded.join("  ");
    return line === 0 ? title(text) : text;
  });
}
