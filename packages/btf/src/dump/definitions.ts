import type { TypeId } from "../btf.js";
import {
  elementOf,
  elementsAt,
  MEMBER_WORDS,
  nameOf,
  PARAM_WORDS,
  targetOf,
  typeAt,
  vlenOf,
} from "../flat.js";
import { Raw } from "../kinds.js";
import type { CDump } from "./c-dump.js";
import { putTag } from "./declarator.js";
import { put } from "./text.js";
import { endlessType, spend } from "./work.js";

// Definitions, each behind declarations of what it refers to that is not defined yet.

/** States; a new type's is 0. */
const EMITTING = 1;
const EMITTED = 2;

/** What was written so far. */
export interface Emission {
  readonly dump: CDump;
  /** By type id. */
  readonly states: Uint8Array;
  /** By type id: 1 when a struct or union was declared, or a typedef defined, before its turn. */
  readonly declared: Uint8Array;
  /** Types that wait for what they refer to to be declared: the first `depth` of these, used over and over. */
  readonly frames: Frame[];
  depth: number;
}

interface Frame {
  id: TypeId;
  /** The named struct, union or typedef in whose definition this will be; TOP for a definition by itself. */
  container: TypeId;
  /** How many of the types that it refers to were visited, or are being. */
  visited: number;
}

const TOP = 0 as TypeId;

export function newEmission(dump: CDump): Emission {
  const states = new Uint8Array(dump.flat.kinds.length);
  states[0] = EMITTED;
  return { dump, states, declared: new Uint8Array(states.length), frames: [], depth: 0 };
}

/**
 * Writes the definition of a struct, union, enum or typedef, or a forward declaration, unless it was written before
 * (libbpf: btf_dump_emit_type). What it embeds must have been: see {@link orderDefinitions}.
 */
export function putDefinition(emission: Emission, id: TypeId): void {
  visit(emission, id, TOP);
  while (emission.depth > 0) resume(emission);
}

function visit(emission: Emission, id: TypeId, container: TypeId): void {
  const { dump, states } = emission;
  const { flat, work } = dump;
  let current = id;
  for (let steps = 0; steps < states.length; steps++) {
    switch (flat.kinds[current]) {
      case Raw.ptr:
      case Raw.volatile:
      case Raw.const:
      case Raw.restrict:
      case Raw.typeTag:
        current = targetOf(flat, current);
        break;
      case Raw.array:
        current = elementOf(flat, current);
        break;
      default:
        visitDefinable(emission, current, container);
        return;
    }
    spend(work, 1);
  }
  throw endlessType(id);
}

/** Visits a type that may have to be defined or declared, or a prototype, whose parameters may. */
function visitDefinable(emission: Emission, id: TypeId, container: TypeId): void {
  const { dump, states } = emission;
  const { flat, work } = dump;
  if (states[id] === EMITTED) return;
  if (states[id] === EMITTING) {
    declareUnfinished(emission, id, container);
    return;
  }
  switch (flat.kinds[id]) {
    case Raw.struct:
    case Raw.union:
      if (container === TOP || nameOf(flat, id) === 0) {
        states[id] = EMITTING;
        wait(emission, id, container);
      } else if (id !== container) {
        declareTag(emission, id);
      }
      break;
    case Raw.typedef:
      states[id] = EMITTING;
      wait(emission, id, container);
      break;
    case Raw.funcProto:
      spend(work, vlenOf(flat, id));
      wait(emission, id, container);
      break;
    default:
      putLeaf(emission, id, container);
  }
}

/** Writes what refers to nothing else. */
function putLeaf({ dump, states }: Emission, id: TypeId, container: TypeId): void {
  const { flat, text, style } = dump;
  switch (flat.kinds[id]) {
    case Raw.int:
      style.putBeforeInt(dump, id);
      break;
    case Raw.enum:
    case Raw.enum64:
      if (container !== TOP) break;
      style.putEnum(dump, id, 0);
      put(text, ";\n\n");
      break;
    case Raw.fwd:
      style.putFwd(dump, id);
      put(text, ";\n\n");
  }
  states[id] = EMITTED;
}

function wait(emission: Emission, id: TypeId, container: TypeId): void {
  const { dump, frames } = emission;
  spend(dump.work, 1);
  const frame = frames[emission.depth];
  if (frame === undefined) {
    frames.push({ id, container, visited: 0 });
  } else {
    frame.id = id;
    frame.container = container;
    frame.visited = 0;
  }
  emission.depth++;
}

/** Goes on with the type that waited last. */
function resume(emission: Emission): void {
  const { dump, states, declared, frames, depth } = emission;
  const { flat } = dump;
  const frame = frames[depth - 1];
  if (frame === undefined) return;
  const { id, container } = frame;
  switch (flat.kinds[id]) {
    case Raw.typedef:
      if (frame.visited++ === 0) {
        visit(emission, targetOf(flat, id), id);
      } else {
        emission.depth--;
        if (declared[id] === 0) dump.style.putTypedef(dump, id);
        states[id] = EMITTED;
      }
      break;
    case Raw.funcProto:
      if (frame.visited === 0) {
        frame.visited = 1;
        visit(emission, targetOf(flat, id), container);
      } else if (frame.visited <= vlenOf(flat, id)) {
        const param = elementsAt(flat, id) + (frame.visited++ - 1) * PARAM_WORDS;
        visit(emission, typeAt(flat, param + 1), container);
      } else {
        emission.depth--;
      }
      break;
    default:
      visitMembers(emission, frame);
      if (emission.depth > depth) break;
      emission.depth--;
      // Within another definition it may be written again: it has no name.
      states[id] = container === TOP ? EMITTED : 0;
      if (container === TOP) {
        dump.style.putStruct(dump, id, 0);
        put(dump.text, ";\n\n");
      }
  }
}

/** Visits the members that were not yet, up to one that has to be waited for. */
function visitMembers(emission: Emission, frame: Frame): void {
  const { flat } = emission.dump;
  const { id } = frame;
  const { depth } = emission;
  const container = nameOf(flat, id) === 0 ? frame.container : id;
  const members = elementsAt(flat, id);
  for (const count = vlenOf(flat, id); frame.visited < count && emission.depth === depth; ) {
    const member = members + frame.visited++ * MEMBER_WORDS;
    visit(emission, typeAt(flat, member + 1), container);
  }
}

/** Declares what is being defined, as its own definition refers to it over something else. */
function declareUnfinished(emission: Emission, id: TypeId, container: TypeId): void {
  const { dump, declared } = emission;
  if (dump.flat.kinds[id] !== Raw.typedef) {
    if (id !== container && nameOf(dump.flat, id) !== 0) declareTag(emission, id);
  } else if (declared[id] === 0) {
    dump.style.putTypedef(dump, id);
    declared[id] = 1;
  }
}

function declareTag({ dump, declared }: Emission, id: TypeId): void {
  if (declared[id] === 1) return;
  putTag(dump, id);
  put(dump.text, ";\n\n");
  declared[id] = 1;
}
