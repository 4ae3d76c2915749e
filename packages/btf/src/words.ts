// Reads at an index that is one of the array's: the compiler does not know that. One function for each kind of
// array: V8 learns what a function is given, and reads of two kinds are slower.

export const wordAt = (words: Uint32Array, index: number): number => words[index] ?? 0;
export const byteAt = (bytes: Uint8Array, index: number): number => bytes[index] ?? 0;
export const intAt = (ints: Int32Array, index: number): number => ints[index] ?? 0;
