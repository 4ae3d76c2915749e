import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keepCompiledCode } from "./code-cache.js";

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "bpf-core-code-"));
});
afterAll(() => rmSync(base, { recursive: true }));

function keptIn(folder: string): readonly string[] {
  const folders: string[] = [];
  keepCompiledCode((kept) => folders.push(kept), folder);
  return folders;
}

describe("compiled code", () => {
  it("is kept in a folder that is made for the user alone", () => {
    const folder = join(base, "bpf-core/code");
    expect(keptIn(folder)).toEqual([folder]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(keptIn(folder)).toEqual([folder]);
  });

  it("is not kept where others may write, as it is run", () => {
    const folder = join(base, "shared");
    expect(keptIn(folder)).toEqual([folder]);
    chmodSync(folder, 0o770);
    expect(keptIn(folder)).toEqual([]);
    chmodSync(folder, 0o702);
    expect(keptIn(folder)).toEqual([]);
  });

  it("is not kept behind a link, nor where there can be no folder", () => {
    const link = join(base, "link");
    symlinkSync(base, link);
    expect(keptIn(link)).toEqual([]);
    const file = join(base, "file");
    writeFileSync(file, "");
    expect(keptIn(file)).toEqual([]);
    expect(keptIn(join(file, "below"))).toEqual([]);
  });
});
