import { readFileSync } from "node:fs";

/** The most memory that this process had so far, in bytes. */
export function peakMemory(): number {
  // What `resourceUsage` tells begins with what the parent had when it started this process.
  if (process.platform !== "linux") return 1024 * process.resourceUsage().maxRSS;
  return 1024 * Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}
