import { printable } from "@core/bytes";
import { CommandError, Exit, withPath } from "../common/exit.js";
import { readText } from "../common/files.js";
import type { AllowEntry, AllowList } from "./allow.js";
import { parseJson, validate } from "./schema.js";

/** As it is written: what is left out stands for anything. */
interface AllowFile {
  readonly allow: readonly (Partial<AllowEntry> & Pick<AllowEntry, "reason">)[];
}

/** @param today as `2026-12-31`. */
export function readAllowList(path: string, today: string): AllowList {
  const text = withPath(path, () => readText(path));
  const { allow } = validate<AllowFile>(path, parseJson(path, text), "allow");
  const entries = allow.map((entry) => ({
    ...{ object: "*", kernel: "*", program: "*", code: "*", subject: "*", expires: null },
    ...entry,
  }));
  const wrong = entries.find(({ expires }) => expires !== null && !isDay(expires));
  if (wrong !== undefined) {
    const message = `${printable(path)}: expires ${printable(wrong.expires ?? "")}: no such day`;
    throw new CommandError(Exit.input, message);
  }
  const isExpired = ({ expires }: AllowEntry): boolean => expires !== null && expires < today;
  return {
    path,
    entries: entries.filter((entry) => !isExpired(entry)),
    expired: entries.filter(isExpired),
    used: new Set(),
  };
}

const isDay = (text: string): boolean => {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
};
