import { type Btf, kindOf, nameOf, withOneLineNames } from "@core/btf";
import { dumpJson, textOf } from "@core/btf/dump";
import { printable } from "@core/bytes";
import type { Command } from "commander";
import pc from "picocolors";
import type { Context } from "../common/commands.js";
import { withPath } from "../common/exit.js";
import { titleOf } from "../common/files.js";
import { jsonText } from "../common/json.js";
import { show } from "../common/pager.js";
import { readLayers } from "../common/sources.js";
import { declarationOf, sizeOrNone } from "./declaration.js";
import { describeType, type Found, typesNamed } from "./names.js";
import { addShowOptions, addSourceOptions, type ShowOptions, SOURCE_RULE, splitSource } from "./options.js";
import { colorC, plural, printableText } from "./text.js";

const EXAMPLES = `
Examples:
  bpf-core btf show task_struct          of the running kernel
  bpf-core btf show vmlinuz-6.1.0 'struct file' vfs_read
  bpf-core btf show -m nf_nat nf_nat_hook
  bpf-core btf show 114                  the type of this id

Exit codes:
  0  done
  1  there is no such type
  2  wrong usage
  3  a file cannot be read, or is malformed`;

export function declare(command: Command, context: Context): void {
  command
    .usage("[options] [source] <type>...")
    .description(`Prints types as C declares them, with offsets and sizes in bytes. ${SOURCE_RULE}`)
    .argument("<type...>", "names of types of any kind, or type ids");
  addShowOptions(addSourceOptions(command, "look in this module, too"))
    .addHelpText("after", EXAMPLES)
    .action((args: readonly string[], options: ShowOptions) => runShow(args, options, context));
}

async function runShow(args: readonly string[], options: ShowOptions, context: Context): Promise<void> {
  const { source, types } = splitSource(args);
  const layers = await readLayers(source, options, context);
  const found = types.flatMap((type) => typesNamed(layers, type));
  const text = options.json
    ? jsonText({ version: 1, types: found.map(describe) })
    : found.map((one) => format(one, pc.createColors(context.stdout.colors))).join("\n");
  show(text, context, options.pager);
}

const declared = ({ layer: { path }, id }: Found, btf: Btf): string =>
  withPath(titleOf(path, "input"), () => declarationOf(btf, id));

function format(found: Found, colors: ReturnType<typeof pc.createColors>): string {
  const { layer, id } = found;
  const size = sizeOrNone(layer.btf, id);
  const bytes = size === undefined ? "" : `, ${plural(size, "byte")}`;
  const head = `/* ${describeType(layer.btf, id)} in ${printable(layer.name)}${bytes} */`;
  return colorC(`${head}\n${printableText(declared(found, withOneLineNames(layer.btf)))}`, colors);
}

function describe(found: Found): object {
  const { layer, id } = found;
  const { btf, path, name } = layer;
  const record: unknown = JSON.parse(textOf(dumpJson(btf, { rootIds: [id] })));
  return {
    id,
    kind: kindOf(btf, id),
    name: nameOf(btf, id),
    size: sizeOrNone(btf, id) ?? null,
    source: path,
    layer: name,
    declaration: declared(found, btf),
    record: recordIn(record),
  };
}

/** The one type of a dump. */
function recordIn(dump: unknown): unknown {
  const types = typeof dump === "object" && dump !== null && "types" in dump ? dump.types : [];
  return Array.isArray(types) ? types[0] : undefined;
}
