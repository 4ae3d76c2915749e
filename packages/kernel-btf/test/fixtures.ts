import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "fixtures");

/** A compressed file, and what its format's own program decompresses it to. */
export interface Fixture {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
}

interface Noted {
  readonly size: number;
  readonly sha256: string;
}

export function fixtures(): readonly Fixture[] {
  const noted: Record<string, Noted> = JSON.parse(readFileSync(join(FOLDER, "fixtures.json"), "utf8"));
  return Object.entries(noted).map(([name, { size, sha256 }]) => ({
    name,
    // Not a Buffer: its slices share its memory, and tests change them.
    bytes: new Uint8Array(readFileSync(join(FOLDER, name))),
    size,
    sha256,
  }));
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
