import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Real objects: a folder of their own, what `tools/corpus` fetches, or one beside the repository. */
const ROOTS = [
  process.env.BPF_CORE_CORPUS,
  join(import.meta.dirname, "../../../tools/corpus/data"),
  join(import.meta.dirname, "../../../../shared/corpus"),
];

/** The paths of all objects of the corpus; none where there is no corpus. */
export function corpusObjects(): readonly string[] {
  const root = ROOTS.find((candidate) => candidate !== undefined && existsSync(join(candidate, "objects")));
  if (root === undefined) return [];
  return readdirSync(join(root, "objects"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".o"))
    .sort()
    .map((path) => join(root, "objects", path));
}
