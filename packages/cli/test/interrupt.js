// Loaded before the command: interrupts it, as Ctrl-C does, as soon as its first file is in its place.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const rename = fs.renameSync;
fs.renameSync = (...args) => {
  fs.renameSync = rename;
  syncBuiltinESMExports();
  rename(...args);
  process.kill(process.pid, "SIGINT");
};
syncBuiltinESMExports();
