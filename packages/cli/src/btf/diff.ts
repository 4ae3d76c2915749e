import { type Btf, formatType, type TypeId } from "@core/btf";
import { type BtfDiff, diffBtf, type Field, formatDiff, type Pair, type TypeChange } from "@core/btf/diff";
import { findTypes } from "@core/btf/find";
import type { Command } from "commander";
import pc from "picocolors";
import type { Colors } from "picocolors/types.js";
import type { Context } from "../common/commands.js";
import type { Layer } from "../common/content.js";
import { CommandError, Exit } from "../common/exit.js";
import { jsonText } from "../common/json.js";
import { show } from "../common/pager.js";
import { readLayers } from "../common/sources.js";
import { notFound, placesOf } from "./names.js";
import { addShowOptions, collectTwo, type ShowOptions } from "./options.js";
import { parseName } from "./pattern.js";
import { plural } from "./text.js";

interface DiffOptions extends Omit<ShowOptions, "base" | "module" | "root"> {
  readonly base?: readonly string[];
  readonly module?: readonly string[];
  readonly incompatible?: true;
  readonly exitCode?: true;
}

const EXAMPLES = `
Each line begins with what it is about:
  -  only the first has it        +  only the second has it
  ~  changed, but CO-RE relocation finds all of it that was there before
  !  changed, and something is not found any more

Examples:
  bpf-core btf diff 5.10.btf 6.1.btf
  bpf-core btf diff /sys/kernel/btf/vmlinux linux-image-6.12.deb 'sk_buff*' sock
  bpf-core btf diff old/nf_nat.ko new/nf_nat.ko -B old/vmlinux -B new/vmlinux
  bpf-core btf diff linux-image-6.1.deb linux-image-6.12.deb -m nf_nat
  bpf-core btf diff 5.10.btf 6.1.btf task_struct --incompatible --exit-code

Exit codes:
  0  done
  1  with --exit-code: there are differences; or no such type in either
  2  wrong usage
  3  a file cannot be read, or is malformed`;

export function declare(command: Command, context: Context): void {
  command
    .description(
      "Compares the types of two kernels, modules or objects by their names, field by field. Ids and order do not count.",
    )
    .argument("<a>", "the first: a file of any kind that has types")
    .argument("<b>", "the second")
    .argument("[type...]", "only types of these names, or patterns as for a shell (net_*)")
    .option(
      "-m, --module <module>",
      "compare this module of a and b: a file, or the name of one in the packages; of b if given again",
      collectTwo,
    )
    .option(
      "-B, --base <source>",
      "the kernel of a and b, if they are modules or packages of modules; of b if given again",
      collectTwo,
    )
    .option("--incompatible", "only what CO-RE relocation does not find any more")
    .option("--exit-code", "exit with 1 if there are differences, as git diff does");
  addShowOptions(command)
    .addHelpText("after", EXAMPLES)
    .action((a: string, b: string, types: readonly string[], options: DiffOptions) =>
      runDiff([a, b], types, options, context),
    );
}

async function runDiff(
  paths: readonly [string, string],
  types: readonly string[],
  options: DiffOptions,
  context: Context,
): Promise<void> {
  const { base: bases = [], module: modules = [], exitCode = false } = options;
  if (paths[0] === "-" && paths[1] === "-") {
    throw new CommandError(Exit.usage, "only one file can come from standard input");
  }
  const [before, after] = [
    await readSide(paths[0], bases[0], modules[0], context),
    await readSide(paths[1], bases.at(-1), modules.at(-1), context),
  ];
  const patterns = types.map(parseName);
  for (const [i, pattern] of patterns.entries()) {
    const isThere = [before, after].some(({ btf }) => findTypes(btf, pattern).length > 0);
    if (!isThere) throw notFound([before, after], types[i] ?? "");
  }
  const isWanted = (name: string): boolean =>
    patterns.some((pattern) => (typeof pattern === "string" ? pattern === name : pattern(name)));
  const whole = diffBtf(before.btf, after.btf, patterns.length === 0 ? {} : { only: isWanted });
  const diff = options.incompatible ? incompatible(whole) : whole;
  const text = options.json
    ? jsonText({ version: 1, before: before.path, after: after.path, ...dataOf(diff, before.btf, after.btf) })
    : format(diff, before, after, pc.createColors(context.stdout.colors));
  show(text, context, options.pager);
  context.setExitCode(exitCode && isDifferent(diff) ? Exit.differs : Exit.ok);
}

function isDifferent({ added, removed, changed }: BtfDiff): boolean {
  for (const types of [added, removed, changed]) for (const _ of types) return true;
  return false;
}

async function readSide(
  path: string,
  base: string | undefined,
  module: string | undefined,
  context: Context,
): Promise<Layer> {
  const options = { base, module: module === undefined ? [] : [module] };
  const layer = (await readLayers(path, options, context)).at(-1);
  if (layer === undefined) throw new CommandError(Exit.input, "no types");
  return layer;
}

