export {
  type FoundFile,
  type KernelOptions,
  kernelBtfPaths,
  kernelReleases,
  readKernelBtf,
  readModuleBtfs,
} from "./kernel.js";
