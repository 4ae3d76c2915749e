import { type Btf, parseBtf, type TypeId, typeById, type WritableType, writeBtf } from "@core/btf";
import { parseSplitBtf } from "@core/btf/split";
import { findCorpus, kernelsOf, modulesOf, readBytes } from "@core/corpus";
import { describe, expect, it } from "vitest";
import { distillBase, findHarness, type Harness, rebase } from "./harness.js";

const harness = findHarness();
const corpus = findCorpus();
const kernels = corpus === undefined ? [] : kernelsOf(corpus);
const parsed = new Map<string, Btf>();

function kernelBtf(name: string): Btf {
  const file = kernels.find((kernel) => kernel.name === name);
  if (file === undefined) throw new Error(`no kernel ${name}`);
  const btf = parsed.get(name) ?? parseBtf(readBytes(file));
  parsed.set(name, btf);
  return btf;
}

const modules = kernels.flatMap((kernel) =>
  corpus === undefined ? [] : modulesOf(corpus, kernel.name).map((file) => ({ file, kernel })),
);

async function distilled(libbpf: Harness, { file, kernel }: (typeof modules)[number]) {
  const result = await distillBase(libbpf, file.path, kernel.path);
  if ("refused" in result) throw new Error(result.refused);
  return result.made;
}

describe.skipIf(harness === undefined || modules.length === 0)("modules that libbpf distilled", () => {
  it.each(modules)("$file.name on the kernels, as libbpf puts it there", async (module) => {
    if (harness === undefined) return;
    const { base, split } = await distilled(harness, module);
    for (const { name, path } of kernels) {
      const theirs = await rebase(harness, split, base, path);
      const ours = parseSplitBtf(split, kernelBtf(name), { distilledBase: base });
      expect([name, ours.matches]).toEqual([name, "made" in theirs]);
      if ("made" in theirs && ours.matches) {
        expect(Buffer.compare(ours.bytes, theirs.made)).toBe(0);
      } else if ("refused" in theirs && !ours.matches) {
        const [, refused = ""] = /'(.*)' \[\d+\]/.exec(theirs.refused) ?? [];
        expect(ours.mismatch.unresolved).toBeGreaterThan(0);
        expect(refused).not.toBe("");
      }
    }
    expect(parseSplitBtf(split, kernelBtf(module.kernel.name), { distilledBase: base }).matches).toBe(true);
  });

  it.each(kernels)("each type of theirs on $name, alone", async ({ name, path }) => {
    if (harness === undefined) return;
    const base = kernelBtf(name);
    const types = new Map<string, WritableType>();
    for (const module of modules) {
      const one = parseBtf((await distilled(harness, module)).base);
      for (let id = 1; id < one.endId; id++) {
        const type = typeById(one, id);
        if (type.kind !== "void" && type.kind !== "unknown") {
          types.set(JSON.stringify(type), type);
          // The same, found by name alone.
          if (type.kind === "struct" || type.kind === "union") {
            types.set(`fwd ${type.kind} ${type.name}`, { kind: "fwd", name: type.name, of: type.kind });
          }
        }
      }
    }
    for (const embeds of [false, true]) {
      const found = [...types.values()].filter((type) => standsFor(type, base, embeds) !== undefined);
      // All that we find, in one: libbpf finds the same.
      const [distilledBase, split] = pointingAt(found, embeds);
      const theirs = await rebase(harness, split, distilledBase, path);
      const ours = parseSplitBtf(split, base, { distilledBase });
      expect(theirs).toHaveProperty("made");
      if (!("made" in theirs && ours.matches)) return;
      expect(Buffer.compare(ours.bytes, theirs.made)).toBe(0);
      // What we do not find, some one by one: libbpf does not either.
      const missed = [...types.values()].filter((type) => !found.includes(type));
      expect(missed.length).toBeGreaterThan(0);
      for (const type of missed.filter((_, i) => i % Math.ceil(missed.length / MISSED) === 0)) {
        const [oneBase, one] = pointingAt([type], embeds);
        expect([type, await rebase(harness, one, oneBase, path)]).toEqual([
          type,
          { refused: expect.any(String) },
        ]);
      }
    }
  });
});

/** How many types that are not found are asked about on each kernel. */
const MISSED = 12;

/** A distilled base of the types, and split BTF that points at each, or has it as a member. */
function pointingAt(types: readonly WritableType[], embeds: boolean): readonly [Uint8Array, Uint8Array] {
  const distilledBase = writeBtf(types, { order: "little" });
  const base = parseBtf(distilledBase);
  const users = types.map(
    (_, i): WritableType =>
      embeds
        ? {
            kind: "struct",
            name: "",
            size: 0,
            members: [{ name: "it", typeId: i + 1, bitOffset: 0, bitSize: 0 }],
          }
        : { kind: "ptr", typeId: i + 1 },
  );
  return [distilledBase, writeBtf(users, { order: "little", base })];
}

/** What a type stands for in a kernel. */
function standsFor(type: WritableType, kernel: Btf, embeds: boolean): TypeId | undefined {
  const [distilledBase, split] = pointingAt([type], embeds);
  const result = parseSplitBtf(split, kernel, { distilledBase });
  if (!result.matches) return undefined;
  const user = typeById(result.btf, kernel.endId);
  return user.kind === "ptr" ? user.typeId : user.kind === "struct" ? user.members[0]?.typeId : undefined;
}
