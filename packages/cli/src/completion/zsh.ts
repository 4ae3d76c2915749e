import { type Flag, type Node, nodesOf } from "./tree.js";

/** A script for zsh: for its fpath, or to be sourced. */
export function zshScript(root: Node): string {
  return `#compdef ${root.name}
# zsh completion for ${root.name}, made by: ${root.name} completion zsh

${[...nodesOf(root)].map(functionOf).join("\n")}
if [[ $funcstack[1] == ${nameOf(root)} ]]; then
  ${nameOf(root)} "$@"
else
  compdef ${nameOf(root)} ${root.name}
fi
`;
}

const nameOf = ({ path }: Node): string => `_bpf_core${path.replaceAll(/\W/g, "_")}`;

function functionOf(node: Node): string {
  const { commands, words } = node;
  const flags = node.options.map((flag) => `    ${argumentOf(flag)}`);
  if (commands.length === 0 || words === undefined) {
    const names = commands.map(({ name }) => name).join(" ");
    const first = `'1: :_alternative "commands:command:(${names})" "files:file:_files"'`;
    const rest = words === undefined ? "'*:file:_files'" : `'1:argument:(${words.join(" ")})'`;
    const all = [...flags, ...(names === "" ? [] : [`    ${first}`]), `    ${rest}`];
    return `${nameOf(node)}() {\n  _arguments -s \\\n${all.join(" \\\n")}\n}\n`;
  }
  const described = commands.map(({ name, summary }) => `      ${quote(`${name}:${summary}`)}`);
  const cases = commands.map((one) => `        ${one.name}) ${nameOf(one)} ;;`);
  return `${nameOf(node)}() {
  local curcontext=$curcontext state line
  local -a commands
  _arguments -C \\
${flags.join(" \\\n")} \\
    '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      commands=(
${described.join("\n")}
      )
      _describe command commands
      ;;
    argument)
      case $line[1] in
${cases.join("\n")}
      esac
      ;;
  esac
}
`;
}

/** An option as _arguments has it: what it excludes, its names, its description, its value. */
function argumentOf({ names, summary, isRepeatable, value }: Flag): string {
  const description = `[${summary.replaceAll(/[[\]\\:]/g, "\\$&")}]`;
  const action =
    value === "file" ? "_files" : value === "other" || value === undefined ? " " : `(${value.join(" ")})`;
  const rest = quote(`${description}${value === undefined ? "" : `:value:${action}`}`);
  const [first = ""] = names;
  const star = isRepeatable ? "'*'" : names.length > 1 ? `'(${names.join(" ")})'` : "";
  return `${star}${names.length > 1 ? `{${names.join(",")}}` : first}${rest}`;
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
