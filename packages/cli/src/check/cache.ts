import { lstatSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ObjectCheck } from "@core/check";
import { isOwned } from "../common/cache-folder.js";
import { readText, writePieces } from "../common/files.js";
import type { KernelFacts } from "./decode.js";
import { sha256Of } from "./objects.js";

/** What is known of the kernels in one file. */
export interface Known {
  readonly facts: readonly KernelFacts[];
  /** By an object's hash: its check on each of the kernels, null where it was skipped. */
  readonly checks: ReadonlyMap<string, readonly (ObjectCheck | null)[]>;
}

/** A file for each kernel: two runs at once may each lose what the other added, and nothing else. */
export const cacheFile = (folder: string, key: string): string =>
  join(folder, key.slice(0, 2), `${key}.jsonl`);

/** How many objects' checks a file keeps, of those that are checked no more. */
const MAX_LINES = 1024;

/**
 * What was computed before, of the `wanted` objects. A line is a name, the hash of the rest, and the rest: what is
 * damaged counts as missing.
 */
export function readCache(file: string, wanted: ReadonlySet<string>): Known | undefined {
  const [head = "", ...lines] = linesOf(file);
  const facts = contentOf(head, HEAD);
  if (facts === undefined) return undefined;
  const checks = new Map<string, readonly (ObjectCheck | null)[]>();
  for (const line of lines) {
    const hash = line.slice(0, line.indexOf("\t"));
    if (!wanted.has(hash)) continue;
    const content = contentOf(line, hash);
    if (content !== undefined) checks.set(hash, JSON.parse(content));
  }
  return { facts: JSON.parse(facts), checks };
}

const HEAD = "kernels";

function linesOf(file: string): readonly string[] {
  try {
    return isOwn(file) ? readText(file).split("\n").slice(0, -1) : [];
  } catch {
    return [];
  }
}

/**
 * Is there a regular file of this user's, in a folder of this user's? Where the cache is below /tmp, say, anybody may have
 * made others, which say of objects that they load, or links that lead where nothing is to be written.
 */
function isOwn(file: string): boolean {
  const status = lstatSync(file);
  return status.isFile() && isOwned(status) && isOwned(statSync(dirname(file)));
}

const lineOf = (name: string, content: string): string => `${name}\t${checksum(name, content)}\t${content}`;

function contentOf(line: string, expected: string): string | undefined {
  const [name = "", sum = ""] = line.split("\t", 2);
  const content = line.slice(name.length + sum.length + 2);
  return name === expected && sum === checksum(name, content) ? content : undefined;
}

const checksum = (name: string, content: string): string =>
  sha256Of(Buffer.from(`${name}\t${content}`)).slice(0, 16);

/** Adds what is known now. A cache that cannot be written is none: nothing depends on it. */
export function writeCache(file: string, { facts, checks }: Known): void {
  const others = linesOf(file)
    .slice(1)
    .filter((line) => !checks.has(line.slice(0, line.indexOf("\t"))))
    .slice(0, MAX_LINES);
  const lines = [
    lineOf(HEAD, JSON.stringify(facts)),
    ...[...checks].map(([hash, list]) => lineOf(hash, JSON.stringify(list))),
    ...others,
  ];
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const isThere = lstatSync(file, { throwIfNoEntry: false }) !== undefined;
    if (isThere ? !isOwn(file) : !isOwned(statSync(dirname(file)))) return;
    writePieces(
      file,
      lines.map((line) => `${line}\n`),
    );
  } catch {
    // Such as a folder that is read-only, or a full disk.
  }
}