/**
 * A type that is not there any more, or not in the form it had, is not found either. Nothing looks for enums without a
 * name, for tags and for data sections.
 */
const incompatible = ({ removed, changed }: BtfDiff): BtfDiff => ({
  added: [],
  removed: filtered(removed, ({ kind, name }) => name !== "" && kind !== "decl_tag" && kind !== "datasec"),
  changed: filtered(changed, ({ compatible }) => !compatible),
});

function* tallied<T>(all: Iterable<T>, tally: (one: T) => void): Iterable<T> {
  for (const one of all) {
    tally(one);
    yield one;
  }
}

const filtered = <T>(all: Iterable<T>, isWanted: (one: T) => boolean): Iterable<T> => ({
  *[Symbol.iterator]() {
    for (const one of all) if (isWanted(one)) yield one;
  },
});

function format(diff: BtfDiff, before: Layer, after: Layer, colors: Colors): string {
  const count = { changed: 0, broken: 0, removed: 0, added: 0 };
  // Counted on the way: each walk of the changes takes as long as all the rest.
  const changed = tallied(diff.changed, ({ compatible }) => {
    count.changed++;
    if (!compatible) count.broken++;
  });
  const removed = tallied(diff.removed, () => count.removed++);
  const added = tallied(diff.added, () => count.added++);
  const lines = formatDiff({ changed, removed, added }, before.btf, after.btf);
  const counts = [
    ...(count.changed > 0
      ? [`${plural(count.changed, "type")} changed (${count.broken} not compatible)`]
      : []),
    ...(count.removed > 0 ? [`${count.removed} removed`] : []),
    ...(count.added > 0 ? [`${count.added} added`] : []),
  ];
  const total = counts.length === 0 ? "No differences." : counts.join(", ");
  const head = [`--- ${placesOf([before])}`, `+++ ${placesOf([after])}`].map(colors.bold);
  return `${[...head, ...lines.map((line) => colorLine(line, colors)), ...(lines.length > 0 ? [""] : []), total].join("\n")}\n`;
}

function colorLine(line: string, { red, green, yellow }: Colors): string {
  switch (line[0]) {
    case "-":
      return red(line);
    case "+":
      return green(line);
    case "!":
      return yellow(line);
    default:
      return line;
  }
}

/** The difference with types' names in place of their ids, and 64-bit values as decimal strings. */
function dataOf({ added, removed, changed }: BtfDiff, before: Btf, after: Btf): object {
  const types = ([a, b]: Pair<TypeId>): Pair<string> => [formatType(before, a), formatType(after, b)];
  const dataOfChange = (change: TypeChange): object => {
    const own = { kind: change.kind, name: change.name, before: change.before, after: change.after };
    const data = { ...own, compatible: change.compatible };
    switch (change.kind) {
      case "struct":
      case "union":
        return { ...data, kinds: change.kinds, sizes: change.sizes, fields: change.fields.map(dataOfField) };
      case "enum":
      case "enum64":
        return {
          ...data,
          sizes: change.sizes,
          signed: change.signed,
          enumerators: change.enumerators.map(dataOfEnumerator),
        };
      case "typedef":
        return {
          ...data,
          types: types(change.targets),
          fields: change.fields.map(dataOfField),
          enumerators: change.enumerators.map(dataOfEnumerator),
        };
      case "func":
        return {
          ...data,
          returns: change.returns === undefined ? null : types(change.returns),
          params: change.params.map((param) => ({
            codes: param.codes,
            before: param.before === undefined ? null : withType(before, param.before),
            after: param.after === undefined ? null : withType(after, param.after),
          })),
        };
      case "datasec":
        return { ...data, sizes: change.sizes, vars: change.vars };
      default:
        return data;
    }
  };
  const dataOfField = ({ codes, compatible, ...field }: FieldChange): object => ({
    codes,
    before: field.before === undefined ? null : withType(before, field.before),
    after: field.after === undefined ? null : withType(after, field.after),
    compatible,
  });
  return { changed: Array.from(changed, dataOfChange), removed: [...removed], added: [...added] };
}

type FieldChange = Extract<TypeChange, { readonly fields: unknown }>["fields"][number];
type EnumeratorChange = Extract<TypeChange, { readonly enumerators: unknown }>["enumerators"][number];

const dataOfEnumerator = ({ code, before, after, compatible }: EnumeratorChange): object => ({
  code,
  before: before === undefined ? null : { ...before, value: before.value.toString() },
  after: after === undefined ? null : { ...after, value: after.value.toString() },
  compatible,
});

const withType = <T extends Pick<Field, "typeId">>(btf: Btf, part: T): object => ({
  ...part,
  type: formatType(btf, part.typeId),
});
