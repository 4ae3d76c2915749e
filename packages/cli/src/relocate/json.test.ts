import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PAIRS } from "@core/fixtures";
import { Ajv2020, type AnySchemaObject } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_KERNEL, inFolder, pairArgs, run, targetFile } from "../../test/run.js";
import { jsonOf } from "../common/json.js";

const schema: AnySchemaObject = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../schema/relocate-report.schema.json"), "utf8"),
);

/** The schema with nothing allowed that it does not describe. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== "object" || node === null) return node;
  const own = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  return "properties" in own && "type" in own ? { ...own, additionalProperties: false } : own;
}

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
const validate = ajv.compile(closed(schema) as AnySchemaObject);

async function reportOf(args: readonly string[]) {
  const { stdout, stderr, exitCode } = await run([...args, "--json"]);
  expect(stderr).toBe("");
  const report = JSON.parse(stdout.toString());
  expect(validate(report), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  return { report, exitCode };
}

describe("--json", () => {
  const pairs = PAIRS.filter(({ refusal }) => refusal === undefined);

  it("matches its schema for every pair of fixtures, whatever became of it", async () => {
    const seen = { outcome: new Set(), verdict: new Set(), kind: new Set() };
    for (const { object, target, modules = [] } of pairs) {
      // Modules on modules are not for the command.
      if (modules.includes("split-stacked")) continue;
      const { report, exitCode } = await reportOf([
        ...pairArgs(object, target),
        ...modules.flatMap((name) => ["-m", targetFile(name)]),
      ]);
      expect(exitCode).toBe(report.summary.failed > 0 ? 1 : 0);
      for (const { outcome, verdict, kind } of report.relocations) {
        seen.outcome.add(outcome);
        seen.verdict.add(verdict);
        seen.kind.add(kind);
      }
    }
    const { outcome, verdict, kind } = schema["$defs"].relocation.properties;
    expect([...seen.outcome].sort()).toEqual([...outcome.enum].sort());
    expect([...seen.verdict].sort()).toEqual([...verdict.enum].sort());
    expect([...seen.kind].map(String).sort()).toEqual(kind.enum.map(String).sort());
  });

  it("has a schema that describes every property, and asks for all of them", () => {
    const visit = (node: AnySchemaObject, path: string): void => {
      if (node["$ref"] === undefined) expect(node["description"] ?? node["items"]?.type, path).toBeTruthy();
      if (node["properties"] !== undefined) {
        expect([...(node["required"] ?? [])].sort(), path).toEqual(Object.keys(node["properties"]).sort());
      }
      for (const [name, own] of Object.entries<AnySchemaObject>(node["properties"] ?? {}))
        visit(own, `${path}.${name}`);
      if (node["items"] !== undefined) visit({ description: "-", ...node["items"] }, `${path}[]`);
    };
    visit(schema, "");
    for (const [name, own] of Object.entries<AnySchemaObject>(schema["$defs"])) visit(own, name);
  });

  it("rejects what is no report", async () => {
    const { report } = await reportOf(pairArgs("example", "example-kernel"));
    for (const wrong of [
      { ...report, version: 2 },
      { ...report, more: 1 },
      { ...report, summary: {} },
    ]) {
      expect(validate(wrong)).toBe(false);
    }
    const [first, ...others] = report.relocations;
    expect(validate({ ...report, relocations: [{ ...first, value: 12 }, ...others] })).toBe(false);
  });

  it("names the files", async () => {
    await inFolder(async (folder) => {
      const output = join(folder, "out.o");
      const [base, module] = [targetFile("split-base"), targetFile("split-module")];
      const { report } = await reportOf([...pairArgs("split", "split-base"), "-m", module, "-o", output]);
      const [, object] = pairArgs("split", "split-base");
      expect(report).toMatchObject({ version: 1, object, target: base, modules: [module], output });
      expect((await reportOf(pairArgs("split", "split-base"))).report).toMatchObject({
        modules: [],
        output: null,
      });
      const failed = await reportOf([...pairArgs("flavors", "flavors-disagreeing"), "-o", output]);
      expect(failed).toMatchObject({ exitCode: 1, report: { output: null } });
    });
  });

  it("has what a script needs of a relocation", async () => {
    const { report } = await reportOf(["relocate", EXAMPLE, "-t", EXAMPLE_KERNEL]);
    expect(report.relocations).toContainEqual(
      expect.objectContaining({
        section: "tp_btf/sched_process_exec",
        insnOff: 152,
        program: "on_exec",
        source: expect.objectContaining({ line: 132, text: ".pid = task->pid," }),
        kind: "byte_off",
        accessStr: "0:3",
        subject: "struct task_struct.pid",
        verdict: "resolved",
        previous: "12",
        original: "12",
        value: "60",
        before: { bytes: "6161 0c00 00000000".replaceAll(" ", ""), text: "r1 = *(u32 *)(r6 +12)" },
        after: { bytes: "6161 3c00 00000000".replaceAll(" ", ""), text: "r1 = *(u32 *)(r6 +60)" },
      }),
    );
  });

  it("of an object without relocations has none", async () => {
    const { report } = await reportOf(pairArgs("plain", "nothing"));
    expect(report).toMatchObject({ summary: { relocations: 0 }, relocations: [] });
  });
});

describe("jsonOf", () => {
  it("is JSON of everything, however it is made, and printable", () => {
    fc.assert(
      fc.property(
        fc
          .dictionary(fc.string({ unit: "binary" }), fc.jsonValue())
          .filter((head) => Object.keys(head).length > 0),
        fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue())),
        (head, list) => {
          const text = [...jsonOf(head, "list", list)].join("");
          expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ ...head, list })));
          expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u);
          expect(text).toMatch(/\n\}\n$/);
        },
      ),
    );
  });

  it("is laid out like JSON.stringify's", () => {
    const value = { a: 1, list: [{ b: [1, 2] }, "c"] };
    const { list, ...head } = value;
    expect([...jsonOf(head, "list", list)].join("")).toBe(`${JSON.stringify(value, null, 2)}\n`);
    expect([...jsonOf(head, "list", [])].join("")).toBe(
      `${JSON.stringify({ ...head, list: [] }, null, 2)}\n`,
    );
  });
});
