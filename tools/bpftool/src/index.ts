export { type Bpftool, findBpftool, runBpftool } from "./bpftool.js";
