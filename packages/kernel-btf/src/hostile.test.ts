import { deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ar,
  arm64Image,
  bzImage,
  concat,
  deb,
  elf,
  kernelBtf,
  module,
  tar,
  tarHeader,
  text,
  u32,
  vmlinux,
  zboot,
} from "../test/build.js";
import { fixtures } from "../test/fixtures.js";
import { extractBtf, findBtfs, KernelBtfError } from "./index.js";

const MiB = 2 ** 20;
/** No input of these sizes may take longer, whatever is in it: microseconds of the processor's time. */
const LONGEST = 5_000_000;

/** What the whole search throws, if anything; fails for anything but a KernelBtfError, and when it takes too long. */
function errorOf(bytes: Uint8Array, maxExpanded = 16 * MiB): KernelBtfError | undefined {
  const started = process.cpuUsage();
  try {
    for (const { kind } of findBtfs(bytes, { maxExpanded })) void kind;
    extractBtf(bytes, { maxExpanded });
  } catch (error) {
    if (!(error instanceof KernelBtfError)) throw error;
    return error;
  } finally {
    expect(process.cpuUsage(started).user).toBeLessThan(LONGEST);
  }
  return undefined;
}

const SAMPLES: readonly (readonly [string, Uint8Array])[] = [
  ["BTF", kernelBtf()],
  ["ELF", vmlinux()],
  [
    "a compressed section",
    elf([{ name: ".BTF", data: concat(u32(1), new Uint8Array(20), deflateSync(kernelBtf())), flags: 0x800 }]),
  ],
  ["a bzImage", bzImage(gzipSync(vmlinux()))],
  ["an EFI zboot image", zboot(gzipSync(arm64Image(kernelBtf())), "gzip")],
  ["an arm64 Image", arm64Image(kernelBtf(), gzipSync(vmlinux()))],
  [
    "a tar archive",
    tar([
      { name: "vmlinux", data: vmlinux() },
      { name: "a.ko.gz", data: gzipSync(module()) },
    ]),
  ],
  ["a package", deb(gzipSync(tar([{ name: "./boot/vmlinuz", data: bzImage(gzipSync(vmlinux())) }])))],
];

describe.each(SAMPLES)("%s", (_, bytes) => {
  it("is whole", () => {
    expect(errorOf(bytes)).toBeUndefined();
  });

  it("cut off anywhere gives a KernelBtfError, or what is left", () => {
    const step = Math.ceil(bytes.length / 200);
    for (let length = 0; length < bytes.length; length += step) errorOf(bytes.slice(0, length));
  });

  it("with any bits changed gives a KernelBtfError, or what is left", () => {
    const step = Math.ceil(bytes.length / 400);
    for (let offset = 0; offset < bytes.length; offset += step) {
      for (const bits of [0x01, 0x80, 0xff]) {
        const changed = bytes.slice();
        changed[offset] = (changed[offset] ?? 0) ^ bits;
        errorOf(changed);
      }
    }
  });

  it("with any bytes in it gives a KernelBtfError, or what is left", () => {
    fc.assert(
      fc.property(
        fc.nat(bytes.length),
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(20),
        (at, inserted, removed) => {
          errorOf(concat(bytes.subarray(0, at), inserted, bytes.subarray(at + removed)));
        },
      ),
    );
  });
});

it("gives a KernelBtfError for any bytes, or nothing", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => void errorOf(bytes)));
});

/** Frames that each say "a block of 128 KiB of zeros". */
function zstdBomb(size: number): Uint8Array {
  const block = ((2 ** 17) << 3) | (1 << 1);
  const blocks = Array.from({ length: Math.ceil(size / 2 ** 17) }, () => [block, block >> 8, block >> 16, 0]);
  // A window of 128 KiB, no size, no checksum; the last block is an empty one.
  return Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3, ...blocks.flat(), 1, 0, 0]);
}

