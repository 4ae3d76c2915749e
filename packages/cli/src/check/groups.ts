import { printable } from "@core/bytes";
import type { Cell } from "./digest.js";
import type { KernelEntry } from "./model.js";
import { formatCount } from "./words.js";

/** Kernels that share a column of a matrix. */
export interface Group {
  readonly name: string;
  readonly indices: readonly number[];
}

/** One column each, if that fits; else by version of kernel; else by distribution, or by architecture. */
export function groupsFor(kernels: readonly KernelEntry[], max: number): readonly Group[] {
  const levels: readonly ((kernel: KernelEntry) => string)[] = [
    ({ name }) => name,
    (kernel) => [kernel.distro, kernel.version, kernel.arch, minorOf(kernel)].filter(Boolean).join(" "),
    (kernel) => [kernel.distro, kernel.version, kernel.arch].filter(Boolean).join(" ") || minorOf(kernel),
    (kernel) => [kernel.distro, kernel.arch].filter(Boolean).join(" ") || majorOf(kernel),
    ({ arch }) => arch ?? "all",
    () => "all kernels",
  ];
  for (const level of levels) {
    const groups = new Map<string, number[]>();
    for (const [i, kernel] of kernels.entries()) {
      const name = level(kernel);
      groups.set(name, [...(groups.get(name) ?? []), i]);
    }
    if (groups.size <= max || level === levels.at(-1)) {
      return [...groups].map(([name, indices]) => {
        const only = indices.length === 1 ? kernels[indices[0] ?? -1] : undefined;
        return { name: printable(only?.name ?? name), indices };
      });
    }
  }
  return [];
}

/** The Linux version in a kernel's name, such as `[5, 10]`. */
export function versionOf(name: string): readonly [major: number, minor: number] | undefined {
  const [, major, minor] = /(?:^|[^\d.])(\d{1,3})\.(\d{1,3})/.exec(name.replace(/^.*\//s, "")) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

const minorOf = ({ name }: KernelEntry): string => versionOf(name)?.join(".") ?? "other";
const majorOf = ({ name }: KernelEntry): string => `${versionOf(name)?.[0] ?? "other"}.x`;

/** What a cell says: of one kernel how many programs do not load; of several on how many of them an object does not. */
export function summarize(
  { indices }: Group,
  cells: readonly Cell[],
): { readonly verdict: Cell["verdict"]; readonly text: string } {
  const own = indices.flatMap((i) => cells[i] ?? []);
  const only = indices.length === 1 ? own[0] : undefined;
  const count = (verdict: "fails" | "unknown"): number =>
    only === undefined ? own.filter((cell) => cell[verdict] > 0).length : only[verdict];
  if (count("fails") > 0) return { verdict: "fails", text: `${formatCount(count("fails"))} FAIL` };
  if (count("unknown") > 0) return { verdict: "unknown", text: `${formatCount(count("unknown"))} ?` };
  const isSkipped = own.every(({ verdict }) => verdict === "skipped");
  return isSkipped ? { verdict: "skipped", text: "-" } : { verdict: "loads", text: "ok" };
}

/** What the signs mean that are shown; empty where there are none. */
export function legendOf(
  groups: readonly Group[],
  cells: readonly { readonly verdict: Cell["verdict"] }[],
): string {
  const verdicts = new Set(cells.map(({ verdict }) => verdict));
  const signs = [
    ...(verdicts.has("fails") ? ["FAIL: programs that do not load"] : []),
    ...(verdicts.has("unknown") ? ["?: programs of which it cannot be told"] : []),
    ...(verdicts.has("skipped") ? ["-: another architecture"] : []),
  ];
  const isGrouped = groups.some(({ indices }) => indices.length > 1);
  if (isGrouped && signs.length > 0)
    signs.push("where a column has several kernels: kernels with such programs");
  return signs.join("; ");
}
