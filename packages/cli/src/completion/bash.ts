import { type Node, nodesOf } from "./tree.js";

/** A script for bash, from version 4 on. */
export function bashScript(root: Node): string {
  const nodes = [...nodesOf(root)];
  const below = nodes.filter(({ path }) => path !== "").map(({ path }) => `"${path}"`);
  const values = nodes.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) => {
      const patterns = names.map((name) => `"${path} ${name}"`).join(" | ");
      if (value === undefined) return [];
      if (value === "file") return [`    ${patterns}) return ;;`];
      const words = value === "other" ? "" : value.join(" ");
      return [`    ${patterns}) _bpf_core_words "${words}"; return ;;`];
    }),
  );
  const commands = nodes.map(({ path, options, commands, words }) => {
    const flags = options.flatMap(({ names }) => names).join(" ");
    const others = [...commands.map(({ name }) => name), ...(words ?? [])].join(" ");
    return `    "${path}") flags="${flags}" words="${others}" files=${words === undefined ? 1 : ""} ;;`;
  });
  return `# bash completion for ${root.name}, made by: ${root.name} completion bash

_bpf_core_words() {
  compopt +o default
  COMPREPLY=($(compgen -W "$1" -- "\${COMP_WORDS[COMP_CWORD]}"))
}

_bpf_core() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local path="" flags="" words="" files="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
    ${below.join(" | ")}) path+=" \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $previous" in
${values.join("\n")}
  esac
  case "$path" in
${commands.join("\n")}
  esac
  if [[ $current == -?* || ( $current == - && -z $files ) ]]; then
    _bpf_core_words "$flags"
  elif [[ -z $files || -n $words ]]; then
    _bpf_core_words "$words"
    if [[ -n $files ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
  fi
}

# Where there are no words to choose from, it completes names of files.
complete -o default -F _bpf_core ${root.name}
`;
}
