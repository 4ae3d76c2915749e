// `npm test`: every check of the workspace and every test of its packages. What has not changed since it
// last passed is not run again. Arguments go to turbo: `npm test -- --filter=@core/btf`.

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { countsOf, sum } from "./counts.mjs";
import { prepare, ROOT, run, say, turbo } from "./workspace.mjs";

const CHECKS = ["layers", "lint", "knip", "typecheck", "test", "lint:package"];

/** What some tests use where the machine has it. @type {Record<string, boolean>} */
const MACHINE = {
  "clang-16": hasCommand("clang-16"),
  bpftool: hasCommand("bpftool"),
  readelf: hasCommand("readelf"),
  gcc: hasCommand("gcc"),
  xz: hasCommand("xz"),
  "the libbpf harness": existsSync(join(ROOT, "tools/conformance/build/info.json")),
  "BTF of the running kernel": existsSync("/sys/kernel/btf/vmlinux"),
  "a corpus of real kernels": ["tools/corpus/data", "../shared/corpus"].some((path) =>
    existsSync(join(ROOT, path)),
  ),
};

const isCi = process.env.CI === "true";
const env = prepare();

say("Checking formatting, lint, layers, unused code, types and packages, and running all tests");
const names = Object.keys(MACHINE);
const absent = names.filter((name) => !MACHINE[name]);
if (absent.length > 0) {
  console.log(
    `  Not on this machine: ${absent.join(", ")}. Tests that need them ${isCi ? "fail" : "are skipped"}.`,
  );
}

const logs = ["packages", "tools"].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name, ".turbo/turbo-test.log")),
);
for (const log of logs) rmSync(log, { force: true });
const status = run(
  turbo(
    [
      "run",
      ...CHECKS,
      "--continue=dependencies-successful",
      "--log-order=grouped",
      ...(isCi ? ["--output-logs=full"] : []),
      ...process.argv.slice(2),
    ],
    // Part of the key that results are kept under: a test that was skipped for the lack of something runs when it
    // is there.
    { ...env, BPF_CORE_MACHINE: names.filter((name) => MACHINE[name]).join() },
  ),
);

const { passed, failed, skipped } = sum(
  logs.filter((log) => existsSync(log)).map((log) => countsOf(readFileSync(log, "utf8"))),
);
const isIncomplete = isCi && skipped > 0;
if (skipped > 0) console.log(`${skipped} skipped${isCi ? ": none may be in CI" : ""}`);
process.exitCode = status || Number(isIncomplete);
// A check that is no test fails the run as well, so it is never "0 failed".
console.log(`${passed} passed, ${failed || process.exitCode} failed`);

/** @type {(name: string) => boolean} */
function hasCommand(name) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));
}
