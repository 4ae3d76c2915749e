// Does one job once, in this process, and prints as JSON how long it took and how much memory. The engine is set up as
// the command sets it up.

import { tuneEngine } from "@core/cli";
import { findJobs } from "./jobs.js";
import { peakMemory } from "./peak-memory.js";

const [name = ""] = process.argv.slice(2);
const job = findJobs().find((one) => one.name === name);
if (job === undefined) throw new Error(`no job ${name}`);
tuneEngine();
const before = process.memoryUsage.rss();
const start = process.hrtime.bigint();
// Kept until memory has been measured.
const result = job.run(job.files);
const ns = Number(process.hrtime.bigint() - start);
const memory = peakMemory() - before;
if (result === undefined) throw new Error(`${name} came to nothing`);
console.log(JSON.stringify({ ns, memory }));
