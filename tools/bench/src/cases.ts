import { readFileSync } from "node:fs";
import { idsByName, parseBtf } from "@core/btf";
import { openObject, relocate, writeRelocated } from "@core/relocate";

/** The files that everything is measured on. */
export interface Inputs {
  /** Raw BTF of a kernel. */
  readonly target: string;
  readonly object: string;
}

/** One thing whose time is measured. */
export interface Case {
  /** Makes what it needs, untimed, and gives back what is timed. */
  readonly prepare: (inputs: Inputs) => () => unknown;
  /** Does a run use up what was prepared, so that the next one would find it warm? */
  readonly once: boolean;
  /** Does the object matter? */
  readonly ofObject: boolean;
}

const openAll = ({ target, object }: Inputs) => {
  const bytes = readFileSync(target);
  return { bytes, kernel: parseBtf(bytes), object: openObject(readFileSync(object)) };
};

/** By the name that is printed. */
export const CASES = {
  parse: {
    once: false,
    ofObject: false,
    prepare: ({ target }) => {
      const bytes = readFileSync(target);
      return () => parseBtf(bytes);
    },
  },
  "index of structs": {
    once: true,
    ofObject: false,
    prepare: ({ target }) => {
      const kernel = parseBtf(readFileSync(target));
      return () => idsByName(kernel, "task_struct", "exact", ["struct"]);
    },
  },
  "open object": {
    once: false,
    ofObject: true,
    prepare: ({ object }) => {
      const bytes = readFileSync(object);
      return () => openObject(bytes);
    },
  },
  "relocate, cold target": {
    once: true,
    ofObject: true,
    prepare: (inputs) => {
      const { kernel, object } = openAll(inputs);
      return () => relocate(object, { kernel });
    },
  },
  "relocate, warm target": {
    once: false,
    ofObject: true,
    prepare: (inputs) => {
      const { kernel, object } = openAll(inputs);
      relocate(object, { kernel });
      return () => relocate(object, { kernel });
    },
  },
  "whole job": {
    once: false,
    ofObject: true,
    prepare: (inputs) => () => {
      const { kernel, object } = openAll(inputs);
      return writeRelocated(relocate(object, { kernel }));
    },
  },
} as const satisfies Record<string, Case>;

export type CaseName = keyof typeof CASES;

export const isCaseName = (name: string): name is CaseName => Object.hasOwn(CASES, name);

export const CASE_NAMES = Object.keys(CASES).filter(isCaseName);
