import type { ObjectAnswer, RelocationAnswer } from "@core/corpus";

/** One thing that two answers do not agree in. */
export interface Difference {
  readonly object: string;
  /** `<section>+<offset>`, or the section's name alone where its bytes differ. */
  readonly at: string;
  readonly field: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

const FIELDS: readonly (keyof RelocationAnswer)[] = [
  "sec",
  "insn_off",
  "kind",
  "type_id",
  "access",
  "root",
  "prog",
  "err",
  "poison",
  "poisoned",
  "validate",
  "orig",
  "new",
  "orig_sz",
  "new_sz",
  "fail_memsz",
  "insn",
];

/** Everything in which two answers about one object differ. */
export function differencesOf(expected: ObjectAnswer, actual: ObjectAnswer): readonly Difference[] {
  const { object } = expected;
  const differ = (at: string, field: string, a: unknown, b: unknown): Difference[] =>
    a === b ? [] : [{ object, at, field, expected: a, actual: b }];
  const ofObject = [
    ...differ("", "rc", expected.rc, actual.rc),
    ...differ("", "number of relocations", expected.relos.length, actual.relos.length),
  ];
  if (ofObject.length > 0) return ofObject;
  const relocations = expected.relos.flatMap((relocation, index) => {
    const other: Partial<RelocationAnswer> = actual.relos[index] ?? {};
    const at = `${relocation.sec}+${relocation.insn_off}`;
    return FIELDS.flatMap((field) => differ(at, field, relocation[field], other[field]));
  });
  const sections = Object.entries(expected.sections).flatMap(([name, hash]) =>
    differ(name, "sha256", hash, actual.sections[name]),
  );
  return [...relocations, ...sections];
}

/** What can be compared: libbpf gives an object up at the first error, so that what follows from one is never seen. */
export function comparable(answer: ObjectAnswer): ObjectAnswer {
  const failed = answer.relos.some(({ err }) => err !== 0);
  return {
    ...answer,
    relos: answer.relos.map(comparableRelocation),
    sections: failed ? {} : answer.sections,
  };
}

function comparableRelocation(relocation: RelocationAnswer): RelocationAnswer {
  if (relocation.err === 0 && relocation.prog !== null) return relocation;
  const nothing = { poison: false, poisoned: false, validate: false, fail_memsz: false };
  const zero = { access: "", root: "", orig: "0", new: "0", orig_sz: 0, new_sz: 0, insn: "" };
  return { ...relocation, ...nothing, ...zero, err: relocation.err === 0 ? 0 : -1 };
}
