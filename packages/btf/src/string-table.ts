import { encodeUtf8 } from "@core/bytes";
import type { Btf } from "./btf.js";
import { BtfError } from "./error.js";

/** A growing string section: each string once, offsets counted on from those of the base. */
export class StringTable {
  readonly #start: number;
  readonly #offsets = new Map<string, number>([["", 0]]);
  readonly #parts: Uint8Array[] = [];
  #length: number;

  constructor(base: Btf | undefined) {
    this.#start = base === undefined ? 0 : base.stringEnd;
    // A section of its own begins with the empty string; a split one shares its base's.
    this.#length = base === undefined ? 1 : 0;
  }

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  offsetOf(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const bytes = encodeUtf8(text);
    if (bytes.includes(0)) throw new BtfError("unwritable", `the name ${text} contains a 0`);
    const offset = this.#start + this.#length;
    this.#offsets.set(text, offset);
    this.#parts.push(bytes);
    this.#length += bytes.length + 1;
    return offset;
  }

  writeTo(bytes: Uint8Array): void {
    let at = this.#start === 0 ? 1 : 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length + 1;
    }
  }
}
