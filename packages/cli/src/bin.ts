#!/usr/bin/env node
import { main } from "./main.js";

// Whoever reads the report may stop early, as head does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = main(process.argv.slice(2));
