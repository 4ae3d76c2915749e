import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Where `tools/corpus` builds a corpus, and where one may lie beside the repository. */
const FOLDERS = ["../../../tools/corpus/data/objects", "../../../../shared/corpus/objects"];

/** The paths of all objects of the corpus; none where there is no corpus. */
export function corpusObjects(): readonly string[] {
  const folder = FOLDERS.map((path) => join(import.meta.dirname, path)).find(existsSync);
  if (folder === undefined) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".o"))
    .sort()
    .map((path) => join(folder, path));
}
