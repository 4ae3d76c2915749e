import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, type TarPlan, tar, tarHeader, text } from "../test/build.js";
import { Fault } from "./error.js";
import { sourceOfBytes, sourceOfPieces } from "./source.js";
import { isTar, tarEntries } from "./tar.js";

/** Names and contents, once from memory and once in pieces of `size`. */
function list(bytes: Uint8Array, size = 100): [string, string][] {
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  const [whole, inPieces] = [sourceOfBytes(bytes), sourceOfPieces(pieces[Symbol.iterator]())].map((source) =>
    Array.from(tarEntries(source), ({ name, size: length }): [string, string] => [
      name,
      Buffer.from(source.read(length)).toString("latin1"),
    ]),
  );
  expect(inPieces).toEqual(whole);
  return whole ?? [];
}

const faultOf = (bytes: Uint8Array): Fault | undefined => {
  try {
    for (const { size } of tarEntries(sourceOfBytes(bytes))) void size;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  return undefined;
};

const pax = (...records: readonly string[]): TarPlan => {
  const lines = records.map((record) => {
    let length = record.length + 3;
    while (`${length} ${record}\n`.length !== length) length++;
    return `${length} ${record}\n`;
  });
  return { name: "PaxHeaders", type: "x", data: text(lines.join("")) };
};

const A = { name: "a", data: text("content of a") };

describe("a tar archive", () => {
  it("gives regular files, and nothing else", () => {
    const others = ["1", "2", "3", "4", "5", "6", "S", "V"].map((type) => ({ name: `type ${type}`, type }));
    expect(list(tar([...others, A, { name: "b", type: "\0" }, { name: "c", type: "7" }]))).toEqual([
      ["a", "content of a"],
      ["b", ""],
      ["c", ""],
    ]);
  });

  it("gives no content to links, whatever their size says", () => {
    expect(list(tar([{ name: "link", type: "2", size: "77777777777\0" }, A]))).toEqual([
      ["a", "content of a"],
    ]);
  });

  it("reads long names of every kind", () => {
    const long = `${"long/".repeat(50)}name`;
    expect(
      list(tar([{ name: "@", type: "L", data: text(`${long}\0`) }, A, A])).map(([name]) => name),
    ).toEqual([long, "a"]);
    expect(list(tar([pax(`path=${long}`, "mtime=1"), A, A])).map(([name]) => name)).toEqual([long, "a"]);
    expect(list(tar([{ ...A, prefix: "x/y" }]))[0]?.[0]).toBe("x/y/a");
    // A long link's name comes between.
    const link = { name: "@", type: "K", data: text("target\0") };
    expect(list(tar([{ name: "@", type: "L", data: text(`${long}\0`) }, link, A]))[0]?.[0]).toBe(long);
  });

  it("reads sizes of every kind", () => {
    const binary = `\x80${"\0".repeat(10)}\x0c`;
    expect(list(tar([{ ...A, size: binary }]))).toEqual([["a", "content of a"]]);
    expect(list(tar([{ ...A, size: "         14 " }]))).toEqual([["a", "content of a"]]);
    expect(list(tar([pax("size=12"), { ...A, size: "00000000000\0" }]))).toEqual([["a", "content of a"]]);
  });

  it("leaves sparse files out", () => {
    expect(list(tar([pax("GNU.sparse.major=1"), A]))).toEqual([]);
  });

  it("may end without its blocks of zeros, and without the last padding", () => {
    const bytes = tar([A]);
    expect(list(bytes.subarray(0, 1024))).toEqual([["a", "content of a"]]);
    expect(list(bytes.subarray(0, 512 + 12))).toEqual([["a", "content of a"]]);
  });

  it.each<[string, Uint8Array, string]>([
    ["a cut header", tar([A]).subarray(0, 500), "cut off"],
    ["cut content", tar([A]).subarray(0, 520), "cut off"],
    ["a size past the end", concat(tarHeader({ ...A, size: "77777777777\0" }), text("x")), "cut off"],
    [
      "a size past every file",
      concat(tarHeader({ ...A, size: "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" })),
      "number",
    ],
    [
      "a negative size",
      concat(tarHeader({ ...A, size: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe" })),
      "number",
    ],
    ["a size that is none", tar([{ ...A, size: "elephants\0" }]), "number"],
    ["a changed header", tar([A]).fill(0x42, 3, 4), "checksum"],
    ["an endless name", concat(tarHeader({ name: "@", type: "L", size: "77777777777\0" })), "too long"],
    ["a pax header without end", tar([{ name: "x", type: "x", data: text("30 path=") }]), "pax"],
    ["a pax header without a length", tar([{ name: "x", type: "x", data: text("path=a\n") }]), "pax"],
    ["a pax header of length 0", tar([{ name: "x", type: "x", data: text("0 path=a\n") }]), "pax"],
    ["a pax size that is none", tar([pax("size=-5"), A]), "number"],
  ])("is refused with %s", (_, bytes, message) => {
    const fault = faultOf(bytes);
    expect(fault?.code).toBe("malformed");
    expect(fault?.message).toContain(message);
  });

  it("throws nothing else for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.uint8Array({ maxLength: 100 }), (a, b) => {
        faultOf(a);
        faultOf(tar([{ name: "x", type: "x", data: b }, A]));
      }),
    );
  });

  it("is recognised by its checksum", () => {
    expect(isTar(tar([A]))).toBe(true);
    expect(isTar(new Uint8Array(512))).toBe(false);
    expect(isTar(tar([A]).fill(1, 2, 3))).toBe(false);
  });
});

const hasTar = spawnSync("tar", ["--version"]).stdout?.toString().includes("GNU tar") ?? false;

describe.runIf(hasTar)("what GNU tar writes", () => {
  it.each(["gnu", "oldgnu", "pax", "ustar", "v7"])("as %s", (format) => {
    const folder = mkdtempSync(join(tmpdir(), "tar-"));
    const deep = join("x".repeat(60), "y".repeat(format === "v7" ? 20 : 80));
    try {
      mkdirSync(join(folder, deep), { recursive: true });
      writeFileSync(join(folder, deep, "file"), "deep");
      writeFileSync(join(folder, "plain"), "p".repeat(1000));
      symlinkSync("plain", join(folder, "link"));
      const { stdout } = spawnSync("tar", [`--format=${format}`, "--sort=name", "-C", folder, "-c", "."]);
      expect(list(stdout)).toEqual([
        ["./plain", "p".repeat(1000)],
        [`./${deep}/file`, "deep"],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
