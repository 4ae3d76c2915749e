import { encodeUtf8 } from "@core/bytes";
import type { Btf } from "../btf.js";
import { BtfError } from "../error.js";

/** A growing string section: each string once, at offsets that go on from those of the base. */
export interface StringTable {
  /** String offset of `text`, which is added unless it is there. */
  offsetOf(text: string): number;
  /** The section so far. */
  toBytes(): Uint8Array;
}

export function stringTableOn(base: Btf | undefined): StringTable {
  // A section of its own begins with the empty string; a split one shares its base's.
  const parts: Uint8Array[] = base === undefined ? [new Uint8Array(1)] : [];
  const offsets = new Map([["", 0]]);
  let end = base === undefined ? 1 : base.stringEnd;
  return {
    offsetOf(text) {
      const known = offsets.get(text);
      if (known !== undefined) return known;
      const bytes = encodeUtf8(`${text}\0`);
      if (bytes.indexOf(0) !== bytes.length - 1) {
        throw new BtfError("unwritable", `the name "${text}" contains a 0`);
      }
      const offset = end;
      offsets.set(text, offset);
      parts.push(bytes);
      end += bytes.length;
      return offset;
    },
    toBytes() {
      const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
      let at = 0;
      for (const part of parts) {
        bytes.set(part, at);
        at += part.length;
      }
      return bytes;
    },
  };
}
