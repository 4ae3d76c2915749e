// A process that runs the command once for each of STEPS, and writes a line about each: what is missing came to no end.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** @type {{ from: string, path: string, length: number } | undefined} */
let resized;
const read = fs.readSync;
// Somebody else changes a file when it is open and its size is known.
fs.readSync = (file, ...rest) => {
  if (resized !== undefined && fs.readlinkSync(`/proc/self/fd/${file}`) === resized.path) {
    fs.truncateSync(resized.path, resized.length);
    resized = undefined;
  }
  return read(file, ...rest);
};
syncBuiltinESMExports();

const { main } = await import("../dist/index.js");
for (const step of JSON.parse(process.env.STEPS)) {
  let text = "";
  const write = (data) => {
    text += data.toString();
  };
  const output = { write, colors: false, columns: undefined, rows: undefined };
  // Node's realpathSync takes the last stat of a pipe for one of its own: modules are not found where links lead.
  fs.statSync(import.meta.filename);
  resized = step.resized;
  if (resized !== undefined) fs.copyFileSync(resized.from, resized.path);
  const exitCode = await main(step.args, { stdout: output, stderr: output, kernelPaths: [] });
  fs.writeSync(1, `${JSON.stringify({ exitCode, text })}\n`);
}
