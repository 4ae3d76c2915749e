import { spawnSync } from "node:child_process";
import type { Surroundings } from "./commands.js";
import { print } from "./output.js";

/**
 * Shows text: on a terminal that it does not fit through the pager, as git does. Whoever quits a pager early has seen
 * enough; where there is no such program, the text is printed.
 */
export function show(text: string, { stdout, pager = "" }: Surroundings, mayPage: boolean): void {
  if (!mayPage || pager === "" || pager === "cat" || fits(text, stdout.columns, stdout.rows)) {
    print(stdout, text);
    return;
  }
  // Of what is typed to end the pager, only the pager knows what it means.
  const ignore = (): void => {};
  process.on("SIGINT", ignore);
  try {
    const { status } = spawnSync(pager, {
      shell: true,
      input: text,
      stdio: ["pipe", "inherit", "inherit"],
      // less: ends at once when everything fits, keeps colours, leaves the text on the screen.
      env: { LESS: "FRX", LV: "-c", ...process.env },
    });
    if (status === NOT_FOUND) print(stdout, text);
  } finally {
    process.off("SIGINT", ignore);
  }
}

/** The shell's status for a command that it does not know. */
const NOT_FOUND = 127;

function fits(text: string, columns: number | undefined, rows: number | undefined): boolean {
  if (columns === undefined || rows === undefined) return true;
  let lines = 0;
  for (const line of text.split("\n")) {
    lines += Math.max(1, Math.ceil(line.length / columns));
    // One is left for the prompt.
    if (lines > rows) return false;
  }
  return true;
}
