import { type Flag, type Node, nodesOf } from "./tree.js";

/** A script for fish. */
export function fishScript(root: Node): string {
  const nodes = [...nodesOf(root)];
  const below = nodes.filter(({ path }) => path !== "").map(({ path }) => quote(path));
  return `# fish completion for ${root.name}, made by: ${root.name} completion fish

function __bpf_core_at
    set -l path ""
    for word in (commandline -opc)[2..]
        switch "$path $word"
            case ${below.join(" ")}
                set path "$path $word"
        end
    end
    test "$path" = "$argv[1]"
end

${nodes.flatMap((node) => linesOf(root.name, node)).join("\n")}
`;
}

function linesOf(program: string, { path, options, commands, words }: Node): readonly string[] {
  const start = `complete -c ${program} -n ${quote(`__bpf_core_at ${quote(path)}`)}`;
  return [
    ...(words === undefined ? [] : [`${start} -f`]),
    ...(words === undefined || words.length === 0 ? [] : [`${start} -a ${quote(words.join(" "))}`]),
    ...commands.map(({ name, summary }) => `${start} -a ${name} -d ${quote(summary)}`),
    ...options.map((flag) => `${start} ${optionOf(flag)}`),
  ];
}

function optionOf({ names, summary, value }: Flag): string {
  const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const taken =
    value === undefined
      ? []
      : value === "file"
        ? ["-r -F"]
        : value === "other"
          ? ["-x"]
          : [`-x -a ${quote(value.join(" "))}`];
  return [...flags, ...taken, `-d ${quote(summary)}`].join(" ");
}

const quote = (text: string): string => `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
