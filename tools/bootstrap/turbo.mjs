// Runs turbo in a clone that may be fresh: `node tools/bootstrap/turbo.mjs run build`.

import { prepare, turbo } from "./workspace.mjs";

process.exitCode = turbo(process.argv.slice(2), prepare());
