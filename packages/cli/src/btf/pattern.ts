import { runInNewContext } from "node:vm";
import type { Btf, Kind, TypeId } from "@core/btf";
import { findTypes, glob, type NamePattern } from "@core/btf/find";
import { printable } from "@core/bytes";
import { CommandError, Exit } from "../common/exit.js";

/** `/x/` is a regular expression; anything else as {@link parseName} says. */
export function parsePattern(text: string): NamePattern {
  const [, source, flags = ""] = /^\/(.+)\/(i?)$/s.exec(text) ?? [];
  return source === undefined ? parseName(text) : parseExpression(source, flags);
}

/** A name with `*`, `?` or `[` in it is a pattern as for a shell. */
export const parseName = (text: string): string | ((name: string) => boolean) =>
  isGlob(text) ? glob(text) : text;

const isGlob = (text: string): boolean => /[*?[]/.test(text);

function parseExpression(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, `u${flags}`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CommandError(Exit.usage, printable(error.message), error);
  }
}

/** In milliseconds. The names of a kernel take some hundredths of a second. */
const TIMEOUT = 10_000;

/**
 * The types of a BTF's own that a pattern fits. How long an expression takes is up to the names, too, and those may be
 * anything: so it is interrupted if it takes longer than `timeout`, in milliseconds.
 */
export function findMatching(
  btf: Btf,
  pattern: NamePattern,
  kinds?: readonly Kind[],
  timeout = TIMEOUT,
): TypeId[] {
  const find = (): TypeId[] => findTypes(btf, pattern, kinds === undefined ? {} : { kinds });
  const found = pattern instanceof RegExp ? withTimeout(find, timeout) : find();
  return found.filter((id) => id >= btf.startId);
}

function withTimeout<T>(step: () => T, timeout: number): T {
  let result: { readonly value: T } | undefined;
  const run = (): void => {
    result = { value: step() };
  };
  try {
    runInNewContext("run()", { run }, { timeout });
  } catch (error) {
    if (!isTimeout(error)) throw error;
  }
  if (result !== undefined) return result.value;
  throw new CommandError(
    Exit.usage,
    `the expression takes more than ${timeout / 1000} s for the names that there are: make it simpler`,
  );
}

/** Of another context, so no instance of this one's Error. */
const isTimeout = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "code" in error &&
  error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
