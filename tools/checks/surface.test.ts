import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasChangeset, isReleased, keptSurface, PACKAGES } from "./kept-surface.mjs";
import { surfaceOf, surfaceOfPackage } from "./surface.mjs";

describe.each(PACKAGES.map((folder) => [basename(folder), folder]))("%s", (_, folder) => {
  it("has the public surface that was last looked at", () => {
    const { name, text } = surfaceOfPackage(folder);
    expect(
      text,
      `${name} has another public surface. If that is meant, tell its users (pnpm changeset) and keep it (pnpm surface)`,
    ).toBe(keptSurface(folder));
  });

  it("tells of a changed public surface in a changeset", () => {
    const { name, text } = surfaceOfPackage(folder);
    expect(
      isReleased(name, text) || hasChangeset(name),
      `${name} has another public surface than its last release, and no changeset tells of it: pnpm changeset`,
    ).toBe(true);
  });
});

describe("a public surface", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "surface-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function surfaceOfFiles(files: Record<string, string>): string {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return surfaceOf(join(folder, "index.d.ts"));
  }

  it("is what the exports lead to, sorted and without comments", () => {
    const surface = surfaceOfFiles({
      "index.d.ts": `export { type B, a } from "./a.js";\n`,
      "a.d.ts": `
import type { C } from "./c.js";
/** Says "/*" and // too. */
export declare function a(text: "//"): C;
export declare function a(text: "/*"): B;
export declare function unused(): void;
export interface B {
    /** In bytes. */
    readonly size: number; // always
}
`,
      "c.d.ts": `interface D {}\nexport type C = {\n    d: D;\n} | {\n    e: import("./e.js").E;\n};\nexport {};\n`,
      "e.d.ts": "export type E = 1;\n",
    });
    expect(surface).toBe(`export interface B {
    readonly size: number;
}

type C = {
    d: D;
} | {
    e: import("./e.js").E;
};

interface D {}

type E = 1;

export function a(text: "//"): C;
function a(text: "/*"): B;
`);
  });

  it("follows stars, other names and other packages", () => {
    const surface = surfaceOfFiles({
      "index.d.ts": `export * from "./a.js";\nexport { type Site } from "@core/bytes";\nexport { inner as outer } from "./b.js";\n`,
      "a.d.ts": "export declare const a = 1;\n",
      "b.d.ts": "declare const inner = 2;\nexport { inner };\n",
    });
    expect(surface).toBe(`export { Site } from "@core/bytes";

export const a = 1;

export as outer: const inner = 2;
`);
  });

  it("refuses what it does not understand", () => {
    expect(() => surfaceOfFiles({ "index.d.ts": "export default 1;\n" })).toThrow("not understood");
  });
});

it("knows which packages a changeset names", () => {
  const folder = mkdtempSync(join(tmpdir(), "changeset-"));
  mkdirSync(join(folder, "nested"));
  writeFileSync(join(folder, "one.md"), `---\n"@core/btf": minor\n---\n\nMore than "@core/elf": before.\n`);
  expect(hasChangeset("@core/btf", folder)).toBe(true);
  expect(hasChangeset("@core/elf", folder)).toBe(false);
  expect(hasChangeset("@core/bt", folder)).toBe(false);
  rmSync(folder, { recursive: true });
});
