import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Btf, parseBtf } from "@core/btf";
import { findSection, parseElf, replaceSections } from "@core/elf";
import { readFixture } from "@core/fixtures";
import { Types } from "@core/written-types";
import { describe, expect, it } from "vitest";
import { EXAMPLE, EXAMPLE_KERNEL, inFolder, pairArgs, run, targetFile } from "../../test/run.js";
import { moduleName } from "./modules.js";

/** A module as the kernel's build makes those that are built apart from it: `struct own`, and a pointer to `base_only`. */
function moduleOnDistilled(size: number): Uint8Array {
  const distilled = new Types();
  const int = distilled.int("int", 4, { signed: true });
  const inner = distilled.struct("base_only", size);
  const own = new Types(distilled.btf());
  own.struct("own", size + 4, ["inner", inner, 0], ["n", int, size * 8]);
  const object = Buffer.from(readFixture("objects/example-el.o"));
  // Its name may have that of .BTF.ext for its end.
  object.write(".BTF.base\0", object.lastIndexOf(".rel.BTF.ext\0"), "latin1");
  const elf = parseElf(object);
  const indexOf = (name: string): number => findSection(elf, name)?.index ?? 0;
  return replaceSections(
    elf,
    new Map([
      [indexOf(".BTF"), own.bytes()],
      [indexOf(".BTF.base"), distilled.bytes()],
    ]),
  );
}

/** A module's file, of types on a kernel's. */
function moduleOn(kernel: Btf, name: string): Uint8Array {
  const own = new Types(kernel);
  own.struct(name, 0);
  const elf = parseElf(readFixture("objects/example-el.o"));
  const module = replaceSections(elf, new Map([[findSection(elf, ".BTF")?.index ?? 0, own.bytes()]]));
  // Not for BPF, as its machine is that of no BPF object.
  new DataView(module.buffer, module.byteOffset).setUint16(18, 62, true);
  return module;
}

/** As many distributions have them: kernel and modules in packages of their own. */
async function inPackages(use: (modules: string, kernel: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    mkdirSync(join(folder, "lib"));
    const btf = parseBtf(readFileSync(EXAMPLE_KERNEL));
    for (const name of ["first", "second"])
      writeFileSync(join(folder, `lib/${name}.ko`), moduleOn(btf, name));
    copyFileSync(EXAMPLE_KERNEL, join(folder, "vmlinux"));
    for (const name of ["lib", "vmlinux"]) {
      expect(
        spawnSync("tar", ["--sort=name", "-C", folder, "-cf", join(folder, `${name}.tar`), name]).status,
      ).toBe(0);
    }
    await use(join(folder, "lib.tar"), join(folder, "vmlinux.tar"));
  });
}

describe("a package of modules", () => {
  it("has those that are named, on the kernel of another", async () => {
    await inPackages(async (modules, kernel) => {
      const args = ["-B", kernel, "-m", "second", "-m", "first"];
      const { stdout, stderr } = await run(["btf", "show", modules, "first", "second", ...args]);
      expect(stderr).toBe("");
      expect(stdout.toString()).toMatch(/ in first, 0 bytes.* in second, 0 bytes/s);
      const side = await run(["btf", "diff", modules, modules, "-B", kernel, "-m", "first", "-m", "second"]);
      expect(side.stdout.toString()).toContain("- struct first\n+ struct second\n");
    });
  });

  it("is not taken for a kernel's, and it is said how to", async () => {
    await inPackages(async (modules, kernel) => {
      const refused = await run(["btf", "stats", modules]);
      expect(refused.stderr).toContain("2 BTFs, none of them a kernel's, such as of first.ko, second.ko\n");
      expect(refused.stderr).toContain("\nName a module of it with --module, and its kernel with --base.\n");
      const extracted = await run(["btf", "extract", modules, "-o", "x"]);
      expect(extracted.stderr).toContain("\nName a module of it with --module.\n");
      const absent = await run(["btf", "stats", kernel, "-m", "first"]);
      expect(absent.stderr).toContain("Where modules are in a package of their own, bpf-core btf extract");
      const typo = await run(["btf", "stats", modules, "-B", kernel, "-m", "frist"]);
      expect(typo.stderr).toContain("no BTF of a module frist in ");
      expect(typo.stderr).toContain(". Did you mean first?\n");
      expect([refused, extracted, absent, typo].map(({ exitCode }) => exitCode)).toEqual([3, 3, 3, 3]);
    });
  });
});

