// `pnpm mutation spec insn-patch`: changes the sources of layers in small ways, and reports the changes that no test
// notices. By default all the layers that are held to it.

import { spawnSync } from "node:child_process";
import { join } from "node:path";

const names = process.argv.slice(2).filter((argument) => argument !== "--");
for (const layer of names.length > 0 ? names : ["insn-patch", "spec", "matcher"]) {
  console.log(`Mutating ${layer}`);
  const { status } = spawnSync(
    join(import.meta.dirname, "node_modules/.bin/stryker"),
    ["run", join(import.meta.dirname, "stryker.config.mjs")],
    {
      cwd: join(import.meta.dirname, "../../packages", layer),
      env: { ...process.env, LAYER: layer },
      stdio: "inherit",
    },
  );
  if (status !== 0) process.exitCode = 1;
}
