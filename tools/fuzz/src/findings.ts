import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";

/** Inputs that broke an invariant once: `<target>-<how>-<hash>`. Each is tried again by a test. */
export const FINDINGS = resolve(import.meta.dirname, "../findings");

/** The names of the files there. */
export const findingsNow = (): readonly string[] => (existsSync(FINDINGS) ? readdirSync(FINDINGS) : []);

export const nameOfInput = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("hex");

/** The target that a finding is of, by its file's name. */
export const targetOfFinding = (file: string): string =>
  file.replace(/-(crash|timeout|oom|slow-unit|leak)-.*$/, "");
