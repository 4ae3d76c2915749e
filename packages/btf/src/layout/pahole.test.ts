import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kernelFiles } from "../../test/kernels.js";
import { type Btf, idsByName, kindOf, parseBtf, type TypeId } from "../index.js";
import { formatLayout, type Layout, layoutOf } from "./index.js";

const TIMEOUT = 300_000;
const MAX_OUTPUT = 2 ** 28;

function pahole(...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("pahole", args, { encoding: "latin1", maxBuffer: MAX_OUTPUT });
  return status === 0 ? stdout : undefined;
}

/** What it prints differs from one version to the next. */
const VERSION = "v1.24";
const hasPahole = pahole("--version")?.trim() === VERSION;

test.runIf(process.env["CI"] === "true")(`CI has pahole ${VERSION}, of Debian 12's dwarves`, () => {
  expect(hasPahole).toBe(true);
});

/** The structs and unions of its output, by their first line. */
const blocksOf = (output: string): string[] =>
  output.split(/^(?=(?:struct|union) \S+ \{$)/m).filter((block) => /^(struct|union) /.test(block));

function idsOf(btf: Btf, block: string): TypeId[] {
  const [, kind, name = ""] = /^(\w+) (\S+)/.exec(block) ?? [];
  return idsByName(btf, name, "exact").filter((id) => kindOf(btf, id) === kind);
}

/** Has it a `const struct` without a name, of which pahole prints a summary inside the other's? */
const hasConstStruct = (btf: Btf, { members }: Layout): boolean =>
  members.some(
    ({ typeId, inner }) =>
      inner !== undefined &&
      ((kindOf(btf, typeId) === "const" && inner.name === "") || hasConstStruct(btf, inner)),
  );

/** pahole takes a struct for packed when it has printed another with it at an odd place before. */
const withoutPacked = (text: string): string => text.replace(/ __attribute__\(\(__packed__\)\);\n*$/, ";\n");

describe.runIf(hasPahole)("as pahole prints it", { timeout: TIMEOUT }, () => {
  test.each(kernelFiles().map(({ name, path }) => [name, path] as const))("every struct of %s", (_, path) => {
    const btf = parseBtf(new Uint8Array(readFileSync(path)));
    const blocks = blocksOf(pahole("-F", "btf", path) ?? "");
    expect(blocks.length).toBeGreaterThan(6000);
    const different = blocks.flatMap((block) => {
      const layouts = idsOf(btf, block).map((id) => layoutOf(btf, id));
      const texts = layouts.map((layout) => formatLayout(btf, layout));
      return texts.includes(block) ? [] : [{ block, texts, layouts }];
    });
    const unexplained = different.filter(
      ({ block, texts, layouts }) =>
        !layouts.some((layout) => hasConstStruct(btf, layout)) && !texts.includes(withoutPacked(block)),
    );
    expect(unexplained.map(({ block, texts }) => [block, texts[0]])).toEqual([]);
    expect(different.length).toBeLessThan(10);
  });
});
