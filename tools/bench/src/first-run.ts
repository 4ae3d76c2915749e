// Runs one case once in a process of its own, where no code is compiled yet, and prints its nanoseconds.

import { CASES, isCaseName } from "./cases.js";

const [name = "", target = "", object = ""] = process.argv.slice(2);
if (!isCaseName(name)) throw new Error(`no case ${name}`);
const timed = CASES[name].prepare({ target, object });
const start = process.hrtime.bigint();
timed();
console.log(String(process.hrtime.bigint() - start));
