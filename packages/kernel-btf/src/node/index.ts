export { readRegularFile } from "./files.js";
export {
  type FoundFile,
  type KernelOptions,
  kernelBtfPaths,
  kernelReleases,
  readKernelBtf,
  readModuleBtfs,
} from "./kernel.js";
