/** A relocation of a pair of fixtures that we answer otherwise than libbpf 1.8, on purpose. */
export interface KnownDifference {
  readonly object: string;
  readonly target: string;
  readonly section: string;
  /** Offsets of the instructions, in bytes. */
  readonly insnOffs: readonly number[];
  readonly why: string;
}

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    object: "nest",
    target: "nest-twice",
    section: "raw_tp",
    insnOffs: [8, 200],
    why: "a member that was found first but rejected leaves its offset in libbpf's sum, which then points beyond the field",
  },
  {
    object: "nest-access",
    target: "nest-moved",
    section: "raw_tp",
    insnOffs: [576, 592],
    why: "an index or offset beyond 32 bits wraps around in libbpf, and is an error here",
  },
  {
    object: "arrays",
    target: "arrays-huge",
    section: "raw_tp",
    insnOffs: [96],
    why: "libbpf takes a size of 2 GiB and more for a negative one, and so for an error",
  },
];
