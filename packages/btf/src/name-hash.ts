/** @internal */
export const UNDERSCORE = 0x5f;

/**
 * Length of a name's essential part: what stands before the *last* `___` that has some other
 * character right before and right after it (libbpf: bpf_core_essential_name_len). `task___v2` is a
 * flavor of `task`; `a____b` and `a__b` are whole. Works on bytes and char codes alike, `[start, end)`.
 */
export function essentialLength(name: ArrayLike<number>, start: number, end: number): number {
  for (let i = end - 5; i >= start; i--) {
    if (
      name[i] !== UNDERSCORE &&
      name[i + 1] === UNDERSCORE &&
      name[i + 2] === UNDERSCORE &&
      name[i + 3] === UNDERSCORE &&
      name[i + 4] !== UNDERSCORE
    ) {
      return i + 1 - start;
    }
  }
  return end - start;
}

const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_BASIS;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), FNV_PRIME);
  return hash;
}

/** Hash of the essential part of a string that ends at a 0. One pass unless there is a flavor. */
export function essentialHash(strings: Uint8Array, start: number): number {
  let hash = FNV_BASIS;
  let underscores = 0;
  let flavored = false;
  let end = start;
  for (let byte = strings[end]; byte; byte = strings[++end]) {
    hash = Math.imul(hash ^ byte, FNV_PRIME);
    underscores = byte === UNDERSCORE ? underscores + 1 : 0;
    if (underscores === 3) flavored = true;
  }
  return flavored ? hashBytes(strings, start, start + essentialLength(strings, start, end)) : hash;
}
