import type { Btf } from "@core/btf";
import { type ByteOrder, CoreError, copyBytes } from "@core/bytes";
import { arMembers } from "./ar.js";
import type { Decoder } from "./compression/decoder.js";
import { type Compression, compressionAt, DECODERS } from "./compression/index.js";
import { isBpfObject, isElsewhere, moduleName, readElf, sectionContent, wrappedKernels } from "./elf.js";
import { Fault, KernelBtfError } from "./error.js";
import { bzImagePayload, compressedOffsets, isLzo, zbootPayload } from "./image.js";
import { type Budget, budgetOf, charged, checkDepth, type FindOptions } from "./limits.js";
import { findKernelBtf, isKernel, readRaw } from "./raw.js";
import { HEAD, recognise } from "./recognise.js";
import { type Source, sourceOfBytes, sourceOfPieces } from "./source.js";
import { type Format, formatSteps, type Step } from "./steps.js";
import { tarEntries } from "./tar.js";

/**
 * What a BTF describes:
 *
 * - `kernel`: a kernel, whole;
 * - `module`: a kernel module; it is split, so parsing it takes its kernel's BTF as base;
 * - `object`: a BPF object, from an ELF file for BPF;
 * - `other`: anything else that is whole, such as BTF that was minimised for some objects.
 */
export type BtfKind = "kernel" | "module" | "object" | "other";

export interface FoundBtf {
  /**
   * The BTF, byte for byte as the `.BTF` section has it. A view of the input where nothing was compressed, else memory
   * of its own.
   */
  readonly bytes: Uint8Array;
  /** The same, parsed to find out what it is; undefined for a module's, which only its kernel's makes whole. */
  readonly btf: Btf | undefined;
  readonly order: ByteOrder;
  readonly kind: BtfKind;
  /** The name that a module gives itself in its `.modinfo`. */
  readonly name: string | undefined;
  /** What `.BTF.base` has: the part of its kernel's BTF that a module built apart from it was split from. */
  readonly distilledBase: Uint8Array | undefined;
  /** How it was reached, from the outside inwards. */
  readonly steps: readonly Step[];
}

/** What was looked at and has no BTF, and why. */
interface Miss {
  readonly steps: readonly Step[];
  readonly why: string;
}

interface Search {
  readonly input: Uint8Array;
  readonly budget: Budget;
  /** Where the search is. Something that is thrown leaves it as it was, so it tells where that happened. */
  readonly steps: Step[];
  readonly misses: Miss[];
}

/**
 * What is done with content that is not recognised: it may be a part of a kernel image, where BTF lies somewhere; or be
 * all that there is, and worth every effort; or one of many files in an archive.
 */
type Role = "all" | "part of an image" | "entry";

type Found = Generator<FoundBtf, void>;

/** The most of unknown content that is decompressed to be searched, in bytes. Kernel images are far smaller. */
const MAX_UNKNOWN = 2 ** 28;

/** How many places in an image are tried at which compressed data may start. */
const MAX_ATTEMPTS = 64;

/**
 * Every BTF in `bytes`, which may be: BTF; an ELF file (a vmlinux, a module, a BPF object); a kernel image of any
 * architecture; any of these compressed with gzip, xz, zstd, LZ4, LZMA or bzip2; a tar archive or a `.deb` package of
 * any of these. What something is, is told by its content, never by a name. Files in archives that are none of these
 * are passed over.
 *
 * The search goes on only as far as the caller asks for the next one. There may be none.
 *
 * @throws {KernelBtfError} `malformed`, `unsupported`, `too-large` or `too-deep`, when the search comes to such a place.
 * @example
 * for (const found of findBtfs(packageBytes)) console.log(found.kind, formatSteps(found.steps));
 */
export function findBtfs(bytes: Uint8Array, options: FindOptions = {}): Generator<FoundBtf, void> {
  return located(searchOf(bytes, options));
}

/**
 * The BTF in `bytes`: that of the kernel, or else the only one. A package is only searched up to the kernel. See
 * {@link findBtfs} for what `bytes` may be.
 *
 * @throws {KernelBtfError} as {@link findBtfs} does; `unrecognised` or `no-btf` when there is none; `several` when there
 * are several and none is a kernel's.
 * @example
 * const vmlinux = parseBtf(extractBtf(bytes).bytes);
 */
export function extractBtf(bytes: Uint8Array, options: FindOptions = {}): FoundBtf {
  const search = searchOf(bytes, options);
  const others: FoundBtf[] = [];
  let count = 0;
  for (const found of located(search)) {
    if (found.kind === "kernel") return found;
    count++;
    if (others.length < MAX_SHOWN) others.push(found);
  }
  const [only] = others;
  if (only === undefined) throw nothingFound(search);
  if (count === 1) return only;
  const shown = others.map(placeOf).join(", ");
  throw new KernelBtfError("several", `${count} BTFs, none of them a kernel's, such as of ${shown}`);
}