describe("a module", () => {
  it("is put on the kernel, not on the module that is the source", async () => {
    const [base, source] = [targetFile("split-base"), targetFile("split-module")];
    await inFolder(async (folder) => {
      const module = join(folder, "other.btf");
      const own = new Types(parseBtf(readFileSync(base)));
      own.struct("own", 0);
      writeFileSync(module, own.bytes());
      const { stdout, stderr } = await run(["btf", "show", source, "own", "-B", base, "-m", module]);
      expect(stderr).toBe("");
      expect(stdout.toString()).toContain("struct own [4] in other, 0 bytes");
    });
  });

  it("on a distilled base is shown on that, where its kernel is not named", async () => {
    await inFolder(async (folder) => {
      const module = join(folder, "m.ko");
      writeFileSync(module, moduleOnDistilled(12));
      const { stdout, stderr } = await run(["btf", "show", module, "own"]);
      expect(stderr).toBe("");
      expect(stdout.toString()).toMatch(
        /struct own \[3\].*\n.*\n\tstruct base_only +inner; +\/\* +0 +12 \*\/\n/,
      );
    });
  });

  it("on a distilled base is put on its kernel", async () => {
    await inFolder(async (folder) => {
      const module = join(folder, "m.ko");
      writeFileSync(module, moduleOnDistilled(12));
      const args = ["-m", module] as const;
      const { exitCode, stdout, stderr } = await run([
        "btf",
        "show",
        targetFile("split-base"),
        "own",
        ...args,
      ]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(stdout.toString()).toContain("struct own [4] in m, 16 bytes");
      expect(stdout.toString()).toMatch(/struct base_only +inner; +\/\* +0 +12 \*\/\n\tint +n;/);
      const { stdout: report } = await run([...pairArgs("split", "split-base"), ...args]);
      expect(report.toString()).toContain("m.ko (m, 1 types)");
    });
  });

  it.each([["btf show"], ["relocate"]])("of another kernel is told by %s", async (command) => {
    await inFolder(async (folder) => {
      const module = join(folder, "m.ko");
      writeFileSync(module, moduleOnDistilled(16));
      const args =
        command === "relocate"
          ? pairArgs("split", "split-base")
          : ["btf", "show", targetFile("split-base"), "own"];
      const { exitCode, stderr } = await run([...args, "-m", module]);
      expect(stderr).toContain("m.ko: module built for another kernel: 1 of 2 references do not resolve\n");
      expect(stderr).toContain("struct base_only of 16 bytes");
      expect(stderr).toContain(`The kernel is that of ${targetFile("split-base")}.\n`);
      expect(exitCode).toBe(3);
    });
  });

  it("of another kernel is told without a distilled base, too", async () => {
    const args = [...pairArgs("split", "split-base"), "-m", targetFile("split-stacked")];
    const { exitCode, stderr } = await run(args);
    expect(stderr).toContain("module built for another kernel: 3 of 5 references do not resolve");
    expect(exitCode).toBe(3);
  });

  it.each([
    ["as the module", ["btf", "show", EXAMPLE_KERNEL, "css_set", "-m", EXAMPLE_KERNEL]],
    ["on a base", ["btf", "show", EXAMPLE_KERNEL, "css_set", "-B", EXAMPLE_KERNEL]],
    ["to relocate with", [...pairArgs("example", "example-kernel"), "-m", EXAMPLE_KERNEL]],
  ])("is no whole BTF, %s", async (_, args) => {
    const { exitCode, stderr } = await run(args);
    expect(stderr).toBe(
      `error: ${EXAMPLE_KERNEL}: is no module's BTF: it is whole, and continues no kernel's\n`,
    );
    expect(exitCode).toBe(3);
  });

  it("with an empty string table is taken, with a note", async () => {
    const args = [...pairArgs("split", "split-base"), "-m", targetFile("split-module-no-strings")];
    const { exitCode, stdout } = await run(args);
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toMatch(/^note {4}split_module_no_strings_el: its string section is empty/m);
  });

  it("is found by its name below a root, and in a package", async () => {
    await inFolder(async (root) => {
      const folder = join(root, "lib/modules/6.1.0/kernel");
      mkdirSync(folder, { recursive: true });
      mkdirSync(join(root, "boot"));
      copyFileSync(EXAMPLE_KERNEL, join(root, "boot/vmlinux-6.1.0"));
      writeFileSync(join(folder, "my-module.ko"), moduleOn(parseBtf(readFileSync(EXAMPLE_KERNEL)), "own"));
      // What a kernel leaves behind that was removed.
      mkdirSync(join(root, "lib/modules/6.12.0"));
      for (const name of ["my_module", "my-module"]) {
        const { stdout, stderr } = await run(["btf", "show", "--root", root, "own", "-m", name]);
        expect(stderr).toBe("");
        expect(stdout.toString()).toContain(`in ${name}, 0 bytes`);
      }
      const relocation = ["relocate", EXAMPLE, "--root", root, "-m", "my-module"] as const;
      const file = join(folder, "my-module.ko");
      expect((await run(relocation)).stdout.toString()).toContain(`module  ${file} (my-module, 1 types)`);
      expect((await run([...relocation, "-o", file])).stderr).toContain(`would overwrite the input ${file}`);
      const near = await run(["btf", "show", "--root", root, "own", "-m", "my_modul"]);
      expect(near.stderr).toContain(", and no file of that name. Did you mean my_module?\n");
      const { exitCode, stderr } = await run(["btf", "show", "--root", root, "own", "-m", "nothing"]);
      expect(stderr).toBe(
        `error: no BTF of a module nothing of kernel 6.1.0 below ${root}, and no file of that name\n`,
      );
      expect(exitCode).toBe(3);
    });
  });

  it("that is not loaded is told", async () => {
    const { exitCode, stderr } = await run(["btf", "stats", "-m", "no_such"], {
      kernelPaths: [EXAMPLE_KERNEL],
    });
    expect(stderr).toContain("no BTF of a module no_such among those that are loaded (/sys/kernel/btf)");
    expect(exitCode).toBe(3);
  });
});

it.each([
  ["/lib/modules/6.1/kernel/net/nf-nat.ko", "nf_nat"],
  ["bridge.btf", "bridge"],
  ["kvm.ko.btf.xz", "kvm"],
  ["/sys/kernel/btf/kvm", "kvm"],
])("%s is module %s", (path, name) => {
  expect(moduleName(path)).toBe(name);
});
