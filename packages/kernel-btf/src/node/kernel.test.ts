import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { arm64Image, bzImage, elf, kernelBtf, module, moduleBtf, text, vmlinux } from "../../test/build.js";
import { KernelBtfError } from "../index.js";
import { readRegularFile } from "./file.js";
import { kernelBtfPaths, kernelReleases, readKernelBtf, readModuleBtfs } from "./index.js";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "root-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, content: Uint8Array): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  return join(root, path);
}

function errorOf(action: () => unknown): KernelBtfError {
  try {
    action();
  } catch (error) {
    if (error instanceof KernelBtfError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const withoutBtf = elf([{ name: ".text", data: text("code") }]);

describe("the places of a kernel's BTF", () => {
  it("are libbpf's, in its order, and then those of compressed kernels", () => {
    // libbpf, src/btf.c, btf__load_vmlinux_btf
    expect(kernelBtfPaths("6.1", "/mnt")).toEqual([
      "/mnt/boot/vmlinux-6.1",
      "/mnt/lib/modules/6.1/vmlinux-6.1",
      "/mnt/lib/modules/6.1/build/vmlinux",
      "/mnt/usr/lib/modules/6.1/kernel/vmlinux",
      "/mnt/usr/lib/debug/boot/vmlinux-6.1",
      "/mnt/usr/lib/debug/boot/vmlinux-6.1.debug",
      "/mnt/usr/lib/debug/lib/modules/6.1/vmlinux",
      "/mnt/boot/vmlinuz-6.1",
      "/mnt/lib/modules/6.1/vmlinuz",
      "/mnt/usr/lib/modules/6.1/vmlinuz",
    ]);
  });

  it("start with what the running kernel itself shows, only for that one", () => {
    expect(kernelBtfPaths(release())[0]).toBe("/sys/kernel/btf/vmlinux");
    expect(kernelBtfPaths("0.0.1")).not.toContain("/sys/kernel/btf/vmlinux");
    expect(kernelBtfPaths(release(), "/mnt")).not.toContain("/mnt/sys/kernel/btf/vmlinux");
  });

  it("are not told for what is no release", () => {
    expect(errorOf(() => kernelBtfPaths("../../etc")).code).toBe("not-found");
  });
});

describe("below another root", () => {
  it("releases are told from the oldest to the newest", () => {
    for (const name of ["6.12.9", "6.12.10", "5.10.0-46"]) put(`boot/vmlinuz-${name}`, text(""));
    put("usr/lib/modules/6.1.0-56/modules.dep", text(""));
    put("boot/initrd.img-7.0", text(""));
    expect(kernelReleases(root)).toEqual(["5.10.0-46", "6.1.0-56", "6.12.9", "6.12.10"]);
    expect(kernelReleases(join(root, "nowhere"))).toEqual([]);
  });

  it("the newest kernel's is read", () => {
    put("boot/vmlinuz-5.10", bzImage(gzipSync(vmlinux("little", kernelBtf("little", 1)))));
    const path = put("boot/vmlinuz-6.1", bzImage(gzipSync(vmlinux())));
    expect(readKernelBtf({ root })).toMatchObject({ path, kind: "kernel", bytes: kernelBtf() });
    expect(readKernelBtf({ root, release: "5.10" }).bytes).toEqual(kernelBtf("little", 1));
    // What a kernel leaves behind that was removed.
    put("lib/modules/6.12/modules.dep", text(""));
    expect(readKernelBtf({ root })).toMatchObject({ path, release: "6.1" });
  });

  it("an earlier place is preferred, unless it has none", () => {
    const later = put("usr/lib/modules/6.1/vmlinuz", arm64Image(kernelBtf()));
    put("boot/vmlinux-6.1", withoutBtf);
    put("boot/vmlinuz-6.1", text("damaged"));
    expect(readKernelBtf({ root })).toMatchObject({ path: later, release: "6.1" });
    const first = put("boot/vmlinux-6.1", vmlinux("big"));
    expect(readKernelBtf({ root })).toMatchObject({ path: first, order: "big" });
  });

  it("what was looked at is told when there is none", () => {
    expect(errorOf(() => readKernelBtf({ root })).message).toContain(`no kernel below ${root}`);
    put("boot/vmlinuz-6.1", bzImage(gzipSync(withoutBtf)));
    const { code, message } = errorOf(() => readKernelBtf({ root }));
    expect(code).toBe("not-found");
    expect(message).toContain("boot/vmlinuz-6.1 (bzImage > gzip > ELF: an ELF file without a .BTF section");
    expect(message).toContain("and 9 places where there is no file");
  });

  it("links are followed within, and not out of it", () => {
    const outside = mkdtempSync(join(tmpdir(), "outside-"));
    try {
      writeFileSync(join(outside, "vmlinux"), vmlinux("little", kernelBtf("little", 9)));
      mkdirSync(join(root, "boot"));
      symlinkSync(join(outside, "vmlinux"), join(root, "boot/vmlinux-6.1"));
      expect(errorOf(() => readKernelBtf({ root, release: "6.1" })).code).toBe("not-found");
      put("usr/lib/modules/6.1/vmlinuz", vmlinux());
      symlinkSync("usr/lib", join(root, "lib"));
      const found = readKernelBtf({ root, release: "6.1" });
      expect(found.path).toBe(join(root, "lib/modules/6.1/vmlinuz"));
      expect(found.bytes).toEqual(kernelBtf());
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it("a pipe in a kernel's place is not waited for", () => {
    mkdirSync(join(root, "boot"));
    execFileSync("mkfifo", [join(root, "boot/vmlinux-6.1")]);
    expect(errorOf(() => readKernelBtf({ root, release: "6.1" })).message).toContain(
      "boot/vmlinux-6.1 (is a pipe: name a regular file)",
    );
  });

  it("modules are read from their folder, with their names", () => {
    const folder = "lib/modules/6.1/kernel";
    put(`${folder}/net/nf-nat.ko.gz`, gzipSync(module("nf_nat")));
    put(`${folder}/fs/old-name.ko`, elf([{ name: ".BTF", data: moduleBtf() }]));
    put(`${folder}/fs/without.ko`, withoutBtf);
    put(`${folder}/fs/notes.txt`, moduleBtf());
    const found = [...readModuleBtfs({ root })];
    expect(found.map(({ name, kind, path }) => [name, kind, path])).toEqual([
      ["old_name", "module", join(root, folder, "fs/old-name.ko")],
      ["nf_nat", "module", join(root, folder, "net/nf-nat.ko.gz")],
    ]);
    expect(found[0]?.bytes).toEqual(moduleBtf());
  });

  it("a folder of modules that a link leads out with is not there", () => {
    put("lib/modules/6.1/a.ko", module());
    symlinkSync("/", join(root, "lib/modules/6.1/build"));
    expect([...readModuleBtfs({ root })]).toHaveLength(1);
    expect(errorOf(() => [...readModuleBtfs({ root, release: "../6.1" })]).code).toBe("not-found");
    expect(errorOf(() => [...readModuleBtfs({ root: join(root, "nowhere") })]).code).toBe("not-found");
  });
});

describe("a file", () => {
  it("is read whole", () => {
    expect(readRegularFile(put("a", text("content")))).toEqual(text("content"));
  });

  it.each([
    ["that is not there", "nowhere", /ENOENT/],
    ["that is a folder", ".", /^kernel-btf: is a directory: name a regular file$/],
    ["that is a device", "/dev/zero", /^kernel-btf: is a device: name a regular file$/],
  ])("%s is unreadable", (_, path, message) => {
    const error = errorOf(() => readRegularFile(resolve(root, path)));
    expect(error.code).toBe("unreadable");
    expect(error.message).toMatch(message);
  });
});

describe.runIf(existsSync("/sys/kernel/btf/vmlinux"))("the running kernel", () => {
  it("shows its BTF", () => {
    const { kind, path, bytes } = readKernelBtf();
    expect([kind, path]).toEqual(["kernel", "/sys/kernel/btf/vmlinux"]);
    expect(bytes.length).toBeGreaterThan(1e6);
  });

  it("shows that of its modules, if it has any", () => {
    for (const { kind, name, path } of readModuleBtfs()) {
      expect([kind, path]).toEqual(["module", `/sys/kernel/btf/${name}`]);
    }
  });
});
