// Runs turbo in a clone that may be fresh: `node tools/bootstrap/turbo.mjs run build`.

import { prepare, run, turbo } from "./workspace.mjs";

process.exitCode = run(turbo(process.argv.slice(2), prepare()));
