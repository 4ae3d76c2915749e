import { type Btf, formatType, kindOf, nameOf, skipModifiers, withOneLineNames } from "@core/btf";
import { formatLayout, formatSideBySide, type Layout, layoutOf } from "@core/btf/layout";
import { type Command, InvalidArgumentError } from "commander";
import pc from "picocolors";
import type { Colors } from "picocolors/types.js";
import type { Context } from "../common/commands.js";
import type { Layer } from "../common/content.js";
import { CommandError, Exit, withPath } from "../common/exit.js";
import { titleOf } from "../common/files.js";
import { jsonText } from "../common/json.js";
import { isModuleName } from "../common/modules.js";
import type { Output } from "../common/output.js";
import { show } from "../common/pager.js";
import { readLayers } from "../common/sources.js";
import { describeType, type Found, notFound, placesOf, titleOfType, typesNamed } from "./names.js";
import {
  addModuleOption,
  addShowOptions,
  BASE,
  collectTwo,
  ROOT,
  type ShowOptions,
  SOURCE_RULE,
  splitSource,
} from "./options.js";
import { colorC, printableText } from "./text.js";

interface LayoutCommandOptions extends Omit<ShowOptions, "base"> {
  readonly base?: readonly string[];
  readonly against?: string;
  readonly expand?: boolean;
  readonly cacheline?: number;
}

const EXAMPLES = `
Examples:
  bpf-core btf layout task_struct        as pahole -C task_struct
  bpf-core btf layout vmlinuz-6.1.0 sk_buff --expand
  bpf-core btf layout 5.10.btf sk_buff --against 6.1.btf

Exit codes:
  0  done
  1  there is no such type, or it has no layout
  2  wrong usage
  3  a file cannot be read, or is malformed`;

export function declare(command: Command, context: Context): void {
  command
    .usage("[options] [source] <type>...")
    .description(
      `Shows where the members of a struct or union are, and what is left between them, as pahole does: behind each ` +
        `its offset and size in bytes, of a bitfield also the bit. ${SOURCE_RULE}`,
    )
    .argument("<type...>", "names of structs, unions or typedefs of them, or type ids")
    .option("-a, --against <source>", "show another kernel's layout beside it")
    .option("-E, --expand", "show the members of named structs and unions, too")
    .option("-c, --cacheline <bytes>", "size of a cache line (default: 64)", bytesOf);
  addModuleOption(command, "look in this module, too (repeatable), with --against in that of each kernel")
    .option("-B, --base <source>", `${BASE}; of --against if given again`, collectTwo)
    .option("--root <dir>", ROOT);
  addShowOptions(command)
    .addHelpText("after", EXAMPLES)
    .action((args: readonly string[], options: LayoutCommandOptions) => runLayout(args, options, context));
}

function bytesOf(value: string): number {
  const bytes = Number(value);
  if (!Number.isInteger(bytes) || bytes < 1 || bytes > 4096)
    throw new InvalidArgumentError("1 to 4096 bytes.");
  return bytes;
}

async function runLayout(
  args: readonly string[],
  options: LayoutCommandOptions,
  context: Context,
): Promise<void> {
  const { source, types } = splitSource(args);
  const { stdout } = context;
  const { base: [base, otherBase = base] = [], module, root, against } = options;
  const layers = await readLayers(source, { base, module, root }, context);
  const found = types.flatMap((type) => withLayout(layers, type));
  const colors = pc.createColors(stdout.colors);
  let pieces: readonly (readonly [text: string, data: object])[];
  if (against === undefined) {
    pieces = found.map((one) => single(one, options, colors));
  } else {
    // A file of a module is one kernel's, a name both may have.
    const modules = module?.filter(isModuleName);
    const others = await readLayers(against, { base: otherBase, module: modules }, context);
    pieces = found.map((one) => sideBySide(one, others, options, stdout));
  }
  const text = options.json
    ? jsonText({ version: 1, types: pieces.map(([, data]) => data) })
    : pieces.map(([piece]) => piece).join("\n");
  show(text, context, options.pager);
}

