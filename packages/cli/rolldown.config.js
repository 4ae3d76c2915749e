import { readFileSync } from "node:fs";
import { defineConfig } from "rolldown";

// The command in few files, as most of the time that a short run takes is spent on looking for files and reading them.
// What is loaded later stays apart, and so do the packages from npm that few runs need.
const BUNDLED = ["commander", "picocolors"];
const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

export default defineConfig({
  input: { "bpf-core": "dist/bin.js", worker: "dist/check/worker.js" },
  external: Object.keys(dependencies).filter((name) => !name.startsWith("@core/") && !BUNDLED.includes(name)),
  platform: "node",
  // As deep as what is in it was before, so that paths from there lead to the same files.
  output: {
    dir: "dist/bin",
    cleanDir: true,
    chunkFileNames: "[name]-[hash].js",
    codeSplitting: {
      groups: [
        // What every command reads files with, and its error, which what is loaded later has, too.
        { name: "file", test: /kernel-btf\/dist\/(?:node\/file|error|steps)\.js$/ },
        // What sizes and names of types take, which would be files of their own.
        { name: "format-type", test: /\/btf\/dist\/(?:pointer-size|resolve|format-type)\.js$/ },
      ],
    },
  },
});
