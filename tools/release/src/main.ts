// `pnpm release`: turns changesets into versions and changelogs and publishes; with --dry-run shows what would be.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { run } from "@core/corpus/archive";
import { copyWorkspace, filesIn, pack, publishedPackages, ROOT } from "./packages.js";

/** Does all of it in a copy, but to publish. */
function dryRun(): void {
  const copy = mkdtempSync(join(tmpdir(), "release-"));
  try {
    copyWorkspace(copy, { built: true });
    run("pnpm", ["changeset", "version"], { cwd: copy });
    for (const one of publishedPackages(copy)) {
      const tarball = pack(one, copy);
      const { name, version } = one.manifest;
      console.log(
        `${name} ${version}: ${filesIn(tarball).length} files, ${readFileSync(tarball).length} bytes`,
      );
      const changelog = join(one.folder, "CHANGELOG.md");
      if (existsSync(changelog)) console.log(indent(newest(readFileSync(changelog, "utf8"))));
    }
    console.log("\nNothing was changed or published.");
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** The entries of a changelog's first version. */
const newest = (changelog: string): string => (changelog.split(/^## /m)[1] ?? "").replace(/^.*\n/, "").trim();

const indent = (text: string): string => text.replace(/^(?=.)/gm, "    ");

const { values } = parseArgs({ options: { "dry-run": { type: "boolean", default: false } } });

if (values["dry-run"]) {
  dryRun();
} else {
  const inRoot = { cwd: ROOT };
  run("pnpm", ["prepare-release"], inRoot);
  console.log(run("pnpm", ["--recursive", "publish", "--access=public"], inRoot).toString());
}
