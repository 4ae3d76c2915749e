import type { Outcome } from "./relocate.js";

/** What is the matter with a relocation that failed, and what to do about it: sentences, of which there are few. */
export function adviceForFailure(outcome: Outcome & { readonly kind: "failed" }): string {
  switch (outcome.reason) {
    case "ambiguous":
      return AMBIGUOUS;
    case "invalid":
      return INVALID;
    case "refused":
      switch (outcome.rejection.reason) {
        case "unexpected-value":
          return UNEXPECTED_VALUE;
        case "offset-out-of-range":
          return OUT_OF_RANGE;
        case "unexpected-size":
        case "invalid-size":
          return WRONG_SIZE;
        default:
          return NOT_RELOCATABLE;
      }
  }
}

const AMBIGUOUS =
  "Ambiguous: the target has several types of that name (flavors, such as name___v2, count as the same), and they " +
  "do not agree about what was asked. Only what they agree about can be relocated: do without the " +
  "rest, or take a target whose BTF has one of these types.";

const INVALID =
  "Invalid: what the object asks for has no answer, in libbpf neither. If a compiler made the object, try a newer " +
  "one; else it is damaged.";

const UNEXPECTED_VALUE =
  "Other value than expected: the instruction does not hold what the object's own types say. Was it relocated " +
  "before, or changed after it was compiled? Start from the object that the compiler wrote.";

const OUT_OF_RANGE =
  "Out of reach: the field is too far into its struct for a load or store on this kernel. Read it with " +
  "bpf_core_read() or BPF_CORE_READ(), which add the offset to the pointer.";

const WRONG_SIZE =
  "Other size: the load or store cannot be made as wide as the field is on this kernel. Read it with " +
  "bpf_core_read(), and bpf_core_field_size() bytes of it.";

const NOT_RELOCATABLE =
  "Not relocatable: the instruction is none that has a place for a value. The object is damaged, or was changed " +
  "after it was compiled.";