/** The file in an archive, by the last part of its name; the way to what is in none. */
function placeOf({ steps }: FoundBtf): string {
  const file = steps.findLast((step) => "entry" in step);
  return file?.entry.replace(/^.*\//s, "") ?? formatSteps(steps);
}

/** How many of a list a message shows. */
const MAX_SHOWN = 3;

function searchOf(input: Uint8Array, options: FindOptions): Search {
  return { input, budget: budgetOf(options), steps: [], misses: [] };
}

function* located(search: Search): Found {
  try {
    yield* explore(search, search.input, recognise(search.input.subarray(0, HEAD)), "all");
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, message, offset, cause } = error;
    // The place of a cause is in its own message.
    const site = offset === undefined || cause instanceof CoreError ? undefined : { offset };
    throw new KernelBtfError(code, message, search.steps.slice(), site, cause);
  }
}

function nothingFound({ input, misses }: Search): KernelBtfError {
  const [first] = misses;
  const format = recognise(input.subarray(0, HEAD));
  if (first === undefined && format === undefined) {
    if (input.length === 0) return new KernelBtfError("unrecognised", "is empty");
    const message =
      "neither BTF nor ELF, no kernel image, no archive, not compressed in a known way, and no kernel's BTF lies anywhere in it";
    return new KernelBtfError("unrecognised", message);
  }
  if (first === undefined) {
    const steps = format === undefined ? [] : [{ format }];
    const hint = format === "deb" ? ": is the kernel in another one that it depends on?" : "";
    return new KernelBtfError("no-btf", `nothing in it is BTF, an ELF file or a kernel image${hint}`, steps);
  }
  const others = misses.length - 1;
  const more = others === 0 ? "" : ` (and ${others} more without BTF)`;
  return new KernelBtfError("no-btf", first.why + more, first.steps);
}

/** Content that is wholly in memory. */
function* explore(search: Search, bytes: Uint8Array, format: Format | undefined, role: Role): Found {
  const { steps } = search;
  if (format === undefined) {
    if (role !== "entry") yield* exploreUnknown(search, bytes, role);
    return;
  }
  const depth = steps.push({ format });
  checkDepth(depth);
  switch (format) {
    case "BTF":
      yield found(search, bytes, undefined, undefined);
      break;
    case "ELF":
      yield* exploreElf(search, bytes, role);
      break;
    case "deb":
    case "ar":
      for (const { name, content } of arMembers(bytes)) {
        steps.push({ entry: name });
        yield* explore(search, content, entryFormat(content.subarray(0, HEAD)), "entry");
        steps.length = depth;
      }
      break;
    case "tar":
      yield* exploreTar(search, sourceOfBytes(bytes));
      break;
    case "bzImage":
      yield* explorePayload(search, bytes, bzImagePayload(bytes));
      break;
    case "EFI zboot image":
      yield* explorePayload(search, bytes, zbootPayload(bytes));
      break;
    default:
      if (isCompression(format)) yield* exploreCompressed(search, DECODERS[format](bytes), role);
      else if (!(yield* exploreImage(search, bytes))) missKernel(search);
  }
  steps.length = depth - 1;
}

/** Of a file among many. LZMA has no magic number, so one of them may well look like it without being it. */
function entryFormat(head: Uint8Array): Format | undefined {
  const format = recognise(head);
  return format === "lzma" ? undefined : format;
}

const isCompression = (format: Format): format is Compression => format in DECODERS;

/** Notes where the search is, as a place without BTF. */
function miss({ steps, misses }: Search, why: string): void {
  misses.push({ steps: steps.slice(), why });
}

const HINT = "was the kernel built with CONFIG_DEBUG_INFO_BTF=y?";
const missKernel = (search: Search) => miss(search, `a kernel image without a kernel's BTF: ${HINT}`);

function found(
  search: Search,
  bytes: Uint8Array,
  kind: BtfKind | undefined,
  module: { readonly name: string | undefined; readonly base: Uint8Array | undefined } | undefined,
): FoundBtf {
  const own = owned(search, bytes);
  const { btf, order, isSplit } = readRaw(own);
  return {
    bytes: own,
    btf,
    order,
    kind: kind ?? (isSplit ? "module" : btf !== undefined && isKernel(btf) ? "kernel" : "other"),
    name: module?.name,
    distilledBase: module?.base && owned(search, module.base),
    steps: search.steps.slice(),
  };
}

/** Not a view of something decompressed, which is many times as large. */
function owned({ input }: Search, bytes: Uint8Array): Uint8Array {
  return bytes.buffer === input.buffer ? bytes : copyBytes(bytes);
}

/** Content that is being decompressed. An archive in it is never in memory as a whole. */
function* exploreCompressed(search: Search, pieces: ReturnType<Decoder>, role: Role): Found {
  const source = sourceOfPieces(charged(search.budget, pieces));
  const format = recognise(source.peek(HEAD));
  if (format === "tar") {
    const depth = search.steps.push({ format });
    checkDepth(depth);
    yield* exploreTar(search, source);
    search.steps.length = depth - 1;
  } else if (format !== undefined) {
    yield* explore(search, source.read(Number.POSITIVE_INFINITY), format, role);
  } else if (role !== "entry") {
    const content = source.read(MAX_UNKNOWN + 1);
    if (content.length > MAX_UNKNOWN) {
      const message = `what is in it is of no known kind, and more than the ${MAX_UNKNOWN} bytes that are searched`;
      throw new Fault("too-large", message);
    }
    yield* explore(search, content, undefined, role);
  }
}

