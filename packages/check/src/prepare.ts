import { CoreError, type Reader, readerOf } from "@core/bytes";
import { sectionBytes } from "@core/elf";
import {
  isSubprogram,
  type LinkedFunction,
  type LinkedObject,
  type LinkedProgram,
  linkObject,
  linkProgram,
} from "@core/reach";
import type { BpfObject, Program } from "@core/relocate";
import { hasArguments } from "./context-access.js";
import { type ContextRead, contextReadsOf } from "./context-reads.js";
import { type Demand, demandsOf } from "./demands.js";
import { limitOf } from "./error.js";
import { type ExternReference, isExtern } from "./externs.js";
import { type MapDefinition, mapsOf } from "./maps.js";
import { findProgramSection, type ProgramSection } from "./section.js";
import { type StructOps, structOpsOf } from "./struct-ops.js";

/** What an object asks of any kernel, read once for all that it is checked against. */
export interface Prepared {
  readonly linked: LinkedObject;
  readonly programs: readonly PreparedProgram[];
  readonly externs: readonly ExternReference[];
  readonly maps: readonly MapDefinition[];
  readonly structOps: readonly StructOps[];
  readonly demands: ReadonlyMap<LinkedFunction, readonly Demand[]>;
}

/** A program, and what is known of it by its section. */
export interface PreparedProgram extends Declaration {
  readonly program: Program;
  readonly linked: LinkedProgram;
  /** Of a program that is given its target's arguments. */
  readonly contextReads: readonly ContextRead[];
}

interface Declaration {
  readonly autoload: boolean;
  /** Of the section, without the `?` of a program that is not loaded by default. */
  readonly name: string;
  readonly section: ProgramSection | undefined;
}

export function declarationOf({ section }: Program): Declaration {
  const autoload = !section.startsWith("?");
  const name = autoload ? section : section.slice(1);
  return { autoload, name, section: findProgramSection(name) };
}

/** The programs of an object: functions that are not only part of others. */
export const programsOf = ({ programs }: BpfObject): readonly Program[] =>
  programs.filter((program) => !isSubprogram(program));

const PREPARED = new WeakMap<BpfObject, Prepared | CoreError>();

/** @throws CoreError where libbpf would refuse the object. */
export function prepare(object: BpfObject): Prepared {
  const prepared = PREPARED.get(object) ?? tryTo(() => prepareObject(object));
  PREPARED.set(object, prepared);
  if (prepared instanceof CoreError) throw prepared;
  return prepared;
}

function tryTo<T>(make: () => T): T | CoreError {
  try {
    return make();
  } catch (error) {
    if (error instanceof CoreError) return error;
    throw error;
  }
}

/** All programs with their subprograms. The kernel takes a million of one program; an object's share them. */
const MAX_FUNCTIONS = 100_000;

function prepareObject(object: BpfObject): Prepared {
  const linked = linkObject(object);
  const codeOf = (own: LinkedFunction): Reader => originalCode(object, own);
  const count = limitOf("functions in all programs together", MAX_FUNCTIONS);
  const programs = programsOf(object).map((program): PreparedProgram => {
    const own = linkProgram(linked, program);
    count(own.functions.length);
    const declared = declarationOf(program);
    const contextReads =
      declared.section && hasArguments(declared.section) ? contextReadsOf(own, codeOf) : [];
    return { program, linked: own, contextReads, ...declared };
  });
  const { btf } = object;
  return {
    linked,
    programs,
    externs: externsOf(linked.functions),
    maps: btf === undefined ? [] : mapsOf(btf),
    structOps: structOpsOf(object),
    demands: new Map(linked.functions.map((own) => [own, demandsOf(codeOf(own), own)])),
  };
}

function originalCode({ elf }: BpfObject, { sectionIndex }: Program): Reader {
  const section = elf.sections[sectionIndex];
  return readerOf(section === undefined ? new Uint8Array() : sectionBytes(elf, section), elf.order);
}

function externsOf(functions: readonly LinkedFunction[]): readonly ExternReference[] {
  const externs = new Map<string, ExternReference>();
  for (const references of new Set(functions.map((own) => own.references))) {
    for (const reference of references.values())
      if (isExtern(reference)) externs.set(reference.name, reference);
  }
  return [...externs.values()];
}
