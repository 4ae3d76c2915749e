import { KINDS, type Kind, kindOf, nameOf } from "@core/btf";
import { findUsers, indexReferences, type ReferenceIndex, type Use } from "@core/btf/find";
import { printable } from "@core/bytes";
import { type Command, InvalidArgumentError } from "commander";
import pc from "picocolors";
import type { Colors } from "picocolors/types.js";
import type { Context } from "../common/commands.js";
import type { Layer } from "../common/content.js";
import { CommandError, Exit, withPath } from "../common/exit.js";
import { isFile, titleOf } from "../common/files.js";
import { jsonText } from "../common/json.js";
import { show } from "../common/pager.js";
import { readLayers } from "../common/sources.js";
import { columnWidth } from "../common/wrap.js";
import { sizeOrNone } from "./declaration.js";
import { type Found, notFound, titleOfType, typesNamed } from "./names.js";
import { addShowOptions, addSourceOptions, type ShowOptions } from "./options.js";
import { findMatching, parsePattern } from "./pattern.js";
import { plural } from "./text.js";

interface FindOptions extends ShowOptions {
  readonly kind?: readonly Kind[];
  readonly users?: true;
}

const EXAMPLES = `
Examples:
  bpf-core btf find task_struct             where it is, and who uses it
  bpf-core btf find 'nf_nat_*' -m nf_nat
  bpf-core btf find vmlinuz-6.1.0 '/_lock(ed)?$/' -k func
  bpf-core btf find 'sk_buff*' -k struct --users

Exit codes:
  0  done
  1  there is no such type
  2  wrong usage
  3  a file cannot be read, or is malformed`;

export function declare(command: Command, context: Context): void {
  command
    .usage("[options] [source] <pattern>")
    .description(
      "Finds types by a name, by a pattern as for a shell (net_*), or by a regular expression between slashes " +
        "(/^net_/, or /^NET_/i for either case) that fits any part of the name. Of a name it shows who uses the " +
        "type, too. The source, if there is one, comes first.",
    )
    .argument("<pattern>")
    .argument("[more]")
    .option(
      "-k, --kind <kind>",
      "find only struct, union, enum, typedef, func, var …; repeatable",
      collectKinds,
    )
    .option("-u, --users", "show who uses each type");
  addShowOptions(addSourceOptions(command, "look in this module, too"))
    .addHelpText("after", EXAMPLES)
    .action((first: string, second: string | undefined, options: FindOptions) =>
      second === undefined
        ? runFind(undefined, first, options, context)
        : runFind(first, second, options, context),
    );
}

function collectKinds(value: string, previous: readonly Kind[] = []): readonly Kind[] {
  const kind = KINDS.find((one) => one === value);
  if (kind === undefined) throw new InvalidArgumentError(`Kinds are ${KINDS.slice(1).join(", ")}.`);
  // Two records of what is one kind in C.
  return [...previous, kind, ...(kind === "enum" ? (["enum64"] as const) : [])];
}

async function runFind(
  source: string | undefined,
  text: string,
  options: FindOptions,
  context: Context,
): Promise<void> {
  // An expression between slashes may well look like a folder's path.
  if (source === undefined && text.includes("/") && isFile(text)) {
    throw new CommandError(Exit.usage, `${printable(text)} is a file: name a type or a pattern, too`);
  }
  const pattern = parsePattern(text);
  const layers = await readLayers(source, options, context);
  const found =
    typeof pattern === "string"
      ? typesNamed(layers, pattern, options.kind)
      : findAll(layers, text, pattern, options);
  const indices = new Map<Layer, ReferenceIndex>();
  const usersOf = ({ layer, id }: Found): readonly User[] =>
    layers.flatMap((one) => {
      // Types of a module are used by it alone, those of its kernel by both.
      if (one !== layer && one.btf.base !== layer.btf) return [];
      const index = indices.get(one) ?? indexReferences(one.btf);
      indices.set(one, index);
      const uses = withPath(titleOf(one.path, "input"), () => findUsers(index, id));
      return uses.filter(({ user }) => user >= one.btf.startId).map((use) => ({ ...use, layer: one }));
    });
  const withUsers = options.users === true || typeof pattern === "string";
  const all = found.map((one) => ({ ...one, users: withUsers ? usersOf(one) : undefined }));
  const output = options.json
    ? jsonText({ version: 1, types: all.map(describe) })
    : format(all, layers, pc.createColors(context.stdout.colors));
  show(output, context, options.pager);
}

