// `pnpm corpus`: fetches kernels and objects from Debian's archive into tools/corpus/data.

import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { findPackage, openSuite, type Package, type Suite, unpack } from "./archive.js";
import { writeWhole } from "./cache.js";
import { CommandError, run } from "./command.js";
import { DATA } from "./corpus.js";
import { findBpfObjects, findKernelBtf, findModuleBtf } from "./extract.js";
import { KERNELS, type KernelSource, OBJECTS, type ObjectSource } from "./sources.js";

const USAGE = `usage: pnpm corpus [--only LABEL]...

Fetches real kernels' BTF and real BPF objects from Debian's archive, as this machine's apt sources name it,
into tools/corpus/data. What is there already and still the archive's newest is not fetched again.

  --only LABEL   only what is labelled so; "6.1" stands for both 6.1-amd64 and 6.1-arm64

labels: ${[...KERNELS, ...OBJECTS].map(({ label }) => label).join(" ")}`;

const say = (text: string) => console.log(text);
const inMb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** What was built from which package, by the folder or file below DATA. */
const MANIFEST = join(DATA, "sources.json");
const manifest: Record<string, string> = existsSync(MANIFEST)
  ? JSON.parse(readFileSync(MANIFEST, "utf8"))
  : {};

const suites = new Map<string, Suite | CommandError>();

/** The suite, or why it is not served; asked for once. */
function suiteOf(name: string, arch: string): Suite | CommandError {
  const key = `${name} ${arch}`;
  let suite = suites.get(key);
  if (suite === undefined) {
    say(`  reading what ${name} has for ${arch}`);
    try {
      suite = openSuite(name, arch);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      say(`  ${name} is not to be had for ${arch}: ${error.message.split("\n").pop()}`);
      suite = error;
    }
    suites.set(key, suite);
  }
  return suite;
}

function findIn(suiteNames: readonly string[], arch: string, name: string): Package | undefined {
  for (const suiteName of suiteNames) {
    const suite = suiteOf(suiteName, arch);
    const found = suite instanceof CommandError ? undefined : findPackage(suite, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function describe({ name, version, suite }: Package): string {
  return `${name} ${version} (${suite.name}, ${suite.arch})`;
}

/** Calls `use` with a temporary folder that has the packages unpacked. */
function withUnpacked(packages: readonly Package[], use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "corpus-"));
  try {
    for (const one of packages) {
      say(`  fetching ${describe(one)}`);
      unpack(one, folder);
    }
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function writeBtf(path: string, btf: Uint8Array): void {
  writeWhole(`${path}.btf.xz`, run("xz", ["-zc6"], { input: btf }));
}

function record(key: string, value: string): void {
  manifest[key] = value;
  writeWhole(MANIFEST, `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** The packages that hold a kernel's image and modules: newer kernels are split over two. */
function packagesOf(suite: Suite, image: string): readonly Package[] {
  const release = image.replace(/^linux-image-/, "");
  const split = [`linux-binary-${release}`, `linux-modules-${release}`].flatMap(
    (name) => findPackage(suite, name) ?? [],
  );
  if (split.length > 0) return split;
  const whole = findPackage(suite, image);
  return whole === undefined ? [] : [whole];
}

function buildKernel({ label, arch, metapackage, suites: names, modules }: KernelSource): boolean {
  say(`kernel ${label}`);
  const newest = findIn(names, arch, metapackage);
  const image = newest?.depends.find((name) => /^linux-image-\d/.test(name));
  if (newest === undefined || image === undefined) {
    say(`  none of ${names.join(", ")} has it: left out`);
    return false;
  }
  const release = image.replace(/^linux-image-/, "");
  const key = `kernels/${release}`;
  const source = `${image} ${newest.version}`;
  if (manifest[key] === source && existsSync(join(DATA, `${key}.btf.xz`))) {
    say(`  ${release} is there`);
    return true;
  }
  withUnpacked(packagesOf(newest.suite, image), (folder) => {
    const files = filesBelow(folder);
    const vmlinuz = files.find((file) => basename(file).startsWith("vmlinuz"));
    const btf = vmlinuz === undefined ? undefined : findKernelBtf(readFileSync(vmlinuz));
    if (btf === undefined) throw new CommandError(`no BTF in the kernel image of ${image}`);
    writeBtf(join(DATA, key), btf);
    let found = 0;
    for (const file of files) {
      const name = /^(.*)\.ko(\.xz)?$/.exec(basename(file))?.[1];
      if (name === undefined || !modules.includes(name)) continue;
      const module = file.endsWith(".xz") ? run("xz", ["-dc", file]) : readFileSync(file);
      const split = findModuleBtf(module);
      if (split === undefined) continue;
      writeBtf(join(DATA, "modules", release, name), split);
      found++;
    }
    say(`  ${release}: ${inMb(btf.length)} of BTF, ${found} modules`);
  });
  record(key, source);
  return true;
}

function buildObjects({ label, arch, package: name, suites: names }: ObjectSource): boolean {
  say(`objects ${label}`);
  const found = findIn(names, arch, name);
  if (found === undefined) {
    say(`  none of ${names.join(", ")} has ${name} for ${arch}: left out`);
    return false;
  }
  const folderName = `${name}_${found.version.replace(/^\d+:/, "")}_${arch}`;
  const key = `objects/${folderName}`;
  if (manifest[key] === found.version && existsSync(join(DATA, key))) {
    say(`  ${folderName} is there`);
    return true;
  }
  withUnpacked([found], (folder) => {
    // Programs that share a library embed the same objects.
    const seen = new Set<string>();
    let size = 0;
    for (const file of filesBelow(folder).filter((path) => statSync(path).size > 0)) {
      const objects = findBpfObjects(readFileSync(file));
      const stem = basename(file).replace(/(\.bpf)?\.o$/, "");
      objects.forEach((object, index) => {
        const hash = createHash("sha256").update(object).digest("hex");
        if (seen.has(hash)) return;
        seen.add(hash);
        size += object.length;
        const number = objects.length > 1 ? `.${index + 1}` : "";
        writeWhole(join(DATA, key, `${stem}${number}.bpf.o`), object);
      });
    }
    say(`  ${folderName}: ${seen.size} objects, ${inMb(size)}`);
  });
  record(key, found.version);
  return true;
}

function main(): number {
  const { values } = parseArgs({
    options: { only: { type: "string", multiple: true }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const isWanted = ({ label }: { label: string }) =>
    values.only?.some((only) => label === only || label.startsWith(`${only}-`)) ?? true;
  const kernels = KERNELS.filter(isWanted);
  const objects = OBJECTS.filter(isWanted);
  if (kernels.length + objects.length === 0) {
    console.error(USAGE);
    return 2;
  }
  const done = [...kernels.map(buildKernel), ...objects.map(buildObjects)];
  const left = done.filter((one) => !one).length;
  say(`${DATA}: ${done.length - left} of ${done.length} built${left > 0 ? `, ${left} left out` : ""}`);
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof CommandError || (error instanceof TypeError && "code" in error))) throw error;
  console.error(`corpus: ${error.message}`);
  process.exitCode = error instanceof CommandError ? 1 : 2;
}
