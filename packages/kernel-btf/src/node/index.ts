export {
  type FoundFile,
  type FoundKernel,
  type KernelOptions,
  kernelBtfPaths,
  kernelReleases,
  readKernelBtf,
  readModuleBtfs,
} from "./kernel.js";
