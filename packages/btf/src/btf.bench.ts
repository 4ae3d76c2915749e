import { existsSync, readFileSync } from "node:fs";
import { findCorpus, kernelsOf } from "@core/corpus";
import { bench, describe } from "vitest";
import { idsByName, kindOf, parseBtf, sizeOf, type TypeId, typeById } from "./index.js";

const RUNNING = "/sys/kernel/btf/vmlinux";
const corpus = findCorpus();
const paths = [
  ...(existsSync(RUNNING) ? [RUNNING] : []),
  ...kernelsOf(corpus ?? { path: "" }).map(({ path }) => path),
];
const names = ["task_struct", "sk_buff", "file"];

describe.each(paths.slice(0, 1))("%s", (path) => {
  const bytes = new Uint8Array(readFileSync(path));
  const btf = parseBtf(bytes);
  const ids = Array.from({ length: btf.endId }, (_, id) => id as TypeId);

  bench("parseBtf", () => void parseBtf(bytes));
  bench("parseBtf, and the first look-up by name, which builds the index", () => {
    idsByName(parseBtf(bytes), "task_struct", "essential");
  });
  bench("idsByName, three names", () => {
    for (const name of names) idsByName(btf, name, "essential");
  });
  bench("kindOf, every type", () => {
    for (const id of ids) kindOf(btf, id);
  });
  bench("sizeOf, every struct", () => {
    for (const id of ids) if (kindOf(btf, id) === "struct") sizeOf(btf, id);
  });
  bench("typeById, every type", () => {
    for (const id of ids) typeById(btf, id);
  });
});
