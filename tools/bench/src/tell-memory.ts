// Loaded before a command, with --import: writes the most memory that the process had to standard error when it ends.

import { writeSync } from "node:fs";
import { peakMemory } from "./peak-memory.js";

process.on("exit", () => writeSync(process.stderr.fd, String(peakMemory())));
