import { diffJobs } from "./diff.js";
import { dumpJobs } from "./dump.js";
import type { Job } from "./job.js";
import { minimizeJobs } from "./minimize.js";

export const findJobs = (): readonly Job[] => [...diffJobs(), ...dumpJobs(), ...minimizeJobs()];
