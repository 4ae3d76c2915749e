import { Argument, type Command } from "commander";
import type { Context } from "../common/commands.js";
import { print } from "../common/output.js";
import { bashScript } from "./bash.js";
import { fishScript } from "./fish.js";
import { type Node, treeOf } from "./tree.js";
import { zshScript } from "./zsh.js";

const SCRIPTS: ReadonlyMap<string, (root: Node) => string> = new Map([
  ["bash", bashScript],
  ["zsh", zshScript],
  ["fish", fishScript],
]);

const EXAMPLES = `
Examples:
  bpf-core completion bash > ~/.local/share/bash-completion/completions/bpf-core
  bpf-core completion zsh > ~/.zfunc/_bpf-core      (a folder of zsh's fpath)
  bpf-core completion fish > ~/.config/fish/completions/bpf-core.fish
  source <(bpf-core completion bash)                in this shell only

Exit codes:
  0  done
  2  wrong usage`;

export function declare(command: Command, context: Context): void {
  command
    .description("Prints a script with which a shell completes the command's words, options and files.")
    .addArgument(new Argument("<shell>", "bash, zsh or fish").choices([...SCRIPTS.keys()]))
    .addHelpText("after", EXAMPLES)
    .action((shell: string) => {
      const script = SCRIPTS.get(shell);
      if (script !== undefined && command.parent !== null)
        print(context.stdout, script(treeOf(command.parent)));
    });
}
