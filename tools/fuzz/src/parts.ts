import { viewOf } from "@core/bytes";

/** In bytes; the length of each part but the last comes before it, little-endian. */
const LENGTH = 4;

/** Several inputs in one. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const pieces = parts.flatMap((part, i) => {
    if (i === parts.length - 1) return [part];
    const length = new Uint8Array(LENGTH);
    viewOf(length).setUint32(0, part.length, true);
    return [length, part];
  });
  return Buffer.concat(pieces);
}

/** Splits what {@link joinParts} joined. Any bytes can be split: a part that is not there is empty. */
export function splitParts(data: Uint8Array, count: number): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let rest = data;
  while (parts.length < count - 1) {
    const length = rest.length < LENGTH ? 0 : viewOf(rest).getUint32(0, true);
    parts.push(rest.slice(LENGTH, LENGTH + length));
    rest = rest.subarray(LENGTH + length);
  }
  return [...parts, rest.slice()];
}
