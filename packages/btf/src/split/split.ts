import type { Btf } from "../btf.js";
import { BtfError } from "../error.js";
import { parseBtf, scanBtf } from "../parse.js";
import { wordAt } from "../words.js";
import { bytesWith, eachStringWord, eachTypeWord, mapWords, recordsOf } from "../write/records.js";
import { type DistilledMatch, matchDistilled } from "./distilled.js";
import { type BaseMismatch, distilledMismatch } from "./mismatch.js";
import { checkReferences } from "./plausible.js";

export interface SplitOptions {
  /** What the module's `.BTF.base` has: the part of its kernel's BTF that it was split from. */
  readonly distilledBase?: Uint8Array;
}

/** Split BTF on the base that it was given, or why it does not belong there. */
export type SplitBtf =
  | {
      readonly matches: true;
      readonly btf: Btf;
      /** What it was parsed from: the bytes given, or with a distilled base what they became. */
      readonly bytes: Uint8Array;
      readonly warnings: readonly SplitWarning[];
    }
  | { readonly matches: false; readonly mismatch: BaseMismatch };

export interface SplitWarning {
  readonly code: "empty-strings";
  readonly message: string;
}

/**
 * Parses a kernel module's BTF on top of a kernel's, and tells when they do not belong together.
 *
 * With a distilled base every type of that is looked for in the kernel's, and the module's references are changed to
 * those that were found (libbpf: btf__relocate, whose rules of what is the same are kept). Without one the module's
 * type ids and string offsets have to be the kernel's. Those of another kernel are often in range, too; that is told
 * by names that start amid others and by references to types that cannot be meant, such as a pointer to a
 * function's name, of which no compiler makes any.
 *
 * @throws BtfError for malformed bytes; `distilled-base` when that is none; `too-complex`; `unwritable` for kinds that
 * this library does not know, where references have to be changed.
 */
export function parseSplitBtf(bytes: Uint8Array, base: Btf, { distilledBase }: SplitOptions = {}): SplitBtf {
  if (distilledBase !== undefined) return relocated(bytes, parseBtf(distilledBase), base);
  const mismatch = checkReferences(scanBtf(bytes, { base }).btf);
  return mismatch.unresolved > 0 ? { matches: false, mismatch } : matching(bytes, base);
}

function matching(bytes: Uint8Array, base: Btf): SplitBtf {
  const btf = parseBtf(bytes, { base });
  const message = "its string section is empty: all of its names are its base's";
  const warnings = btf.strings.length === 0 ? [{ code: "empty-strings" as const, message }] : [];
  return { matches: true, btf, bytes, warnings };
}

function relocated(bytes: Uint8Array, distilled: Btf, base: Btf): SplitBtf {
  const split = parseBtf(bytes, { base: distilled });
  const match = matchDistilled(distilled, split, base);
  if (match.unmatched.length > 0) {
    return { matches: false, mismatch: distilledMismatch(distilled, base, match.unmatched) };
  }
  return matching(rebasedBytes(split, distilled, base, match), base);
}

/** The module's bytes, with ids and string offsets of the kernel in place of those of the distilled base. */
function rebasedBytes(split: Btf, distilled: Btf, base: Btf, { ids, names }: DistilledMatch): Uint8Array {
  const records = recordsOf(split);
  mapWords(records, eachTypeWord, (id) =>
    id < distilled.endId ? wordAt(ids, id) : id - distilled.endId + base.endId,
  );
  mapWords(records, eachStringWord, (offset) => {
    if (offset >= distilled.stringEnd) return offset - distilled.stringEnd + base.stringEnd;
    const name = names.get(offset);
    if (name !== undefined) return name;
    throw new BtfError(
      "distilled-base",
      `the string at ${offset} of the distilled base is no name of a type`,
    );
  });
  return bytesWith(split, records);
}
