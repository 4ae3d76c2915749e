import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseBtf } from "@core/btf";
import { findCorpus, kernelsOf, objectsOf, readBytes } from "@core/corpus";
import { openObject } from "@core/relocate";
import { describe, expect, it } from "vitest";
import { EXAMPLE_KERNEL, inFolder } from "../../test/run.js";
import { archOfKernel, archOfObject, findArch } from "./arch.js";
import { findKernels, runningKernel } from "./kernels.js";

/** Files with these paths below a folder; what is in them does not matter here. */
function put(folder: string, ...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(EXAMPLE_KERNEL, join(folder, path));
  }
}

const names = (...args: readonly string[]) => findKernels(args, true).map(({ name }) => name);

describe("kernels", () => {
  it("of a folder are told from other files by their names", async () => {
    await inFolder((folder) => {
      put(
        folder,
        "5.10.btf",
        "6.1.btf.xz",
        "deep/vmlinux-6.2",
        "deep/vmlinuz-6.3",
        "linux-image-6.4_amd64.deb",
      );
      put(folder, "README.md", "6.1.config", "modules/6.1/tun.btf.xz", "vmlinuz.old");
      expect(names(folder)).toEqual(["5.10", "6.1", "6.2", "6.3", "linux-image-6.4_amd64"]);
    });
  });

  it("in folders of BTFHub's form have their coordinates", async () => {
    await inFolder((folder) => {
      put(
        folder,
        "ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz",
        "debian/11/arm64/5.10.0-9-arm64.btf.tar.xz",
      );
      expect(findKernels([folder], true)).toMatchObject([
        { name: "debian/11/arm64/5.10.0-9-arm64", distro: "debian", version: "11", arch: "arm64" },
        { name: "ubuntu/20.04/x86_64/5.4.0-26-generic", distro: "ubuntu", version: "20.04", arch: "x86_64" },
      ]);
    });
  });

  it("are each taken once, and have names of their own", async () => {
    await inFolder((folder) => {
      put(folder, "a/6.1.btf", "b/6.1.btf", "c/vmlinux", "c/6.2.btf");
      const [a, b, c] = ["a/6.1.btf", "b/6.1.btf", "c/vmlinux"].map((path) => join(folder, path));
      expect(names(folder, join(folder, "*/6.2.btf"), join(folder, "c/../c/6.2.btf"))).toEqual([
        a,
        b,
        "6.2",
        c,
      ]);
    });
  });

  it("have their modules beside them", async () => {
    await inFolder((folder) => {
      put(folder, "kernels/6.1.btf.xz", "modules/6.1/tun.btf.xz", "modules/6.2/veth.btf.xz");
      put(folder, "btf/vmlinux", "btf/tun", "btf/veth");
      put(folder, "boot/vmlinuz-6.1", "lib/modules/6.1/kernel/net/tun.ko.xz", "lib/modules/6.1/modules.dep");
      const modules = (path: string, withModules = true) =>
        findKernels([join(folder, path)], withModules).map((kernel) =>
          kernel.modules.map((module) => module.slice(folder.length + 1)),
        );
      expect(modules("kernels/6.1.btf.xz")).toEqual([["modules/6.1/tun.btf.xz"]]);
      expect(modules("btf/vmlinux")).toEqual([["btf/tun", "btf/veth"]]);
      expect(modules("boot/vmlinuz-6.1")).toEqual([["lib/modules/6.1/kernel/net/tun.ko.xz"]]);
      // The folder that a system lies below.
      expect(modules("")).toEqual([["lib/modules/6.1/kernel/net/tun.ko.xz"]]);
      expect(modules("kernels/6.1.btf.xz", false)).toEqual([[]]);
    });
  });

  it("that are missing are told of", async () => {
    await inFolder((folder) => {
      writeFileSync(join(folder, "README"), "");
      expect(() => names(folder)).toThrow("no kernels below it; files of kernels are named *.btf");
      expect(runningKernel([join(folder, "vmlinux")], true).paths).toEqual([]);
    });
  });
});

describe("architectures", () => {
  it("have the names of several worlds", () => {
    expect(["amd64", "x86_64", "aarch64", "ppc64el", "vax"].map(findArch)).toEqual([
      ...["x86_64", "x86_64", "arm64", "ppc64"],
      undefined,
    ]);
  });

  const corpus = findCorpus();

  it.skipIf(corpus === undefined)("show in the BTF of real kernels", () => {
    const debian = new Map([["amd64", "x86_64"]]);
    for (const kernel of corpus === undefined ? [] : kernelsOf(corpus)) {
      const arch = /[^-]+$/.exec(kernel.name)?.[0] ?? "";
      expect([kernel.name, archOfKernel(parseBtf(readBytes(kernel)))]).toEqual([
        kernel.name,
        debian.get(arch) ?? arch,
      ]);
    }
  });

  it.skipIf(corpus === undefined)("show in real objects, or not at all, and never another", () => {
    let shown = 0;
    for (const object of corpus === undefined ? [] : objectsOf(corpus)) {
      const own = /_(amd64|arm64)\//.exec(object.name)?.[1];
      const arch = archOfObject(openObject(readBytes(object)));
      if (arch === undefined || own === undefined) continue;
      shown++;
      expect([object.name, arch]).toEqual([object.name, findArch(own)]);
    }
    expect(shown).toBeGreaterThan(20);
  });
});