function* exploreTar(search: Search, source: Source): Found {
  const depth = search.steps.length;
  for (const { name, size } of tarEntries(source)) {
    const format = entryFormat(source.peek(Math.min(size, HEAD)));
    if (format === undefined) continue;
    search.steps.push({ entry: name });
    // What is cut off is so for the archive too, which says so when it goes on.
    const content = source.read(size);
    if (content.length === size) yield* explore(search, content, format, "entry");
    search.steps.length = depth;
  }
}

function* exploreElf(search: Search, bytes: Uint8Array, role: Role): Found {
  const elf = readElf(bytes);
  const section = sectionContent(elf, ".BTF");
  if (section !== undefined && isElsewhere(section)) {
    miss(
      search,
      "its .BTF section has no contents: they are in the file that the debug information was taken out of",
    );
    return;
  }
  if (section !== undefined) {
    const base = sectionContent(elf, ".BTF.base");
    const depth = search.steps.push({ section: ".BTF" });
    const content = contentOf(search, section);
    const distilled = base && contentOf(search, base);
    const module = { name: moduleName(elf), base: distilled?.length === 0 ? undefined : distilled };
    yield found(search, content, isBpfObject(elf) ? "object" : undefined, module);
    search.steps.length = depth - 1;
    return;
  }
  if (isBpfObject(elf)) {
    miss(search, "a BPF object without a .BTF section: was it compiled with -g?");
    return;
  }
  for (const wrapped of wrappedKernels(elf)) if (yield* exploreImage(search, wrapped)) return;
  if (role !== "entry" && (yield* exploreImage(search, bytes))) return;
  miss(search, `an ELF file without a .BTF section. If it is a kernel or a module, ${HINT}`);
}

function contentOf(search: Search, section: NonNullable<ReturnType<typeof sectionContent>>): Uint8Array {
  const { bytes, compression } = section;
  if (compression === undefined) return bytes;
  return sourceOfPieces(charged(search.budget, compression.decode(bytes))).read(Number.POSITIVE_INFINITY);
}

/** A payload at a place that the image tells, or else an image like any other. */
function* explorePayload(search: Search, image: Uint8Array, payload: Uint8Array | undefined): Found {
  const before = search.misses.length;
  if (payload === undefined) {
    if (!(yield* exploreImage(search, image))) missKernel(search);
    return;
  }
  if (isLzo(payload)) throw new Fault("unsupported", "its payload is compressed with LZO");
  let any = false;
  for (const one of explore(search, payload, recognise(payload.subarray(0, HEAD)), "part of an image")) {
    any = true;
    yield one;
  }
  if (!any && search.misses.length === before) missKernel(search);
}

/** Bytes of no known kind. */
function* exploreUnknown(search: Search, bytes: Uint8Array, role: Role): Found {
  const isInside = search.steps.length > 0;
  const depth = search.steps.push({ format: "image" });
  checkDepth(depth);
  const isFound = yield* role === "all" ? exploreImage(search, bytes) : exploreFlat(search, bytes);
  search.steps.length = depth - 1;
  if (isFound) return;
  if (role === "part of an image") missKernel(search);
  else if (isInside) miss(search, "what is in it is neither BTF nor ELF, no kernel image and no archive");
}

/** A kernel's BTF that lies somewhere in the bytes. Returns whether there was one. */
function* exploreFlat(search: Search, bytes: Uint8Array): Generator<FoundBtf, boolean> {
  const raw = findKernelBtf(bytes);
  if (raw === undefined) return false;
  search.steps.push({ format: "BTF" });
  yield found(search, raw.bytes, "kernel", undefined);
  search.steps.pop();
  return true;
}

/**
 * An image that does not tell where its kernel is: its BTF lies somewhere in it, or in something compressed that does,
 * as scripts/extract-vmlinux of Linux looks for it. Returns whether there was one.
 */
function* exploreImage(search: Search, bytes: Uint8Array): Generator<FoundBtf, boolean> {
  if (yield* exploreFlat(search, bytes)) return true;
  const { steps, misses } = search;
  const depth = steps.length;
  const missed = misses.length;
  let attempts = 0;
  for (const at of compressedOffsets(bytes, 0)) {
    const format = compressionAt(bytes, at);
    if (format === undefined || attempts++ >= MAX_ATTEMPTS) break;
    let any = false;
    try {
      steps.push({ format });
      for (const one of exploreCompressed(search, DECODERS[format](bytes.subarray(at)), "part of an image")) {
        // A BPF object that the kernel carries along is not what was looked for.
        if (one.kind !== "kernel") continue;
        any = true;
        yield one;
      }
    } catch (error) {
      // What only looked like compressed data.
      if (!(error instanceof Fault) || error.code === "too-large") throw error;
    }
    steps.length = depth;
    misses.length = missed;
    if (any) return true;
  }
  return false;
}
