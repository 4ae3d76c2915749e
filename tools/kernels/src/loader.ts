// The guest's only program, linked with libbpf so that it runs without a system around it.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { librarySource, linkWithLibbpf } from "@core/conformance/library";
import { cacheFolder } from "@core/corpus/archive";

const SOURCE = resolve(import.meta.dirname, "../loader/loader.c");
/** The harness prints JSON as the loader does. */
const SHARED = resolve(import.meta.dirname, "../../conformance/harness");

/** The path of the loader, compiled when it or libbpf changed. */
export async function buildLoader(): Promise<string> {
  const library = librarySource(false);
  const hash = createHash("sha256").update(library.source);
  for (const file of [SOURCE, join(SHARED, "json.h")]) hash.update(readFileSync(file));
  const output = join(cacheFolder("loader"), hash.digest("hex"));
  if (!existsSync(output)) {
    const flags = [`-I${SHARED}`];
    await linkWithLibbpf({ cc: "gcc", library, sources: [SOURCE], flags, link: ["-static", "-s"], output });
  }
  return output;
}
