import { type Btf, BtfError, stringAt } from "@core/btf";

/** Reads the string at an offset of an object's BTF; `undefined` when there is none to be had. */
export type StringReader = (offset: number) => string | undefined;

/**
 * Reads each string once, and all together no more than `limit` characters: many offsets may lead into one
 * long string, and reading them would take time and memory in the square of the object's size.
 */
export function stringReader(btf: Btf, limit: number): StringReader {
  const known = new Map<number, string | undefined>();
  let left = limit;
  return (offset) => {
    if (known.has(offset)) return known.get(offset);
    const text = left > 0 ? findString(btf, offset) : undefined;
    left -= text?.length ?? 0;
    known.set(offset, text);
    return text;
  };
}

function findString(btf: Btf, offset: number): string | undefined {
  try {
    return stringAt(btf, offset);
  } catch (error) {
    if (error instanceof BtfError) return undefined;
    throw error;
  }
}
