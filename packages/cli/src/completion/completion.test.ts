import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { inFolder, run } from "../../test/run.js";

const CASES = [
  ["bpf-core rel", ["relocate"]],
  ["bpf-core b", ["btf"]],
  ["bpf-core --v", ["--version"]],
  ["bpf-core btf d", ["dump", "diff"]],
  ["bpf-core btf dump --format ", ["c", "raw", "json"]],
  ["bpf-core btf dump x.btf --un", ["--unsorted"]],
  ["bpf-core relocate x.o --ver", ["--verbose"]],
  ["bpf-core completion ", ["bash", "zsh", "fish"]],
  ["bpf-core help r", ["relocate"]],
  ["bpf-core btf help s", ["show", "stats"]],
  ["bpf-core check merge --fail-on ", ["fails", "unknown", "never"]],
] as const;

/** Where the word that is completed may also be a file's name. */
const FILES = [
  "bpf-core relocate th",
  "bpf-core relocate -t th",
  "bpf-core btf dump x --module th",
  "bpf-core check th",
] as const;

async function scriptOf(shell: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(["completion", shell]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout.toString();
}

/** What a command of a shell prints, in a folder with a file that is called `there`. */
async function outputOf(shell: string, args: readonly string[], script: string): Promise<string> {
  return await inFolder((folder) => {
    writeFileSync(join(folder, "there"), "");
    writeFileSync(join(folder, "script"), script);
    const { status, stdout, stderr } = spawnSync(shell, args, {
      cwd: folder,
      // Not whatever the shell is told at home.
      env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
      encoding: "utf8",
      timeout: 300_000,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout;
  });
}

const isThere = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;
const needed = process.env["CI"] === "true";

describe("bash", () => {
  let script: string;
  beforeAll(async () => {
    script = await scriptOf("bash");
  });

  const complete = (line: string): Promise<string> => {
    const words = line.split(" ");
    const quoted = words.map((word) => `"${word}"`).join(" ");
    // What `complete -o default` does where a function finds nothing.
    const command = `source ./script; compopt() { fallback=0; }; fallback=1
      COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _bpf_core
      printf '%s\\n' "\${COMPREPLY[@]}"
      if ((fallback && \${#COMPREPLY[@]} == 0)); then compgen -f -- "${words.at(-1)}"; fi`;
    return outputOf("bash", ["-c", command], script);
  };

  it.each(CASES)("completes %j", async (line, expected) => {
    expect((await complete(line)).trim().split("\n")).toEqual(expected);
  });

  it.each(FILES)("completes files in %j", async (line) => {
    expect((await complete(line)).trim()).toBe("there");
  });

  it("completes commands and files where there may be either", async () => {
    expect((await complete("bpf-core check ")).trim().split("\n").sort()).toEqual([
      "merge",
      "script",
      "there",
    ]);
  });
});

describe.skipIf(!needed && !isThere("fish"))("fish", () => {
  let script: string;
  beforeAll(async () => {
    script = await scriptOf("fish");
  });

  const complete = async (line: string): Promise<string[]> => {
    const text = await outputOf("fish", ["-c", `source ./script; complete -C '${line}'`], script);
    return text
      .trimEnd()
      .split("\n")
      .map((one) => one.split("\t")[0] ?? "");
  };

  it.each(CASES)("completes %j", async (line, expected) => {
    expect((await complete(line)).sort()).toEqual([...expected].sort());
  });

  it.each(FILES)("completes files in %j", async (line) => {
    expect(await complete(line)).toContain("there");
  });
});

describe.skipIf(!needed && !isThere("zsh"))("zsh", () => {
  it("takes the script, and has a function for each command", async () => {
    const script = await scriptOf("zsh");
    const command = `autoload -Uz compinit; compinit -u -D; source ./script; print -l \${(ok)functions}`;
    const names = (await outputOf("zsh", ["-f", "-c", command], script)).split("\n");
    for (const name of ["_bpf_core", "_bpf_core_relocate", "_bpf_core_btf", "_bpf_core_btf_dump"]) {
      expect(names).toContain(name);
    }
  });

  it("completes in a terminal", async () => {
    const script = await scriptOf("zsh");
    const driver = `zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z "PS1=; autoload -Uz compinit; compinit -u -D; source ./script; print READY"
      zpty -r z out '*READY*READY*'
      zpty -w -n z $'bpf-core btf dum\\t--unso\\t\\C-a: \\C-e; print DONE\\n'
      zpty -r z out '*DONE*DONE*'; print -r -- $out
      zpty -d z`;
    expect(await outputOf("zsh", ["-f", "-c", driver], script)).toContain("--unsorted");
  });
});

it("asks for one of the shells", async () => {
  const { exitCode, stderr } = await run(["completion", "tcsh"]);
  expect(stderr).toContain("Allowed choices are bash, zsh, fish.");
  expect(exitCode).toBe(2);
});
