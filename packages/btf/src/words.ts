/** A word of many, whose index is one of them: for the compiler, which does not know that. */
export const wordAt = (words: Uint32Array, index: number): number => words[index] ?? 0;
