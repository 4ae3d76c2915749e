// `pnpm bpftool`: fetches bpftool from Debian's archive, for tests to compare with.

import { existsSync, mkdtempSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import {
  CommandError,
  cacheFolder,
  findPackage,
  openSuite,
  type Package,
  run,
  type Suite,
  unpack,
  writeWhole,
} from "@core/corpus/archive";
import { FOUND, versionOf } from "./bpftool.js";

/** Where bpftool is asked for, in this order, and where the libraries are that it was built with. */
const SUITES = [
  { name: "trixie-backports", libraries: "trixie" },
  { name: "sid", libraries: "sid" },
];

const say = (text: string) => console.log(text);

function findBpftoolPackage(arch: string): { readonly bpftool: Package; readonly libraries: Suite } {
  const errors: string[] = [];
  for (const { name, libraries } of SUITES) {
    try {
      const bpftool = findPackage(openSuite(name, arch), "bpftool");
      if (bpftool !== undefined) return { bpftool, libraries: openSuite(libraries, arch) };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      errors.push(error.message);
    }
  }
  const suites = SUITES.map(({ name }) => name).join(", ");
  throw new CommandError(`no bpftool in ${suites}: ${errors.join("; ")}`);
}

/** A package and all that it needs. */
function withLibraries(bpftool: Package, suite: Suite): readonly Package[] {
  const needed = new Map([[bpftool.name, bpftool]]);
  for (const { depends } of needed.values()) {
    for (const name of depends) {
      const found = name === "" || needed.has(name) ? undefined : findPackage(suite, name);
      if (found !== undefined) needed.set(name, found);
    }
  }
  return [...needed.values()];
}

/** What starts the bpftool in a folder with its own libraries, whatever the system's are. */
function commandIn(folder: string): readonly string[] {
  const lib = join(folder, "usr/lib");
  const libraries = readdirSync(lib)
    .map((name) => join(lib, name))
    .find((path) => existsSync(join(path, "libc.so.6")));
  if (libraries === undefined) throw new CommandError(`no C library in ${folder}`);
  const loader = readdirSync(libraries).find((name) => /^ld-.*\.so\.\d+$/.test(name));
  if (loader === undefined) throw new CommandError(`no loader in ${libraries}`);
  return [join(libraries, loader), "--library-path", libraries, join(folder, "usr/sbin/bpftool")];
}

function main(): void {
  const arch = run("dpkg", ["--print-architecture"]).toString().trim();
  const { bpftool, libraries } = findBpftoolPackage(arch);
  const source = `bpftool ${bpftool.version}`;
  const target = join(cacheFolder("bpftool"), `${bpftool.version}_${arch}`);
  if (!existsSync(target)) {
    say(`bpftool: fetching ${bpftool.version} (${bpftool.suite.name}) and its libraries`);
    const unfinished = mkdtempSync(join(cacheFolder("bpftool"), "unfinished-"));
    for (const one of withLibraries(bpftool, libraries)) unpack(one, unfinished);
    renameSync(unfinished, target);
  }
  const command = commandIn(target);
  const version = versionOf(command);
  writeWhole(FOUND, `${JSON.stringify({ version, source, command }, undefined, 2)}\n`);
  say(`bpftool: ${version} of ${source}`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  console.error(`bpftool: ${error.message}`);
  process.exitCode = 1;
}