describe("a bomb", () => {
  const zeros = new Map(
    fixtures().flatMap(({ name, bytes }) => (name.startsWith("zeros.") ? [[name, bytes]] : [])),
  );

  it.each<[string, Uint8Array]>([
    ["gzip", gzipSync(new Uint8Array(64 * MiB))],
    ["gzip twice", gzipSync(gzipSync(new Uint8Array(256 * MiB)))],
    ["zstd", zstdBomb(64 * MiB)],
    ["zstd in gzip", gzipSync(zstdBomb(10_000 * MiB))],
    ["xz", zeros.get("zeros.xz") ?? text("")],
    ["lzma", zeros.get("zeros.lzma") ?? text("")],
    ["bzip2", zeros.get("zeros.bz2") ?? text("")],
    ["lz4", zeros.get("zeros.legacy.lz4") ?? text("")],
    ["a bzImage", bzImage(gzipSync(new Uint8Array(64 * MiB)))],
    ["an entry", tar([{ name: "a", data: gzipSync(concat(vmlinux(), new Uint8Array(64 * MiB))) }])],
    ["a package", deb(gzipSync(tar([{ name: "a", data: concat(vmlinux(), new Uint8Array(64 * MiB)) }])))],
    ["an image", concat(text("image"), gzipSync(new Uint8Array(64 * MiB)))],
    [
      "many entries",
      tar(
        Array.from({ length: 40 }, () => ({
          name: "a",
          data: gzipSync(concat(module(), new Uint8Array(MiB))),
        })),
      ),
    ],
  ])("of %s stops at the limit", (_, bytes) => {
    const before = process.memoryUsage.rss();
    const error = errorOf(bytes, 4 * MiB);
    expect(error?.code).toBe("too-large");
    expect(error?.message).toContain(`expands to more than the ${4 * MiB} bytes that are allowed`);
    // What was decompressed, and as much again for what it was copied to; far from what there would be.
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * MiB);
  });

  it("is not what is only skipped", () => {
    const archive = gzipSync(
      tar([
        { name: "documentation", data: new Uint8Array(MiB) },
        { name: "vmlinux", data: vmlinux() },
      ]),
    );
    expect(extractBtf(archive, { maxExpanded: 2 * MiB }).kind).toBe("kernel");
    expect(errorOf(archive, MiB)?.code).toBe("too-large");
  });
});

describe("containers in containers", () => {
  const nested = (wrap: (bytes: Uint8Array) => Uint8Array, depth: number): Uint8Array => {
    let bytes: Uint8Array = kernelBtf();
    for (let i = 0; i < depth; i++) bytes = wrap(bytes);
    return bytes;
  };

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ["gzip", (bytes) => gzipSync(bytes)],
    ["tar", (data) => tar([{ name: "a", data }])],
    ["ar", (data) => ar([{ name: "a", data }])],
    ["ELF", (data) => elf([{ name: ".rodata..compressed", data: gzipSync(data) }])],
    ["bzImage", (bytes) => bzImage(bytes)],
  ])("of %s end somewhere", (_, wrap) => {
    expect(errorOf(nested(wrap, 3))).toBeUndefined();
    expect(["too-deep", "no-btf"]).toContain(errorOf(nested(wrap, 30))?.code);
  });

  it("end for a file that contains itself", () => {
    // A tar archive whose entry's size reaches past its own end, and an archive of many copies of one.
    const entry = tar([{ name: "a", data: tar([{ name: "b", data: module() }]) }]);
    const many = tar(Array.from({ length: 300 }, () => ({ name: "c", data: entry })));
    expect([...findBtfs(many)]).toHaveLength(300);
  });
});

describe("names in archives", () => {
  it.each([
    "../../etc/passwd",
    "/etc/shadow",
    "..",
    "a\0b",
    "C:\\windows",
    "\u001b[2Jgnp.btf",
    "x".repeat(99),
  ])("are only told: %j", (name) => {
    const [found] = findBtfs(tar([{ name, data: module() }]));
    expect(found?.steps[1]).toEqual({ entry: name.split("\0")[0] });
  });

  it("of links and devices are not even told", () => {
    const archive = concat(
      ...["1", "2", "3", "4", "5", "6"].map((type) => tarHeader({ name: "vmlinux", type, data: vmlinux() })),
      tar([{ name: "last", data: module() }]),
    );
    expect([...findBtfs(archive)].map(({ steps }) => steps[1])).toEqual([{ entry: "last" }]);
  });
});

describe("an image", () => {
  it("of nothing but what looks compressed takes no time", () => {
    const magics = [
      text("BZh91AY&SY"),
      Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3),
      Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0),
    ];
    for (const magic of magics) {
      const bytes = arm64Image(Buffer.concat(Array.from({ length: 2 ** 17 }, () => magic)));
      expect(errorOf(bytes)?.code).toBe("no-btf");
    }
  });

  it("of nothing but what looks like BTF takes no time", () => {
    const header = kernelBtf().slice(0, 24);
    const view = new DataView(header.buffer);
    const count = 2 ** 15;
    const parts = Array.from({ length: count }, (_, i) => {
      // Each claims all that is behind it for its types.
      const size = (count - i) * 24 - 24 - 8;
      view.setUint32(12, Math.max(0, size), true);
      view.setUint32(16, Math.max(0, size), true);
      view.setUint32(20, 8, true);
      return header.slice();
    });
    expect(errorOf(arm64Image(...parts, new Uint8Array(8)))?.code).toBe("no-btf");
  });
});
