import { readFileSync } from "node:fs";
import { defineConfig } from "rolldown";

// The command in few files, as most of the time that a short run takes is spent on looking for files and reading them.
// What is loaded later stays apart, and so do the packages from npm that few runs need.
const BUNDLED = ["commander", "picocolors"];
/** commander asks for it at once, for commands in files of their own, of which there are none. It takes 3 ms to load. */
const noChildProcess = {
  name: "no-child-process",
  resolveId: (source, importer = "") =>
    source === "node:child_process" && importer.includes("commander") ? `\0${source}` : null,
  load: (id) => (id === "\0node:child_process" ? "export {};" : null),
};
const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

export default defineConfig({
  input: { "bpf-core": "dist/bin.js", worker: "dist/check/worker.js" },
  external: Object.keys(dependencies).filter((name) => !name.startsWith("@core/") && !BUNDLED.includes(name)),
  platform: "node",
  plugins: [noChildProcess],
  // As deep as what is in it was before, so that paths from there lead to the same files.
  output: {
    dir: "dist/bin",
    cleanDir: true,
    chunkFileNames: "[name]-[hash].js",
    // To read past the others takes the engine longer than to compile what a short run needs.
    comments: { legal: true, annotation: false, jsdoc: false },
    codeSplitting: {
      groups: [
        // What every command needs; and its error, which what is loaded later has, too.
        {
          name: "base",
          test: /\/(?:commander|picocolors|bytes\/dist)\/|rolldown\/runtime|cli\/dist\/common\/(?:commands|exit|output|version)\.js$|kernel-btf\/dist\/(?:node\/file|error|steps)\.js$/,
        },
        // What every command about types needs. The folder is asked for before, and a pager seldom.
        { name: "types", test: /\/btf\/dist\/[^/]+\.js$|cli\/dist\/common\/(?!pager|cache-folder)/ },
        { name: "relocate", test: /\/(?:elf|btf-ext|spec|matcher|insn-patch|relocate)\/dist\// },
      ],
    },
  },
});
