import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { CoreError, printable } from "@core/bytes";
import { readRegularFile } from "@core/kernel-btf/node/file";
import { type BpfObject, openObject } from "@core/relocate";
import { CommandError, Exit, reasonOf } from "../common/exit.js";
import { TEMPORARY } from "../common/files.js";
import { archOfObject } from "./arch.js";
import type { ObjectEntry } from "./model.js";
import { expand, filesBelow, statOf } from "./paths.js";

/** The objects that the arguments stand for. Below a folder these are all ELF files for BPF. */
export function findObjects(args: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const argument of args) {
    const before = found.size;
    for (const path of expand(argument)) {
      const isFolder = statOf(path)?.isDirectory() === true;
      for (const file of isFolder ? filesBelow(path, [`**/${TEMPORARY}`]).filter(isBpfObject) : [path])
        found.add(file);
    }
    if (found.size === before && !found.has(argument)) {
      throw new CommandError(Exit.input, `${printable(argument)}: no BPF objects below it`);
    }
  }
  return [...found];
}

const EM_BPF = 247;
/** As far as `e_machine`, in bytes. */
const HEAD = 20;

/** By its first bytes: a folder may hold anything else, too. */
function isBpfObject(path: string): boolean {
  const head = new Uint8Array(HEAD);
  try {
    const file = openSync(path, "r");
    try {
      readSync(file, head);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
  const isElf = [0x7f, 0x45, 0x4c, 0x46].every((byte, i) => head[i] === byte);
  return isElf && [head[18], head[19]].some((byte) => byte === EM_BPF);
}

/** In bytes; what is more is opened each time. */
const MAX_OPEN = 64 << 20;

/** Objects that are open, by path. */
export interface OpenObjects {
  readonly get: (path: string) => BpfObject | undefined;
  readonly add: (path: string, object: BpfObject) => void;
}

/** @param most - what the files of those that stay open may have together, in bytes. */
export function openObjects(most = MAX_OPEN): OpenObjects {
  const opened = new Map<string, BpfObject>();
  let size = 0;
  return {
    get: (path) => opened.get(path),
    add: (path, object) => {
      size += object.elf.bytes.length;
      if (size <= most) opened.set(path, object);
    },
  };
}

/** Reads an object, to tell what it is, and whether it is one. */
export function objectEntry(path: string, opened: OpenObjects): ObjectEntry {
  const nothing: ObjectEntry = { path, sha256: null, order: null, arch: null, error: null };
  let sha256: string | null = null;
  try {
    const bytes = readRegularFile(path);
    sha256 = sha256Of(bytes);
    const object = openObject(bytes);
    opened.add(path, object);
    return { ...nothing, sha256, order: object.elf.order, arch: archOfObject(object) ?? null };
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    return { ...nothing, sha256, error: reasonOf(error) };
  }
}

export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
