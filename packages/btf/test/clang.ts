import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CLANG = "clang-16";
const FLAGS = ["-std=gnu11", "-Wall", "-Wextra", "-x", "c", "-"];

const isInstalled = spawnSync(CLANG, ["--version"]).status === 0;

/** Whether there is a clang to ask, which CI must have. */
export function hasClang(): boolean {
  if (!isInstalled && process.env["CI"] === "true")
    throw new Error("no clang-16: apt-get install clang-16 llvm-16");
  return isInstalled;
}

/** What clang has to say about C for a target, with all warnings: nothing at best. */
export function complaintsOf(c: string, target: string): string {
  const { status, stderr } = spawnSync(CLANG, ["-target", target, "-fsyntax-only", ...FLAGS], {
    input: c,
    encoding: "utf8",
  });
  return status === 0 ? stderr : stderr || `${CLANG} failed`;
}

/** The BTF that clang makes of C. */
export function btfOfC(c: string, target: "bpfel" | "bpfeb"): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "clang-"));
  try {
    const object = join(folder, "types.o");
    const btf = join(folder, "types.btf");
    must(CLANG, ["-target", target, "-g", "-c", "-o", object, ...FLAGS], c);
    must("llvm-objcopy-16", ["--dump-section", `.BTF=${btf}`, object], "");
    return new Uint8Array(readFileSync(btf));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function must(program: string, args: readonly string[], input: string): void {
  const { status, stderr } = spawnSync(program, args, { input, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}
