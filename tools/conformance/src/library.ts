// Finds the libbpf to build with, the newest kernel source package's, else the installed development package,
// and builds with it.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import {
  CommandError,
  cacheFolder,
  findPackage,
  namesOfPackages,
  openSuite,
  type Package,
  run,
  unpack,
  writeWhole,
} from "@core/corpus/archive";

/** libbpf as source code, or as an installed static library when there are no `files`. */
export interface Library {
  /** The Debian package and its version. */
  readonly source: string;
  /** libbpf's own, such as `1.8`. */
  readonly version: string;
  /** What gcc needs to find its headers. */
  readonly flags: readonly string[];
  /** Its C files; empty for an installed library. */
  readonly files: readonly string[];
}

/** The suites whose kernel source is asked for; the first that is served is taken. */
const SUITES = ["trixie-backports", "sid"];
const SOURCE_PACKAGE = /^linux-source-(\d+)\.(\d+)$/;

/**
 * libbpf of the newest kernel source package: what an earlier build left in the user's cache, unless `update`
 * asks the archive again.
 *
 * @throws CommandError when there is none in the cache and the archive cannot be asked.
 */
export function librarySource(update: boolean): Library {
  const cached = newestCached();
  const folder = cached !== undefined && !update ? cached : fetchNewest();
  const lib = join(folder, "tools/lib/bpf");
  const header = readFileSync(join(lib, "libbpf_version.h"), "utf8");
  const part = (name: string) => new RegExp(`LIBBPF_${name}_VERSION (\\d+)`).exec(header)?.[1];
  return {
    source: folder.slice(sourcesFolder().length + 1).replace("_", " "),
    version: `${part("MAJOR")}.${part("MINOR")}`,
    flags: [
      `-I${headersAsInstalled(folder, lib)}`,
      `-I${lib}`,
      `-I${join(folder, "tools/include")}`,
      `-I${join(folder, "tools/include/uapi")}`,
    ],
    files: readdirSync(lib)
      .filter((name) => name.endsWith(".c"))
      .map((name) => join(lib, name)),
  };
}

/** @throws CommandError when libbpf-dev is not installed. */
export function installedLibrary(): Library {
  const [, version = ""] = run("dpkg-query", ["-W", "libbpf-dev"]).toString().trim().split("\t");
  return {
    source: `libbpf-dev ${version}`,
    version: /^(?:\d+:)?(\d+\.\d+)/.exec(version)?.[1] ?? version,
    flags: [],
    files: [],
  };
}

function sourcesFolder(): string {
  return cacheFolder("libbpf");
}

/** The kernel's version of a folder `linux-source-<major>.<minor>_<package version>`, as one number. */
function rank(name: string): number {
  const [, major = "0", minor = "0"] = SOURCE_PACKAGE.exec(name.split("_")[0] ?? "") ?? [];
  return Number(major) * 1000 + Number(minor);
}

function newestCached(): string | undefined {
  const names = readdirSync(sourcesFolder()).filter((name) => rank(name) > 0);
  const newest = names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, "en", { numeric: true })).pop();
  return newest === undefined ? undefined : join(sourcesFolder(), newest);
}

function newestInArchive(): Package {
  const errors = [];
  for (const name of SUITES) {
    try {
      const suite = openSuite(name, "amd64");
      const names = namesOfPackages(suite, "^linux-source-[0-9.]+$").filter((one) => rank(one) > 0);
      const newest = [...names].sort((a, b) => rank(a) - rank(b)).pop();
      const found = newest === undefined ? undefined : findPackage(suite, newest);
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      errors.push(error.message);
    }
  }
  throw new CommandError(`no kernel source package in ${SUITES.join(", ")}: ${errors.join("; ")}`);
}

/** Keeps libbpf and the headers that it needs, about 5 MB of 1.6 GB. */
function fetchNewest(): string {
  const found = newestInArchive();
  const target = join(sourcesFolder(), `${found.name}_${found.version}`);
  if (existsSync(target)) return target;
  console.log(`  fetching ${found.name} ${found.version} (${found.suite.name}) and taking libbpf out of it`);
  const folder = mkdtempSync(join(tmpdir(), "libbpf-"));
  try {
    unpack(found, folder);
    const parts = ["tools/lib/bpf", "tools/include", "tools/arch/*/include"];
    const unfinished = mkdtempSync(join(sourcesFolder(), "unfinished-"));
    run("tar", [
      "-xJf",
      join(folder, "usr/src", `${found.name}.tar.xz`),
      "-C",
      unfinished,
      "--strip-components=1",
      // Those of the C library's own headers fit every architecture that it is installed for.
      "--exclude=*/uapi/asm",
      "--wildcards",
      ...parts.map((part) => `${found.name}/${part}`),
    ]);
    renameSync(unfinished, target);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return target;
}

/** A folder in which libbpf's headers are found as `<bpf/...>`. */
function headersAsInstalled(folder: string, lib: string): string {
  const target = join(folder, "include");
  const bpf = join(target, "bpf");
  if (!existsSync(bpf)) {
    mkdirSync(bpf, { recursive: true });
    const headers = readdirSync(lib).filter((name) => name.endsWith(".h"));
    run("cp", [...headers.map((name) => join(lib, name)), bpf]);
  }
  return target;
}

/** Large-file and GNU interfaces are what libbpf's own build asks for. */
const CFLAGS = ["-O2", "-std=gnu11", "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64"];
const WARNINGS = ["-Wall", "-Wextra", "-Werror"];

const execute = promisify(execFile);

/** A program to build with libbpf. */
export interface Linked {
  readonly cc: string;
  readonly library: Library;
  /** C files. */
  readonly sources: readonly string[];
  /** For the compiler, where it compiles and where it links. */
  readonly flags: readonly string[];
  /** For the compiler where it links. */
  readonly link: readonly string[];
  /** Where the program goes. */
  readonly output: string;
}

/** @throws CommandError when a file does not compile. */
export async function linkWithLibbpf({ cc, library, sources, flags, link, output }: Linked): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "linked-"));
  try {
    const all = [...CFLAGS, ...library.flags, ...flags];
    await compile(cc, [...all, "-w"], library.files, folder);
    const objects = readdirSync(folder).map((name) => join(folder, name));
    const libbpf = library.files.length > 0 ? objects : ["-l:libbpf.a"];
    const unfinished = join(folder, "program");
    run(cc, [...all, ...WARNINGS, ...link, ...sources, ...libbpf, "-lelf", "-lz", "-o", unfinished]);
    writeWhole(output, readFileSync(unfinished));
    run("chmod", ["755", output]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Compiles each file into `folder`, as many at a time as the machine has processors. */
async function compile(cc: string, flags: readonly string[], files: readonly string[], folder: string) {
  const waiting = [...files];
  const work = async () => {
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      await execute(cc, [...flags, "-c", file, "-o", join(folder, `${basename(file, ".c")}.o`)]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}
