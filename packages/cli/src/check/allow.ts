import { printable } from "@core/bytes";
import type { Reason } from "@core/check";

/** A known failure. */
export interface AllowEntry {
  readonly object: string;
  readonly kernel: string;
  readonly program: string;
  readonly code: string;
  readonly subject: string;
  readonly reason: string;
  /** The last day on which it counts, `2026-12-31`; null for always. */
  readonly expires: string | null;
}

export interface AllowList {
  readonly path: string;
  readonly entries: readonly AllowEntry[];
  /** Past their day: they allow nothing any more. */
  readonly expired: readonly AllowEntry[];
  /** Of the entries that count, those that something was allowed by so far. */
  readonly used: Set<AllowEntry>;
}

const PATTERNS = ["object", "kernel", "program", "code", "subject"] as const;

export function isAllowed(
  list: AllowList,
  { object, kernel, program }: Pick<AllowEntry, "object" | "kernel" | "program">,
  { code, subject }: Reason,
): boolean {
  const actual = { object, kernel, program, code, subject };
  const entry = list.entries.find((candidate) =>
    PATTERNS.every((name) => matches(candidate[name], actual[name])),
  );
  if (entry !== undefined) list.used.add(entry);
  return entry !== undefined;
}

/** `*` stands for any text. Without backtracking: each part is taken where it first occurs. */
export function matches(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** An entry as one shows it. */
export const formatEntry = (entry: AllowEntry): string =>
  PATTERNS.filter((name) => entry[name] !== "*")
    .map((name) => `${name} ${printable(entry[name])}`)
    .join(", ") || "everything";
