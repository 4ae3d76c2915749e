// `pnpm mutation`: changes the sources of layers in small ways, and holds what no test notices against survivors.json,
// which says of each such change why none can. Writes docs/mutation.md. `pnpm mutation spec` does one layer and
// writes nothing. What else is given is for Stryker: results are used again where neither the code nor its tests
// changed; `--force` tries all, as a change in another layer or in the tests' data needs.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compiles } from "./compiles.mjs";
import { complaintsOf, formatPage, LAYERS, mutantsOf } from "./report.mjs";

const here = import.meta.dirname;
const args = process.argv.slice(2).filter((argument) => argument !== "--");
const named = args.filter((argument) => LAYERS.includes(argument));
const options = args.filter((argument) => !LAYERS.includes(argument));
const reasons = JSON.parse(readFileSync(join(here, "survivors.json"), "utf8"));

/** Keeps what is killed. Stryker would not try a survivor again for the sake of a new test where it is a constant. */
function forgetSurvivors(path) {
  if (!existsSync(path)) return;
  const report = JSON.parse(readFileSync(path, "utf8"));
  for (const file of Object.values(report.files)) {
    file.mutants = file.mutants.filter(({ status }) => status === "Killed");
  }
  writeFileSync(path, JSON.stringify(report));
}

const results = [];
for (const layer of named.length > 0 ? named : LAYERS) {
  console.log(`Mutating ${layer}`);
  const folder = join(here, "../../packages", layer);
  const known = join(here, "reports", layer, "incremental.json");
  forgetSurvivors(known);
  const { status } = spawnSync(
    join(here, "node_modules/.bin/stryker"),
    ["run", join(here, "stryker.config.mjs"), ...options],
    { cwd: folder, env: { ...process.env, LAYER: layer }, stdio: "inherit" },
  );
  if (status !== 0) process.exit(1);
  const report = JSON.parse(readFileSync(known, "utf8"));
  const mutants = mutantsOf(report).map((mutant) =>
    mutant.fate === "survived" && !compiles(folder, mutant) ? { ...mutant, fate: "refused" } : mutant,
  );
  results.push({ layer, mutants, reasons: reasons[layer] ?? [] });
}

const complaints = results.flatMap(complaintsOf);
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
else if (named.length === 0) writeFileSync(join(here, "../../docs/mutation.md"), formatPage(results));
