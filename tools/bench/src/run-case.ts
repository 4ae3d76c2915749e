// Runs one case over and over for some seconds, to be profiled.

import { CASES, isCaseName } from "./cases.js";

const SECONDS = 3;

const [name = "", target = "", object = ""] = process.argv.slice(2);
if (!isCaseName(name)) throw new Error(`no case ${name}`);
const { prepare, once } = CASES[name];
const end = Date.now() + SECONDS * 1000;
let timed = prepare({ target, object });
while (Date.now() < end) {
  timed();
  if (once) timed = prepare({ target, object });
}
