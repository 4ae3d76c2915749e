// `pnpm bpftool`: fetches bpftool from Debian's archive, for tests to compare with.

import { join } from "node:path";
import {
  CommandError,
  findPackage,
  hostArch,
  openSuite,
  type Package,
  type Suite,
  writeWhole,
} from "@core/corpus/archive";
import { fetchWithLibraries, loaderIn } from "@core/corpus/libraries";
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

function main(): void {
  const arch = hostArch();
  const { bpftool, libraries } = findBpftoolPackage(arch);
  const source = `bpftool ${bpftool.version}`;
  const folder = fetchWithLibraries(bpftool, libraries);
  const command = [...loaderIn(folder), join(folder, "usr/sbin/bpftool")];
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
