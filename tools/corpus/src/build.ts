// `pnpm corpus`: fetches kernels and objects from Debian's archive into tools/corpus/data.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { writeWhole } from "./cache.js";
import { CommandError, run } from "./command.js";
import { DATA } from "./corpus.js";
import { findBpfObjects, findKernelBtf, findModuleBtf } from "./extract.js";
import { filesBelow, findIn, findKernel, withUnpacked } from "./packages.js";
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

function writeBtf(path: string, btf: Uint8Array): void {
  writeWhole(`${path}.btf.xz`, run("xz", ["-zc6"], { input: btf }));
}

function record(key: string, value: string): void {
  manifest[key] = value;
  writeWhole(MANIFEST, `${JSON.stringify(manifest, undefined, 2)}\n`);
}

function buildKernel(kernel: KernelSource): boolean {
  say(`kernel ${kernel.label}`);
  const found = findKernel(kernel);
  if (found === undefined) return false;
  const { release, source, packages } = found;
  const key = `kernels/${release}`;
  if (manifest[key] === source && existsSync(join(DATA, `${key}.btf.xz`))) {
    say(`  ${release} is there`);
    return true;
  }
  withUnpacked(packages, (folder) => {
    const files = filesBelow(folder);
    const vmlinuz = files.find((file) => basename(file).startsWith("vmlinuz"));
    const btf = vmlinuz === undefined ? undefined : findKernelBtf(readFileSync(vmlinuz));
    if (btf === undefined) throw new CommandError(`no BTF in the kernel image of ${source}`);
    writeBtf(join(DATA, key), btf);
    let modules = 0;
    for (const file of files) {
      const name = /^(.*)\.ko(\.xz)?$/.exec(basename(file))?.[1];
      if (name === undefined || !kernel.modules.includes(name)) continue;
      const module = file.endsWith(".xz") ? run("xz", ["-dc", file]) : readFileSync(file);
      const split = findModuleBtf(module);
      if (split === undefined) continue;
      writeBtf(join(DATA, "modules", release, name), split);
      modules++;
    }
    say(`  ${release}: ${inMb(btf.length)} of BTF, ${modules} modules`);
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
