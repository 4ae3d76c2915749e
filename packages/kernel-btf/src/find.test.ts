import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  ar,
  arm64Image,
  bzImage,
  concat,
  deb,
  elf,
  flatImage,
  kernelBtf,
  module,
  moduleBtf,
  programBtf,
  tar,
  text,
  u32,
  vmlinux,
  zboot,
} from "../test/build.js";
import { extractBtf, type FoundBtf, findBtfs, formatSteps, KernelBtfError } from "./index.js";

const all = (bytes: Uint8Array): FoundBtf[] => [...findBtfs(bytes)];

function errorOf(action: () => unknown): KernelBtfError {
  try {
    action();
  } catch (error) {
    if (error instanceof KernelBtfError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Something else that is compressed, as an image may carry along. */
const NOISE = gzipSync(text("CONFIG_DEBUG_INFO_BTF=y"));
const PADDING = new Uint8Array(100).fill(0xeb);

describe.each(["little", "big"] as const)("%s-endian", (order) => {
  const btf = kernelBtf(order);
  const image = vmlinux(order);

  it.each<[string, Uint8Array, string]>([
    ["BTF", btf, "BTF"],
    ["compressed BTF", gzipSync(btf), "gzip > BTF"],
    ["a vmlinux", image, "ELF > .BTF"],
    ["a compressed vmlinux", gzipSync(image), "gzip > ELF > .BTF"],
    ["twice compressed", gzipSync(gzipSync(btf)), "gzip > gzip > BTF"],
    ["a bzImage", bzImage(gzipSync(image)), "bzImage > gzip > ELF > .BTF"],
    ["a bzImage whose payload is not compressed", bzImage(image), "bzImage > ELF > .BTF"],
    ["an old bzImage", bzImage(gzipSync(image), { version: 0x207 }), "bzImage > gzip > ELF > .BTF"],
    ["a bzImage with the default of setup sectors", oldSetup(image), "bzImage > gzip > ELF > .BTF"],
    ["an arm64 Image", arm64Image(PADDING, btf, PADDING), "arm64 Image > BTF"],
    ["an Image.gz", gzipSync(arm64Image(PADDING, btf)), "gzip > arm64 Image > BTF"],
    ["a RISC-V Image", flatImage("RSC\x05", 0x38, PADDING, btf), "RISC-V Image > BTF"],
    [
      "an EFI zboot image",
      zboot(gzipSync(arm64Image(btf)), "gzip"),
      "EFI zboot image > gzip > arm64 Image > BTF",
    ],
    [
      "an s390 image",
      flatImage(
        "\x02\0\0\x18\x60\0\0\x50",
        8,
        PADDING,
        NOISE,
        PADDING,
        gzipSync(concat(PADDING, btf)),
        PADDING,
      ),
      "s390 image > gzip > image > BTF",
    ],
    [
      "a zImage",
      flatImage("\x18\x28\x6f\x01", 0x24, gzipSync(concat(PADDING, btf))),
      "zImage > gzip > image > BTF",
    ],
    ["a PE image", peImage(PADDING, bzImage(gzipSync(image))), "PE image > gzip > ELF > .BTF"],
    ["an image of no known kind", concat(PADDING, gzipSync(image), PADDING), "image > gzip > ELF > .BTF"],
    ["a flat image of no known kind", concat(PADDING, btf, PADDING), "image > BTF"],
    ["a compressed image of no known kind", gzipSync(concat(PADDING, btf)), "gzip > image > BTF"],
    [
      "the boot program around a kernel",
      elf([{ name: ".rodata..compressed", data: gzipSync(image) }]),
      "ELF > gzip > ELF > .BTF",
    ],
    ["an ELF file without section headers", stripped(image), "ELF > BTF"],
    ["a tar archive", tar([{ name: "a/b.btf", data: btf }]), "tar > a/b.btf > BTF"],
    ["a compressed tar archive", gzipSync(tar([{ name: "b.btf", data: btf }])), "gzip > tar > b.btf > BTF"],
    [
      "a package",
      deb(gzipSync(tar([{ name: "./boot/vmlinuz-6.1", data: bzImage(gzipSync(image)) }]))),
      "deb > data.tar.gz > gzip > tar > ./boot/vmlinuz-6.1 > bzImage > gzip > ELF > .BTF",
    ],
    ["an archive of ar", ar([{ name: "b.btf/", data: btf }]), "ar > b.btf > BTF"],
  ])("finds the kernel's in %s", (_, bytes, steps) => {
    const found = extractBtf(bytes);
    expect(formatSteps(found.steps)).toBe(steps);
    expect(found).toMatchObject({ kind: "kernel", order, name: undefined, distilledBase: undefined });
    expect(found.bytes).toEqual(btf);
    expect(all(bytes)).toEqual([found]);
  });

  it.each([
    ["zlib", (bytes: Uint8Array) => deflateSync(bytes), 1],
    // A frame with one stored block, which is all that it takes.
    ["zstd", (bytes: Uint8Array) => storedZstd(bytes), 2],
  ] as const)("finds it in a section that is compressed with %s", (_, compress, type) => {
    const header = new Uint8Array(24);
    new DataView(header.buffer).setUint32(0, type, order === "little");
    const data = concat(header, compress(btf));
    expect(extractBtf(elf([{ name: ".BTF", data, flags: 0x800 }], { order })).bytes).toEqual(btf);
  });
});

function oldSetup(image: Uint8Array): Uint8Array {
  const bytes = bzImage(gzipSync(image), { setupSectors: 4 });
  bytes[0x1f1] = 0;
  return bytes;
}

function peImage(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = flatImage("MZ", 0, text("PE\0\0"), ...parts);
  bytes[0x3c] = 64;
  return bytes;
}

function stripped(image: Uint8Array): Uint8Array {
  const bytes = image.slice();
  bytes.fill(0, 40, 48);
  bytes.fill(0, 60, 64);
  return bytes;
}

function storedZstd(bytes: Uint8Array): Uint8Array {
  const block = (bytes.length << 3) | 1;
  const header = [0x28, 0xb5, 0x2f, 0xfd, 0xa0, ...u32(bytes.length), block, block >> 8, block >> 16];
  return concat(Uint8Array.from(header), bytes);
}

describe("what is found", () => {
  it("tells kernels, modules, objects and others apart", () => {
    expect(extractBtf(kernelBtf()).kind).toBe("kernel");
    expect(extractBtf(moduleBtf()).kind).toBe("module");
    expect(extractBtf(programBtf()).kind).toBe("other");
    expect(extractBtf(vmlinux("little", programBtf())).kind).toBe("other");
    expect(extractBtf(elf([{ name: ".BTF", data: programBtf() }], { machine: 247, type: 1 })).kind).toBe(
      "object",
    );
  });

  it("has a module's own name", () => {
    expect(extractBtf(gzipSync(module("nf_nat")))).toMatchObject({ kind: "module", name: "nf_nat" });
  });

  it("has a module's distilled base", () => {
    const base = programBtf();
    const file = elf([
      { name: ".BTF", data: moduleBtf() },
      { name: ".BTF.base", data: base },
    ]);
    expect(extractBtf(file).distilledBase).toEqual(base);
  });

  it("is a view of the input only where nothing was compressed", () => {
    const image = vmlinux();
    expect(extractBtf(image).bytes.buffer).toBe(image.buffer);
    const { bytes } = extractBtf(gzipSync(image));
    expect(bytes.buffer.byteLength).toBe(bytes.length);
  });

  it("comes from a view as well", () => {
    const whole = concat(PADDING, vmlinux(), PADDING);
    const view = whole.subarray(PADDING.length, whole.length - PADDING.length);
    expect(extractBtf(view).bytes).toEqual(kernelBtf());
  });

  it("is not changed, and neither is the input", () => {
    const image = bzImage(gzipSync(vmlinux()));
    const before = image.slice();
    extractBtf(image);
    expect(image).toEqual(before);
  });
});

describe("of several", () => {
  it("takes the kernel's, not that of the programs that it carries along", () => {
    const kernel = kernelBtf("little", 5);
    const image = arm64Image(programBtf("little", 50), PADDING, kernel, PADDING, programBtf("big", 60));
    expect(all(image).map(({ bytes }) => bytes)).toEqual([kernel]);
  });

  it("takes the largest of kernels in one image", () => {
    const kernel = kernelBtf("little", 5);
    expect(extractBtf(arm64Image(kernelBtf(), kernel, kernelBtf("big", 3))).bytes).toEqual(kernel);
  });

  it("passes over what only looks like BTF", () => {
    const broken = kernelBtf("little", 20);
    // A type of an unknown kind.
    broken[24 + 7] = 0x7f;
    const kernel = kernelBtf();
    expect(extractBtf(arm64Image(broken, kernel)).bytes).toEqual(kernel);
    expect(errorOf(() => extractBtf(arm64Image(broken))).code).toBe("no-btf");
  });

  it("passes over what only looks compressed", () => {
    const fake = [
      Uint8Array.of(0x1f, 0x8b, 8, 0xff),
      Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0),
      Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd),
      Uint8Array.of(2, 0x21, 0x4c, 0x18),
      text("BZh91AY&SY"),
    ];
    const image = concat(...fake.map((bytes) => concat(PADDING, bytes)), NOISE, gzipSync(vmlinux()));
    expect(extractBtf(image).kind).toBe("kernel");
  });

  it("gives a kernel and its modules, in order", () => {
    const archive = tar([
      { name: "README", data: text("nothing of interest") },
      { name: "lib/a.ko", data: module("a") },
      { name: "lib/b.ko.gz", data: gzipSync(module("b")) },
      { name: "vmlinuz", data: bzImage(gzipSync(vmlinux())) },
      { name: "lib/c.ko", data: module("c") },
    ]);
    for (const bytes of [archive, gzipSync(archive)]) {
      expect(all(bytes).map(({ kind, name }) => name ?? kind)).toEqual(["a", "b", "kernel", "c"]);
      expect(extractBtf(bytes).kind).toBe("kernel");
    }
  });

  it("stops at the kernel", () => {
    const damaged = gzipSync(module("b")).fill(0xff, 20);
    const archive = tar([
      { name: "vmlinux", data: vmlinux() },
      { name: "b.ko.gz", data: damaged },
    ]);
    expect(extractBtf(archive).kind).toBe("kernel");
    expect(errorOf(() => all(archive))).toMatchObject({ code: "malformed" });
  });

  it("does not choose among others", () => {
    const archive = tar([
      { name: "lib/a.ko", data: module("a") },
      { name: "b.ko", data: module("b") },
    ]);
    const error = errorOf(() => extractBtf(archive));
    expect(error.code).toBe("several");
    expect(error.message).toBe("kernel-btf: 2 BTFs, none of them a kernel's, such as of a.ko, b.ko");
    expect(extractBtf(tar([{ name: "a.ko", data: module("a") }])).name).toBe("a");
  });
});

describe("what is not found", () => {
  const gone = elf([{ name: ".text", data: text("code") }]);

  it.each<[string, Uint8Array, string, string]>([
    ["nothing", new Uint8Array(0), "unrecognised", "kernel-btf: is empty"],
    ["text", text("hello"), "unrecognised", "neither BTF nor ELF"],
    ["compressed text", gzipSync(text("hello")), "no-btf", "gzip: what is in it is neither BTF nor ELF"],
    [
      "a package that only names another",
      deb(tar([{ name: "usr/share/doc", data: text("") }])),
      "no-btf",
      "deb: nothing in it is BTF, an ELF file or a kernel image: is the kernel in another one",
    ],
    ["an archive of text", tar([{ name: "a", data: text("hello") }]), "no-btf", "tar: nothing in it is BTF"],
    [
      "an ELF file",
      gone,
      "no-btf",
      "ELF: an ELF file without a .BTF section. If it is a kernel or a module, was",
    ],
    [
      "a kernel",
      bzImage(gzipSync(gone)),
      "no-btf",
      "bzImage > gzip > ELF: an ELF file without a .BTF section",
    ],
    ["a flat kernel", zboot(gzipSync(text("flat")), "gzip"), "no-btf", "CONFIG_DEBUG_INFO_BTF"],
    ["an arm64 Image", arm64Image(PADDING), "no-btf", "arm64 Image: a kernel image without a kernel's BTF"],
    [
      "an s390 image",
      flatImage("\x02\0\0\x18\x60\0\0\x50", 8, NOISE),
      "no-btf",
      "s390 image: a kernel image without",
    ],
    [
      "an image with another's",
      arm64Image(programBtf()),
      "no-btf",
      "arm64 Image: a kernel image without a kernel's BTF",
    ],
    ["a BPF object", elf([], { machine: 247 }), "no-btf", "was it compiled with -g?"],
    [
      "a file of debug information",
      elf([{ name: ".BTF", data: text(""), type: 8, size: 1000 }]),
      "no-btf",
      "its .BTF section has no contents",
    ],
    ["LZO", bzImage(Uint8Array.of(0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d, 0x0a, 0x1a)), "unsupported", "LZO"],
    [
      "another compression",
      zboot(text("????"), "lzo"),
      "unsupported",
      "EFI zboot image: its payload is compressed with lzo",
    ],
    [
      "a cut bzImage",
      bzImage(gzipSync(vmlinux())).slice(0, -70),
      "malformed",
      "bzImage: the data is cut off",
    ],
    [
      "a cut zboot image",
      zboot(gzipSync(vmlinux()), "gzip").slice(0, -70),
      "malformed",
      "EFI zboot image: the data is cut off",
    ],
    ["broken BTF", kernelBtf().fill(0xff, 24, 40), "malformed", "BTF: btf: type 1"],
    ["a broken ELF file", vmlinux().slice(0, 50), "malformed", "ELF: elf: the ELF header runs past the end"],
    ["a broken payload", bzImage(gzipSync(vmlinux()).fill(0x55, 15, 30)), "malformed", "bzImage > gzip: "],
  ])("%s", (_, bytes, code, message) => {
    const error = errorOf(() => extractBtf(bytes));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    if (code === "no-btf" || code === "unrecognised") expect(all(bytes)).toEqual([]);
  });

  it("is told of the first place, and how many more there are", () => {
    const archive = tar([1, 2, 3, 4].map((i) => ({ name: `${i}.ko`, data: gone })));
    const { message, code } = errorOf(() => extractBtf(archive));
    expect(code).toBe("no-btf");
    expect(message).toContain("tar > 1.ko > ELF: an ELF file without a .BTF section");
    expect(message).toContain("(and 3 more without BTF)");
  });

  it("tells where, for programs too", () => {
    const error = errorOf(() => extractBtf(tar([{ name: "a\x1b[2J", data: vmlinux().slice(0, 50) }])));
    expect(error.steps).toEqual([{ format: "tar" }, { entry: "a\x1b[2J" }, { format: "ELF" }]);
    expect(error.message).toContain("tar > a\\x1b[2J > ELF: ");
  });

  it("tells the offset in the innermost content", () => {
    const payload = gzipSync(vmlinux()).slice(0, 40);
    const error = errorOf(() => extractBtf(bzImage(payload)));
    expect(error.site.offset).toBe(payload.length);
  });
});
