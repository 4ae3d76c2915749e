// `pnpm harness`: builds the C harness with libbpf into tools/conformance/build.

import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  CommandError,
  cacheFolder,
  getPackage,
  hasCommand,
  openSuite,
  unpack,
  writeWhole,
} from "@core/corpus/archive";
import { BUILD, readBuildInfo } from "./harness.js";
import { installedLibrary, type Library, librarySource, linkWithLibbpf } from "./library.js";

const USAGE = `usage: pnpm harness [--library source|installed] [--update]

Builds the harness that asks libbpf itself, for little- and for big-endian objects, into tools/conformance/build.
Nothing happens when it is there and nothing that it is made of has changed.

  --library source      libbpf of the newest kernel source package in Debian's archive (the default)
  --library installed   the installed libbpf-dev; also what is taken when the archive cannot be reached
  --update              ask the archive whether there is a newer one`;

const SOURCES = resolve(import.meta.dirname, "../harness");
const say = (text: string) => console.log(text);
const IN_CI = process.env["CI"] === "true";

interface Machine {
  readonly what: string;
  readonly output: string;
  readonly cc: string;
  readonly link: readonly string[];
}

const HOST: Machine = { what: "this machine", output: join(BUILD, "harness-el"), cc: "gcc", link: [] };

/** Big-endian. Statically linked, so that it runs under user-mode emulation as it is. */
const S390X: Machine = {
  what: "s390x",
  output: join(BUILD, "harness-eb"),
  cc: "s390x-linux-gnu-gcc",
  link: ["-static"],
};

/**
 * What the cross compiler needs to find libelf and the rest. They are of the release that this machine runs,
 * as the cross compiler's C library is.
 */
function s390xSysroot(): readonly string[] {
  if (!hasCommand(S390X.cc)) {
    throw new CommandError(
      `no ${S390X.cc}: apt-get install gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user-static`,
    );
  }
  const release = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "stable";
  const root = join(cacheFolder("s390x"), release);
  if (!existsSync(root)) {
    say(`  fetching libelf, zlib and libbpf of ${release} for s390x`);
    const suite = openSuite(release, "s390x");
    const unfinished = mkdtempSync(join(cacheFolder("s390x"), "unfinished-"));
    for (const name of ["libelf-dev", "zlib1g-dev", "libbpf-dev"])
      unpack(getPackage(suite, name), unfinished);
    renameSync(unfinished, root);
  }
  return [`-I${root}/usr/include`, `-L${root}/usr/lib/s390x-linux-gnu`];
}

/** What `wanted` gives, or `instead` where that cannot be had; in CI only the best will do. */
function orElse<T>(wanted: () => T, instead: () => T, consequence: string): T {
  try {
    return wanted();
  } catch (error) {
    if (!(error instanceof CommandError) || IN_CI) throw error;
    say(`  ${error.message}`);
    say(`  so ${consequence}`);
    return instead();
  }
}

async function buildFor({ what, output, cc, link }: Machine, library: Library, sysroot: readonly string[]) {
  say(`  compiling for ${what}`);
  const sources = readdirSync(SOURCES)
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(SOURCES, name));
  await linkWithLibbpf({ cc, library, sources, flags: sysroot, link, output });
}

function hashOfSources(library: string): string {
  const hash = createHash("sha256").update(library);
  for (const name of readdirSync(SOURCES).sort()) {
    hash.update(`\0${name}\0`).update(readFileSync(join(SOURCES, name)));
  }
  return hash.digest("hex");
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      library: { type: "string", default: "source" },
      update: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help || !["source", "installed"].includes(values.library)) {
    (values.help ? say : console.error)(USAGE);
    return values.help ? 0 : 2;
  }
  const inputs = hashOfSources(values.library);
  const before = readBuildInfo();
  if (before?.inputs === inputs && !values.update && (existsSync(S390X.output) || !hasCommand(S390X.cc))) {
    say(`libbpf harness: up to date, libbpf ${before.libbpf} of ${before.source}`);
    return 0;
  }
  say("libbpf harness: building");
  const library =
    values.library === "installed"
      ? installedLibrary()
      : orElse(() => librarySource(values.update), installedLibrary, "the installed libbpf-dev is taken");
  say(`  libbpf ${library.version} of ${library.source}`);
  rmSync(BUILD, { recursive: true, force: true });
  await buildFor(HOST, library, []);
  const sysroot = orElse(s390xSysroot, () => undefined, "big-endian objects cannot be asked about");
  if (sysroot !== undefined) await buildFor(S390X, library, sysroot);
  // What was only made do with is tried again the next time.
  const isComplete = sysroot !== undefined && (values.library === "installed" || library.files.length > 0);
  const info = { libbpf: library.version, source: library.source, inputs: isComplete ? inputs : "" };
  writeWhole(join(BUILD, "info.json"), `${JSON.stringify(info, undefined, 2)}\n`);
  say(`libbpf harness: ${BUILD}`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(`harness: ${error.message}`);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
