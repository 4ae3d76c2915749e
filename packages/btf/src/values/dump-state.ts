import type { Btf, TypeId } from "../btf.js";
import { BtfError } from "../error.js";
import type { Namer } from "./declaration.js";

export interface TypedDumpOptions {
  /** All in one line. */
  readonly compact?: boolean;
  /** Values without the names of members and types. */
  readonly skipNames?: boolean;
  /** Members that are zero too. */
  readonly emitZeroes?: boolean;
  /** Arrays of one-byte integers that hold a 0 as strings. */
  readonly emitStrings?: boolean;
  /** What a level is indented by; a tab when it is not given. */
  readonly indent?: string;
  /** How many levels all of it is indented by. */
  readonly level?: number;
  /** Exactly what libbpf 1.8 prints, its mistakes included. */
  readonly style?: "libbpf";
}

/** Why libbpf stops: too few bytes, a type that has no size or an absurd one, a type that has no values. */
export type TypedDumpError = "E2BIG" | "EINVAL" | "ENOTSUP";

/** A dump on its way. */
export interface Dump {
  readonly btf: Btf;
  readonly data: Uint8Array;
  readonly namer: Namer;
  readonly options: TypedDumpOptions;
  readonly isLikeLibbpf: boolean;
  readonly parts: string[];
  /** Structs, unions and arrays around what is printed next. */
  depth: number;
  /** Values within values; more than {@link depth}, which variables and sections do not add to. */
  nesting: number;
  /** Elements are printed without their type. */
  isArrayMember: boolean;
  /** One-byte integers are printed as characters, up to the first 0. */
  isArrayChar: boolean;
  isArrayTerminated: boolean;
  stepsLeft: number;
  charactersLeft: number;
}

/** Members and elements that are looked at, beside so many for each byte of data: unions hold several for one. */
const LEAST_STEPS = 1 << 20;
const STEPS_PER_BYTE = 64;
const MAX_CHARACTERS = 1 << 27;
const MAX_DEPTH = 64;

export function dumpOf(btf: Btf, data: Uint8Array, namer: Namer, options: TypedDumpOptions): Dump {
  return {
    btf,
    data,
    namer,
    options,
    isLikeLibbpf: options.style === "libbpf",
    parts: [],
    depth: 0,
    nesting: 0,
    isArrayMember: false,
    isArrayChar: false,
    isArrayTerminated: false,
    stepsLeft: LEAST_STEPS + STEPS_PER_BYTE * data.length,
    charactersLeft: MAX_CHARACTERS,
  };
}

/** @throws BtfError `too-complex` when types contain each other too often or too deep. */
export function countSteps(dump: Dump, steps: number, id: TypeId, depth: number): void {
  dump.stepsLeft -= steps;
  if (dump.stepsLeft < 0 || depth > MAX_DEPTH) throw tooComplex(id);
}

const tooComplex = (typeId: TypeId): BtfError =>
  new BtfError("too-complex", `values of type ${typeId} are parts of each other too often to be shown`, {
    typeId,
  });

export function write(dump: Dump, text: string, id: TypeId): void {
  dump.charactersLeft -= text.length;
  if (dump.charactersLeft < 0) throw tooComplex(id);
  dump.parts.push(text);
}

/** A value, or the end of several, and what separates it from the next. */
export function writeValue(dump: Dump, text: string, id: TypeId): void {
  write(dump, text + (dump.depth === 0 ? "" : `,${lineEnd(dump)}`), id);
}

export const lineEnd = ({ options, depth }: Dump): string => (options.compact || depth === 0 ? "" : "\n");

export function writeIndent(dump: Dump, id: TypeId): void {
  const { compact, indent = "\t", level = 0 } = dump.options;
  if (!compact) write(dump, indent.repeat(level + dump.depth), id);
}
