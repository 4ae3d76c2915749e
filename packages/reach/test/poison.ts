import type { Relocated } from "@core/relocate";
import { type Knowledge, type LinkedObject, linkProgram, poisonedPlaces, reachOf } from "../src/index.js";

/** Whether any of a program's poison is reached; `guarded` when none is. */
export function poisonOf(
  linked: LinkedObject,
  relocated: Relocated,
  name: string,
  knowledge: Knowledge,
): "reached" | "unknown" | "guarded" {
  const program = linked.object.programs.find((one) => one.name === name);
  if (program === undefined) throw new Error(`no program ${name}`);
  const linkedProgram = linkProgram(linked, program);
  const places = poisonedPlaces(linkedProgram, relocated);
  const kinds = reachOf(linkedProgram, relocated, places, knowledge).map(({ kind }) => kind);
  return (["reached", "unknown"] as const).find((kind) => kinds.includes(kind)) ?? "guarded";
}

/** What libbpf finds out about a kernel of this release, besides what it finds in `options`. */
export function knowledgeOf(release: string, options: Readonly<Record<string, number>> = {}): Knowledge {
  const [major = 0, minor = 0, patch = 0] = release.split(/[.+-]/).map(Number);
  const values = new Map(
    Object.entries({
      LINUX_KERNEL_VERSION: (major << 16) | (minor << 8) | Math.min(patch, 255),
      LINUX_HAS_BPF_COOKIE: major > 5 || (major === 5 && minor >= 15) ? 1 : 0,
      ...options,
    }),
  );
  return {
    kconfig: (name) => {
      const value = values.get(name);
      return value === undefined ? undefined : BigInt(value);
    },
  };
}
