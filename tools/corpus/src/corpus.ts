import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { decompressed } from "./cache.js";

const PACKAGE = resolve(import.meta.dirname, "..");

/** Where `pnpm corpus` builds. */
export const DATA = join(PACKAGE, "data");

/** A folder of real kernels, modules and objects. */
export interface Corpus {
  readonly path: string;
}

/** A kernel's or a module's BTF. */
export interface BtfFile {
  /** A kernel's release, such as `6.1.0-56-cloud-amd64`, or a module's name. */
  readonly name: string;
  /** A file with the raw BTF, decompressed. */
  readonly path: string;
}

export interface ObjectFile {
  /** `<package>_<version>_<architecture>/<program>.bpf.o`, the same on every machine. */
  readonly name: string;
  readonly path: string;
}

/** What libbpf did with one CO-RE relocation. Names are those of libbpf's answers in a corpus. */
export interface RelocationAnswer {
  readonly sec: string;
  /** In bytes from the section's start. */
  readonly insn_off: number;
  readonly kind: number;
  readonly type_id: number;
  readonly access: string;
  /** The root type's name. */
  readonly root: string;
  /** The function; null when the record lies in none, and libbpf skips it. */
  readonly prog: string | null;
  /** A negative errno, or 0. With an error, what was not computed is false or 0. */
  readonly err: number;
  /** The result asks for poison. */
  readonly poison: boolean;
  /** The instruction became the bad call. */
  readonly poisoned: boolean;
  readonly validate: boolean;
  /** Decimal, unsigned 64-bit. */
  readonly orig: string;
  /** Decimal, unsigned 64-bit. */
  readonly new: string;
  /** Of the accessed field, in bytes; 0 where it does not apply. */
  readonly orig_sz: number;
  /** Of the accessed field, in bytes; 0 where it does not apply. */
  readonly new_sz: number;
  /** The access size cannot be adjusted. */
  readonly fail_memsz: boolean;
  /** The patched instruction, 8 or 16 bytes in hex. */
  readonly insn: string;
}

/** What libbpf did with one object. */
export interface ObjectAnswer<Relocation = RelocationAnswer> {
  /** Its name in the corpus. */
  readonly object: string;
  /** 0, or the negative errno for which the object could not be read. */
  readonly rc: number;
  /** In the order of the records. */
  readonly relos: readonly Relocation[];
  /** SHA-256 in hex of each section with records, after all patches. */
  readonly sections: Readonly<Record<string, string>>;
}

/**
 * The corpus that was built here, else the one shared beside the checkout; undefined when there is neither.
 *
 * @throws Error when there is neither and the environment says `CI=true`: a test must not be skipped there.
 */
export function findCorpus(): Corpus | undefined {
  const path = [DATA, resolve(PACKAGE, "../../../shared/corpus")].find((folder) =>
    existsSync(join(folder, "kernels")),
  );
  if (path !== undefined) return { path };
  if (process.env["CI"] === "true") {
    throw new Error("no corpus: tools/corpus/data is not built and ../shared/corpus is not there");
  }
  return undefined;
}

function btfFiles(folder: string): readonly BtfFile[] {
  return list(folder, ".btf.xz").map((name) => ({
    name,
    get path() {
      return decompressed(join(folder, `${name}.btf.xz`));
    },
  }));
}

/** Names in a folder that end in `suffix`, without it, sorted; none when the folder is not there. */
function list(folder: string, suffix: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, name.length - suffix.length))
    .sort();
}

export function kernelsOf(corpus: Corpus): readonly BtfFile[] {
  return btfFiles(join(corpus.path, "kernels"));
}

/** The modules of a kernel, split BTF on top of the kernel's; there may be none. */
export function modulesOf(corpus: Corpus, kernel: string): readonly BtfFile[] {
  return btfFiles(join(corpus.path, "modules", kernel));
}

export function objectsOf(corpus: Corpus): readonly ObjectFile[] {
  const folder = join(corpus.path, "objects");
  return list(folder, "").flatMap((source) =>
    list(join(folder, source), ".o").map((name) => ({
      name: `${source}/${name}.o`,
      path: join(folder, source, `${name}.o`),
    })),
  );
}

/** A file's bytes; for a {@link BtfFile} decompressed, by `xz` the first time and then from the user's cache. */
export function readBytes({ path }: BtfFile | ObjectFile): Uint8Array {
  return readFileSync(path);
}

/** Where a corpus has libbpf's answers for a kernel. */
export function answersPath(corpus: Corpus, kernel: string): string {
  return join(corpus.path, "libbpf", `${kernel}.jsonl`);
}

/**
 * libbpf's answers for every object with relocations against a kernel, one at a time.
 *
 * @throws Error when the corpus has none for it: comparing with nothing would look like agreement.
 */
export function* answersOf(corpus: Corpus, kernel: string): Generator<ObjectAnswer> {
  const path = answersPath(corpus, kernel);
  if (!existsSync(path)) throw new Error(`${path} is not there: \`pnpm answers\` makes it`);
  for (const line of readFileSync(path, "utf8").split("\n")) if (line !== "") yield JSON.parse(line);
}

/** What a real kernel said when a program was loaded, alone. */
export interface LoadAnswer {
  /** Its object's name in the corpus. */
  readonly object: string;
  readonly program: string;
  readonly section: string;
  /** The program type, such as `kprobe`. */
  readonly type: string;
  /** `loads`, or what kept it from loading, such as `poison-reached`. */
  readonly class: string;
  /** The telling lines of the kernel or libbpf; none when it loads. */
  readonly error?: string;
  /** Instructions, those of its subprograms included. */
  readonly insns: number;
  /** Poisoned instructions among them. */
  readonly poison: number;
}

/** The kernels that programs of the corpus were loaded on, each with its answers; none in a corpus built here. */
export function loadAnswersOf(
  corpus: Corpus,
): readonly { readonly name: string; readonly kernel: string; readonly answers: readonly LoadAnswer[] }[] {
  const folder = join(corpus.path, "truth");
  return list(folder, ".jsonl").map((name) => ({
    name,
    // What follows the kernel's name tells which objects were loaded.
    kernel: name.replace(/\.[^.]*-objects$/, ""),
    answers: readFileSync(join(folder, `${name}.jsonl`), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line): LoadAnswer => JSON.parse(line)),
  }));
}

/** What a kernel said when one program of an object was loaded alone. */
export interface ProgramTruth {
  /** The object's name in the corpus. */
  readonly object: string;
  readonly program: string;
  readonly section: string;
  /** `loads`, `needs-setup` where the loading program fills in what it attaches to, or what the kernel refused. */
  readonly class: string;
  /** The kernel's or libbpf's telling lines. */
  readonly error?: string;
}

/** What one booted kernel said. */
export interface Truth {
  /** The kernel's release, with the architecture of the objects behind it where that is another one. */
  readonly name: string;
  readonly kernel: BtfFile;
  readonly programs: readonly ProgramTruth[];
}

/** What real kernels said of a corpus's objects; nothing where none was asked. */
export function truthsOf(corpus: Corpus): readonly Truth[] {
  const folder = join(corpus.path, "truth");
  const kernels = kernelsOf(corpus);
  return list(folder, ".jsonl").flatMap((name) => {
    const kernel = kernels.findLast((one) => name === one.name || name.startsWith(`${one.name}.`));
    if (kernel === undefined) return [];
    const lines = readFileSync(join(folder, `${name}.jsonl`), "utf8").split("\n");
    return [{ name, kernel, programs: lines.filter((line) => line !== "").map((line) => JSON.parse(line)) }];
  });
}
