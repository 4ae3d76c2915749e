// Numbers in code, without a view: to make one for each instruction takes longer than all else about it.

/** The 32 bits at `at`, signed, in the byte order of the code. */
export function int32At(bytes: Uint8Array, at: number, little: boolean): number {
  const first = int16At(bytes, at, little);
  const second = int16At(bytes, at + 2, little);
  return little ? (second << 16) | (first & 0xffff) : (first << 16) | (second & 0xffff);
}

/** The 16 bits at `at`, signed. */
export function int16At(bytes: Uint8Array, at: number, little: boolean): number {
  const low = bytes[little ? at : at + 1] ?? 0;
  const high = bytes[little ? at + 1 : at] ?? 0;
  return ((high << 24) >> 16) | low;
}

/** Writes the low 32 bits of a number. */
export function setInt32(bytes: Uint8Array, at: number, value: number, little: boolean): void {
  setInt16(bytes, little ? at : at + 2, value, little);
  setInt16(bytes, little ? at + 2 : at, value >> 16, little);
}

/** Writes the low 16 bits of a number. */
export function setInt16(bytes: Uint8Array, at: number, value: number, little: boolean): void {
  bytes[little ? at : at + 1] = value;
  bytes[little ? at + 1 : at] = value >> 8;
}