/** The structs and unions of a name, which functions may have, too. */
function withLayout(layers: readonly Layer[], type: string): readonly Found[] {
  const found = typesNamed(layers, type);
  const composite = found.filter(({ layer, id }) => {
    const kind = kindOf(layer.btf, skipModifiers(layer.btf, id));
    return kind === "struct" || kind === "union";
  });
  if (composite.length > 0) return composite;
  const what = found.map(({ layer, id }) => titleOfType(layer.btf, id)).join(", ");
  const message = `${what}: neither a struct nor a union; bpf-core btf show prints it`;
  throw new CommandError(Exit.nothing, message);
}

const laidOut = ({ layer, id }: Found, { expand = false, cacheline = 64 }: LayoutCommandOptions): Layout =>
  withPath(titleOf(layer.path, "input"), () => layoutOf(layer.btf, id, { expand, cacheline }));

/** For its text: names as one line. */
const inOneLine = ({ layer, id }: Found): Found => ({
  layer: { ...layer, btf: withOneLineNames(layer.btf) },
  id,
});

function single(
  found: Found,
  options: LayoutCommandOptions,
  colors: Colors,
): readonly [text: string, data: object] {
  const { btf, path, name } = found.layer;
  const layout = laidOut(found, options);
  const shown = inOneLine(found);
  const text = formatLayout(shown.layer.btf, laidOut(shown, options), { cacheline: options.cacheline ?? 64 });
  return [colorC(printableText(text), colors), { source: path, layer: name, ...dataOf(btf, layout) }];
}

function sideBySide(
  found: Found,
  others: readonly Layer[],
  options: LayoutCommandOptions,
  { columns, colors: isColored }: Output,
): readonly [text: string, data: object] {
  const colors = pc.createColors(isColored);
  const other = counterpart(found, others);
  const shown = (one: Found) => ({ btf: one.layer.btf, layout: laidOut(one, options) });
  const head = [`--- ${placesOf([found.layer])}`, `+++ ${placesOf([other.layer])}`].map(colors.bold);
  const lines = formatSideBySide(shown(inOneLine(found)), shown(inOneLine(other)), { columns });
  const side = (one: Found): object => ({
    source: one.layer.path,
    layer: one.layer.name,
    ...dataOf(one.layer.btf, laidOut(one, options)),
  });
  const body = lines.map((line) => colorLine(printableText(line), colors));
  return [`${[...head, ...body].join("\n")}\n`, { before: side(found), after: side(other) }];
}

/** What the other kernel has of the same name, in the same module if it is there. */
function counterpart({ layer, id }: Found, others: readonly Layer[]): Found {
  const name = nameOf(layer.btf, id);
  if (name === "") {
    const message = `${describeType(layer.btf, id)} has no name to find it by in ${placesOf(others)}`;
    throw new CommandError(Exit.nothing, message);
  }
  const named = typesNamed(others, name, [kindOf(layer.btf, id)]);
  const [first] = named;
  const same = named.find((one) => one.layer.name === layer.name) ?? first;
  if (same === undefined) throw notFound(others, name);
  return same;
}

/** By the mark between the columns, which stands between spaces. */
function colorLine(line: string, { red, green, yellow }: Colors): string {
  if (/ <$/.test(line)) return red(line);
  if (/^\s+> /.test(line)) return green(line);
  return / \| /.test(line) ? yellow(line) : line;
}

/** A layout with its types' names. Offsets and sizes are in bytes, unless they are called bits. */
function dataOf(btf: Btf, layout: Layout): object {
  const { members, ...own } = layout;
  return {
    ...own,
    members: members.map(({ inner, ...member }) => ({
      ...member,
      type: formatType(btf, member.typeId),
      inner: inner === undefined ? null : dataOf(btf, inner),
    })),
  };
}
