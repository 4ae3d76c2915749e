import type { Absences } from "@core/check";
import type { KernelResult } from "./model.js";

/** In which of the checked kernels something is that programs ask for: names, in the order of the report. */
export interface Existence {
  readonly absent: readonly string[];
  readonly there: readonly string[];
  /** Those of which it cannot be told. */
  readonly untold: readonly string[];
}

/** Adds up, kernel by kernel, what objects found absent. */
export interface ExistenceLog {
  readonly add: (result: KernelResult) => void;
  /** Undefined for what is absent nowhere, and for what nothing asked for. */
  readonly of: (subject: string) => Existence | undefined;
}

/** Later ones outweigh earlier ones: two objects may ask for a field as of different types. */
const STATES = { unasked: 0, there: 1, untold: 2, absent: 3 } as const;

/** @param count of kernels that will be added. */
export function existenceLog(count: number): ExistenceLog {
  const kernels: string[] = [];
  /** By object, on which kernels something was looked up for it. */
  const looked = new Map<string, Uint8Array>();
  /** By subject, what is known of each kernel, and which objects ask. A byte for each: there may be thousands of both. */
  const subjects = new Map<string, { readonly states: Uint8Array; readonly objects: Set<string> }>();

  function addAbsences(object: string, absences: Absences, index: number): void {
    const own = looked.get(object) ?? new Uint8Array(count);
    looked.set(object, own);
    own[index] = STATES.there;
    for (const state of ["untold", "absent"] as const) {
      for (const subject of absences[state]) {
        const known = subjects.get(subject) ?? { states: new Uint8Array(count), objects: new Set() };
        subjects.set(subject, known);
        known.objects.add(object);
        known.states[index] = Math.max(known.states[index] ?? 0, STATES[state]);
      }
    }
  }

  return {
    add({ kernel, pairs }) {
      const index = kernels.push(kernel.name) - 1;
      for (const { object, absences } of pairs) if (absences) addAbsences(object, absences, index);
    },
    of(subject) {
      const known = subjects.get(subject);
      if (!known?.states.includes(STATES.absent)) return undefined;
      // Who asks one kernel for it asks all of them.
      const asking = [...known.objects].flatMap((object) => looked.get(object) ?? []);
      const stateOf = (i: number): number =>
        asking.reduce((state, own) => Math.max(state, own[i] ?? 0), known.states[i] ?? 0);
      const having = (state: number): string[] => kernels.filter((_, i) => stateOf(i) === state);
      return {
        absent: having(STATES.absent),
        there: having(STATES.there),
        untold: having(STATES.untold),
      };
    },
  };
}
