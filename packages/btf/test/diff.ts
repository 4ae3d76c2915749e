import { expect } from "vitest";
import { type DiffOptions, diffBtf, type FieldChange, type TypeChange } from "../src/diff/index.js";
import type { Btf, WritableType } from "../src/index.js";
import { btfOf, int } from "./build.js";

/** Ids 1 to 6, which the types of a test come after. */
export const INT = 1;
export const LONG = 2;
export const CHAR = 3;
export const INT_PTR = 4;
export const U32 = 5;
export const FLOAT = 6;
export const common: readonly WritableType[] = [
  int("int", 4),
  int("long int", 8),
  int("char", 1),
  { kind: "ptr", typeId: INT },
  { kind: "typedef", name: "u32", typeId: INT },
  { kind: "float", name: "double", size: 8 },
];
export const FIRST = common.length + 1;

export function diffOf(before: readonly WritableType[], after: readonly WritableType[]) {
  return wholeDiff(btfOf([...common, ...before]), btfOf([...common, ...after]));
}

/** With all of it found out. */
export function wholeDiff(before: Btf, after: Btf, options?: DiffOptions) {
  const { added, removed, changed } = diffBtf(before, after, options);
  return { added: [...added], removed: [...removed], changed: [...changed] };
}

/** The one type that changed. */
export function changeOf(before: readonly WritableType[], after: readonly WritableType[]): TypeChange {
  const { added, removed, changed } = diffOf(before, after);
  expect({ added, removed }).toEqual({ added: [], removed: [] });
  expect(changed).toHaveLength(1);
  return changed[0]!;
}

export const fieldsOf = (change: TypeChange): readonly FieldChange[] =>
  "fields" in change ? change.fields : [];

/** Each changed field in short: its names, its codes, and whether it is compatible. */
export const inShort = (fields: readonly FieldChange[]) =>
  fields.map(({ before, after, codes, compatible }) => [before?.name, after?.name, codes.join(), compatible]);