function findAll(
  layers: readonly Layer[],
  text: string,
  pattern: ReturnType<typeof parsePattern>,
  { kind }: FindOptions,
): readonly Found[] {
  const found = layers.flatMap((layer) =>
    findMatching(layer.btf, pattern, kind).map((id) => ({ layer, id })),
  );
  if (found.length === 0) throw notFound(layers, text, text.replace(/[/*?^$]/g, ""), kind);
  return found;
}

/** A use, and the BTF that the user is in. */
interface User extends Use {
  readonly layer: Layer;
}

interface Result extends Found {
  /** Undefined where nobody asked. */
  readonly users: readonly User[] | undefined;
}

function format(results: readonly Result[], layers: readonly Layer[], colors: Colors): string {
  const rows = results.map(({ layer, id }) => ({
    id: `[${id}]`,
    title: titleOfType(layer.btf, id),
    size: sizeText(sizeOrNone(layer.btf, id)),
    place: layers.length > 1 ? printable(layer.name) : "",
  }));
  const idWidth = columnWidth(
    rows.map((row) => row.id),
    MAX_ID,
  );
  const titleWidth = columnWidth(
    rows.map((row) => row.title),
    MAX_TITLE,
  );
  const sizeWidth = columnWidth(
    rows.map((row) => row.size),
    MAX_ID,
  );
  const lines = rows.flatMap(({ id, title, size, place }, i) => {
    const { users } = results[i] ?? {};
    const cells = [
      colors.dim(id.padStart(idWidth)),
      colors.bold(title) + " ".repeat(Math.max(0, titleWidth - title.length)),
      size.padStart(sizeWidth),
      colors.dim(place),
    ];
    return [cells.join("  ").trimEnd(), ...(users === undefined ? [] : formatUsers(users, layers, colors))];
  });
  const total = results.length > 1 ? ["", plural(results.length, "type")] : [];
  return `${[...lines, ...total].join("\n")}\n`;
}

const MAX_ID = 16;
const MAX_TITLE = 48;

const sizeText = (size: number | undefined): string => (size === undefined ? "" : plural(size, "byte"));

function formatUsers(users: readonly User[], layers: readonly Layer[], { dim }: Colors): string[] {
  if (users.length === 0) return [dim("  used by no type that has a name")];
  return [
    dim(`  used ${plural(users.length, "time")}:`),
    ...users.map(({ layer, user, path, through }) => {
      const { btf } = layer;
      const typedefs = through.filter((id) => kindOf(btf, id) === "typedef").map((id) => nameOf(btf, id));
      const via = typedefs.length === 0 ? "" : ` by ${typedefs.join(", ")}`;
      const where = layers.length > 1 ? ` in ${layer.name}` : "";
      const separator = path === "" || path.startsWith("(") || path.startsWith("[") ? "" : ".";
      return `  ${titleOfType(btf, user)}${printable(separator + path)}${dim(printable(via + where))}`;
    }),
  ];
}

function describe({ layer, id, users }: Result): object {
  const { btf, path, name } = layer;
  return {
    id,
    kind: kindOf(btf, id),
    name: nameOf(btf, id),
    size: sizeOrNone(btf, id) ?? null,
    source: path,
    layer: name,
    users:
      users?.map((use) => ({
        id: use.user,
        kind: kindOf(use.layer.btf, use.user),
        name: nameOf(use.layer.btf, use.user),
        layer: use.layer.name,
        path: use.path,
        through: use.through,
      })) ?? null,
  };
}
