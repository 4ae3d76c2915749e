import { describe, expect, it } from "vitest";
import { run } from "../test/run.js";

async function helpOf(path: readonly string[]): Promise<string> {
  const { exitCode, stdout } = await run([...path, "--help"]);
  expect(exitCode).toBe(0);
  return stdout.toString();
}

/** The paths of a command and of all below it, as their help names them. */
async function pathsBelow(path: readonly string[]): Promise<readonly (readonly string[])[]> {
  const [, list = ""] = (await helpOf(path)).split("\nCommands:\n");
  const names = [
    ...list
      .split("\n\n", 1)
      .join()
      .matchAll(/^ {2}([a-z]+)/gm),
  ].map(([, name = ""]) => name);
  const below = names.filter((name) => name !== "help").map((name) => pathsBelow([...path, name]));
  return [path, ...(await Promise.all(below)).flat()];
}

const paths = await pathsBelow([]);

it("names every command", () => {
  expect(paths.map((path) => path.join(" "))).toEqual(
    expect.arrayContaining(["check merge", "explain", "relocate", "btf extract", "completion"]),
  );
});

describe.each(paths.map((path) => [path.join(" "), path] as const))("the help of %s", (_, path) => {
  it("fits a terminal of 80 columns", async () => {
    const lines = (await helpOf(path)).split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it("has examples and exit codes, or says where they are", async () => {
    expect(await helpOf(path)).toMatch(
      /\nExamples:\n.*\nExit codes:\n|Each command's --help has examples and exit codes/s,
    );
  });
});
