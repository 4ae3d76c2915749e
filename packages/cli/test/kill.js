// Loaded before the command: ends the process, as kill -9 does, at one of its calls to the file system since it began to
// write a file; of a write also in its middle.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

let left = Number(process.env.KILL_AT);
let writes = false;
const killAtLast = () => {
  if (writes && left-- === 0) process.kill(process.pid, "SIGKILL");
};

for (const name of ["openSync", "fchmodSync", "fsyncSync", "closeSync", "renameSync"]) {
  const call = fs[name];
  fs[name] = (...args) => {
    writes ||= args[1] === "wx";
    killAtLast();
    return call(...args);
  };
}
const write = fs.writeFileSync;
fs.writeFileSync = (file, data, ...rest) => {
  killAtLast();
  if (!writes) return write(file, data, ...rest);
  write(file, data.subarray(0, data.length / 2));
  killAtLast();
  return write(file, data.subarray(data.length / 2));
};
syncBuiltinESMExports();
