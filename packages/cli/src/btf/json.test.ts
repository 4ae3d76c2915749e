import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type AnySchemaObject } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_KERNEL, inFolder, objectFile, run, targetFile } from "../../test/run.js";

const SCHEMA: AnySchemaObject = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../schema/btf.schema.json"), "utf8"),
);

/** The schema with nothing allowed that it does not describe. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== "object" || node === null) return node;
  const own = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  return "properties" in own && "type" in own ? { ...own, additionalProperties: false } : own;
}

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
ajv.addSchema(closed(SCHEMA) as AnySchemaObject, "btf");

const [BASE, MODULE] = [targetFile("split-base"), targetFile("split-module")];
const IDS = Array.from({ length: 38 }, (_, i) => String(i + 1));

describe("--json is as its schema says", () => {
  it.each([
    [
      "show",
      [
        [EXAMPLE_KERNEL, ...IDS],
        [EXAMPLE, "on_exec", "license"],
        [BASE, "in_both", "-m", MODULE],
      ],
    ],
    [
      "find",
      [
        [EXAMPLE_KERNEL, "*"],
        [EXAMPLE_KERNEL, "*", "-u"],
        [BASE, "base_only", "-m", MODULE],
      ],
    ],
    [
      "layout",
      [
        [EXAMPLE_KERNEL, "task_struct", "-E"],
        [EXAMPLE, "task_struct", "-a", EXAMPLE_KERNEL],
      ],
    ],
    [
      "diff",
      [
        [EXAMPLE, EXAMPLE_KERNEL],
        [targetFile("ints-signs"), targetFile("ints-wider")],
        [targetFile("enums-widths"), targetFile("enums-renumbered")],
        [targetFile("nest-flat"), targetFile("nest-wrapped")],
        [targetFile("types-equal"), targetFile("types-prototypes")],
        [targetFile("bits-plain"), targetFile("bits-resized")],
        [MODULE, targetFile("split-module-other"), "-B", BASE],
      ],
    ],
    ["stats", [[EXAMPLE_KERNEL], [EXAMPLE, "-n", "0"], [BASE, "-m", MODULE]]],
  ])("of %s", async (command, runs) => {
    const validate = ajv.getSchema(`btf#/$defs/${command}`);
    for (const args of runs) {
      const { stdout, stderr, exitCode } = await run(["btf", command, ...args, "--json"]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(validate?.(JSON.parse(stdout.toString())), JSON.stringify(validate?.errors)).toBe(true);
    }
  });

  it("of min and extract", async () => {
    await inFolder(async (folder) => {
      const output = join(folder, "out");
      for (const args of [
        ["min", EXAMPLE_KERNEL, EXAMPLE, "-o", output],
        ["min", BASE, objectFile("split"), "-m", MODULE, "-o", folder],
        ["extract", EXAMPLE, "-o", output],
      ]) {
        const { stdout } = await run(["btf", ...args, "--json"]);
        const validate = ajv.getSchema(`btf#/$defs/${args[0]}`);
        expect(validate?.(JSON.parse(stdout.toString())), JSON.stringify(validate?.errors)).toBe(true);
      }
    });
  });

  it("and that describes every property", () => {
    const visit = (node: AnySchemaObject, path: string): void => {
      for (const [name, own] of Object.entries<AnySchemaObject>(node["properties"] ?? {})) {
        expect(own["description"], `${path}.${name}`).toBeTruthy();
        visit(own, `${path}.${name}`);
      }
      if (node["items"] !== undefined) visit(node["items"], `${path}[]`);
    };
    for (const [name, own] of Object.entries<AnySchemaObject>(SCHEMA["$defs"])) visit(own, name);
  });

  it("and refuses what is another version, or lacks something", async () => {
    const { stdout } = await run(["btf", "stats", EXAMPLE_KERNEL, "--json"]);
    const stats = JSON.parse(stdout.toString());
    const validate = ajv.getSchema("btf#/$defs/stats");
    expect(validate?.({ ...stats, version: 2 })).toBe(false);
    expect(validate?.({ version: 1, sources: [{}] })).toBe(false);
  });
});
