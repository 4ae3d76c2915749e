// Debian's kernels for cloud machines, as the archive has them now, kept in the user's cache.

import { existsSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { CommandError, cacheFolder } from "@core/corpus/archive";
import { filesBelow, findKernel, findKernelBtf, KERNELS, withUnpacked } from "@core/corpus/packages";

/** A kernel that can be booted. */
export interface Kernel {
  /** Such as `6.1`, or `newest`. */
  readonly label: string;
  /** Such as `6.1.0-56-cloud-amd64`. */
  readonly release: string;
  /** The path of its image. */
  readonly image: string;
  /** The path of its build configuration, which libbpf looks for when a program asks for one. */
  readonly config: string;
  /** The path of its BTF. */
  readonly btf: string;
}

const AMD64 = /-amd64$/;

/** What {@link fetchKernel} knows, from the oldest. */
export const LABELS = KERNELS.filter(({ arch }) => arch === "amd64").map(({ label }) =>
  label.replace(AMD64, ""),
);

/** The archive's newest kernel of a label. */
export function fetchKernel(label: string): Kernel {
  const source = KERNELS.find((one) => one.label === `${label}-amd64`);
  if (source === undefined) throw new CommandError(`no kernel ${label}: there are ${LABELS.join(", ")}`);
  const found = findKernel(source);
  if (found === undefined) throw new CommandError(`the archive has no kernel ${label}`);
  const { release, packages } = found;
  const folder = join(cacheFolder("boot"), release);
  const kernel = {
    label,
    release,
    image: join(folder, "vmlinuz"),
    config: join(folder, "config"),
    btf: join(folder, "btf"),
  };
  if (!existsSync(folder)) {
    const withoutModules = packages.filter(({ name }) => !name.startsWith("linux-modules-"));
    withUnpacked(withoutModules, (unpacked) => {
      const files = filesBelow(unpacked);
      const read = (name: string) => {
        const path = files.find((file) => [name, `${name}-${release}`].includes(basename(file)));
        if (path === undefined) throw new CommandError(`no ${name} in the packages of ${release}`);
        return readFileSync(path);
      };
      const image = read("vmlinuz");
      const btf = findKernelBtf(image);
      if (btf === undefined) throw new CommandError(`no BTF in the image of ${release}`);
      const unfinished = mkdtempSync(join(cacheFolder("boot"), "unfinished-"));
      writeFileSync(join(unfinished, "vmlinuz"), image);
      writeFileSync(join(unfinished, "config"), read("config"));
      writeFileSync(join(unfinished, "btf"), btf);
      renameSync(unfinished, folder);
    });
  }
  return kernel;
}
