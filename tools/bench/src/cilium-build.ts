// `pnpm cilium`: builds the program that times cilium/ebpf, of Debian's package and with Debian's Go.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  CommandError,
  cacheFolder,
  getPackage,
  hostArch,
  openSuite,
  type Package,
  run,
  writeWhole,
} from "@core/corpus/archive";
import { withUnpacked } from "@core/corpus/packages";
import { BUILT } from "./cilium.js";

/** Older ones have a cilium/ebpf of years ago. */
const SUITE = "sid";

const SOURCE = resolve(import.meta.dirname, "../cilium/main.go");

const GO = /^golang-[\d.]+-go$/;
const GO_SOURCE = /^golang-[\d.]+-src$/;

const say = (text: string) => console.log(text);

/** What a package depends on that is named so. */
function dependencyOf({ suite, name, depends }: Package, pattern: RegExp): Package {
  const wanted = depends.find((one) => pattern.test(one));
  if (wanted === undefined) throw new CommandError(`${name} of ${suite.name} needs no ${pattern.source}`);
  return getPackage(suite, wanted);
}

/** The program goes to `output`. Nothing of this machine's Go, if it has one, is used, and nothing else is fetched. */
function compile(packages: readonly Package[], go: string, output: string): void {
  withUnpacked(packages, (folder) => {
    const root = join(folder, "usr/lib", go);
    const unfinished = `${output}.${process.pid}`;
    say(`  compiling with ${go}`);
    run(join(root, "bin/go"), ["build", "-trimpath", "-o", unfinished, SOURCE], {
      env: {
        HOME: folder,
        PATH: process.env["PATH"],
        GOROOT: root,
        GOPATH: join(folder, "usr/share/gocode"),
        GO111MODULE: "off",
        GOTOOLCHAIN: "local",
        CGO_ENABLED: "0",
      },
    });
    renameSync(unfinished, output);
  });
}

function main(): void {
  const arch = hostArch();
  const suite = openSuite(SUITE, arch);
  const library = getPackage(suite, "golang-github-cilium-ebpf-dev");
  const go = dependencyOf(getPackage(suite, "golang-go"), GO);
  const packages = [library, getPackage(suite, "golang-golang-x-sys-dev"), go, dependencyOf(go, GO_SOURCE)];
  const source = packages.map(({ name, version }) => `${name} ${version}`).join(", ");
  const key = createHash("sha256").update(source).update(readFileSync(SOURCE)).digest("hex");
  const program = join(cacheFolder("cilium"), `${key}_${arch}`);
  if (!existsSync(program)) compile(packages, go.name.replace(/^golang-(.*)-go$/, "go-$1"), program);
  const [version = library.version] = /^[\d.]+/.exec(library.version) ?? [];
  writeWhole(BUILT, `${JSON.stringify({ version, source, program }, undefined, 2)}\n`);
  say(`cilium/ebpf: ${version} of ${source}`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  console.error(`cilium: ${error.message}`);
  process.exitCode = 1;
}
