import { BtfError } from "../error.js";
import { IS_MODIFIER, Raw } from "../kinds.js";
import { wordAt } from "../words.js";
import { eachTypeWord } from "../write/records.js";
import {
  compatibleEnums,
  countStep,
  declaredKind,
  equalHeads,
  equalLengths,
  equalMembers,
  equalParams,
  equalRecords,
  type Graph,
  infoAt,
  isMapped,
  kindAt,
  nameAt,
  OPEN,
  resolve,
  thirdAt,
} from "./graph.js";

/**
 * Which type of the one graph corresponds to which of the other, for as long as two types are thought to be equal
 * (libbpf: hypot_map). "Stays" is the side of the type that would stand for the other, which "goes".
 */
export interface Hypothesis {
  /** By id of the side that stays: the type that corresponds to it, or {@link OPEN}. */
  readonly partners: Uint32Array;
  /** The types that have one, in the order in which they were met. */
  readonly met: number[];
  /** A declaration of the base would have to become a definition outside of it, which it cannot. */
  changesBase: boolean;
}

export const hypothesis = (endId: number): Hypothesis => ({
  partners: new Uint32Array(endId).fill(OPEN),
  met: [],
  changesBase: false,
});

function forget(hypothesis: Hypothesis): void {
  for (const id of hypothesis.met) hypothesis.partners[id] = OPEN;
  hypothesis.met.length = 0;
  hypothesis.changesBase = false;
}

/**
 * Are two types the same in all that they lead to (libbpf: btf_dedup_is_equiv)? Side by side, depth first, with a list
 * of its own in place of recursion: types lead to each other ten thousands deep. What corresponded is in the hypothesis.
 *
 * @throws BtfError `wrong-kind` where a struct leads to a variable, data section or declaration tag.
 */
export function areEquivalent(graph: Graph, hypothesis: Hypothesis, goes: number, stays: number): boolean {
  forget(hypothesis);
  const pending = [goes, stays];
  for (let stay = pending.pop(); stay !== undefined; stay = pending.pop()) {
    const go = pending.pop() ?? 0;
    countStep(graph, go);
    if (!correspond(graph, hypothesis, go, stay, pending)) return false;
  }
  return true;
}

/** Do two types correspond, if those that are then pending do? */
function correspond(
  graph: Graph,
  hypothesis: Hypothesis,
  go: number,
  declaredStay: number,
  pending: number[],
): boolean {
  if (resolve(graph, go) === resolve(graph, declaredStay)) return true;
  const stay = definitionOf(graph, declaredStay);
  const partner = wordAt(hypothesis.partners, stay);
  // Compilers write some types twice, which are then compared by themselves.
  if (partner !== OPEN) return partner === go || areIdentical(graph, partner, go, MAX_IDENTICAL_DEPTH);
  hypothesis.partners[stay] = go;
  hypothesis.met.push(stay);

  if (nameAt(graph, go) !== nameAt(graph, stay)) return false;
  const kind = kindAt(graph, go);
  const stayKind = kindAt(graph, stay);
  if (kind !== stayKind) {
    if (kind === Raw.fwd) return declaredKind(infoAt(graph, go)) === stayKind;
    if (stayKind !== Raw.fwd || declaredKind(infoAt(graph, stay)) !== kind) return false;
    if (stay < graph.firstId) hypothesis.changesBase = true;
    return true;
  }
  if (!isAlike(graph, kind, go, stay)) return false;
  pushReferences(graph, kind, go, stay, pending);
  return true;
}

/** The definition that a forward declaration became, if it did. */
function definitionOf(graph: Graph, id: number): number {
  if (kindAt(graph, id) !== Raw.fwd) return id;
  const resolved = resolve(graph, id);
  return kindAt(graph, resolved) === Raw.fwd ? id : resolved;
}

/** Does a type consist of what it refers to, and nothing but a name beside it? */
const isReference = (kind: number): boolean =>
  IS_MODIFIER[kind] === 1 || kind === Raw.ptr || kind === Raw.func;

/** Are two types of one kind and name the same, but for the types that they refer to? */
function isAlike(graph: Graph, kind: number, a: number, b: number): boolean {
  switch (kind) {
    case Raw.int:
      return equalRecords(graph, a, b);
    case Raw.enum:
    case Raw.enum64:
      return compatibleEnums(graph, a, b);
    case Raw.fwd:
    case Raw.float:
      return equalHeads(graph, a, b);
    case Raw.array:
      return equalLengths(graph, a, b);
    case Raw.struct:
    case Raw.union:
      return equalMembers(graph, a, b);
    case Raw.funcProto:
      return equalParams(graph, a, b);
    default:
      if (isReference(kind)) return infoAt(graph, a) === infoAt(graph, b);
      throw new BtfError("wrong-kind", `type ${a} is of kind ${kind}, which is no part of any type`, {
        typeId: a,
      });
  }
}

/** What two types that are alike refer to, in pairs, the first last. Of an array libbpf takes the index first. */
function pushReferences(graph: Graph, kind: number, go: number, stay: number, pending: number[]): void {
  const from = pending.length;
  const distance = wordAt(graph.starts, stay) - wordAt(graph.starts, go);
  eachTypeWord(graph, go, (at) => pending.push(wordAt(graph.words, at), wordAt(graph.words, at + distance)));
  if (kind === Raw.array) return;
  for (let i = from, j = pending.length - 2; i < j; i += 2, j -= 2) {
    const [a = 0, b = 0, c = 0, d = 0] = [pending[i], pending[i + 1], pending[j], pending[j + 1]];
    pending[i] = c;
    pending[i + 1] = d;
    pending[j] = a;
    pending[j + 1] = b;
  }
}

const MAX_IDENTICAL_DEPTH = 16;

/** The same by themselves, not deeper than `depth` members and parameters (libbpf: btf_dedup_identical_types)? */
function areIdentical(graph: Graph, first: number, second: number, depth: number): boolean {
  let [a, b] = [first, second];
  for (;;) {
    countStep(graph, a);
    const kind = kindAt(graph, a);
    if (depth <= 0 || kind !== kindAt(graph, b)) return false;
    switch (kind) {
      case 0:
        return true;
      case Raw.int:
      case Raw.enum:
      case Raw.enum64:
      case Raw.fwd:
      case Raw.float:
        return isAlike(graph, kind, a, b);
      // Of arrays libbpf compares nothing but the number of elements.
      case Raw.array:
        return isAlike(graph, kind, a, b);
      case Raw.struct:
      case Raw.union:
      case Raw.funcProto:
        return isAlike(graph, kind, a, b) && haveIdenticalParts(graph, a, b, depth);
      default:
        if (!isReference(kind)) return false;
        if (infoAt(graph, a) !== infoAt(graph, b) || nameAt(graph, a) !== nameAt(graph, b)) return false;
        a = thirdAt(graph, a);
        b = thirdAt(graph, b);
    }
  }
}

function haveIdenticalParts(graph: Graph, a: number, b: number, depth: number): boolean {
  const { words, starts } = graph;
  const distance = wordAt(starts, b) - wordAt(starts, a);
  let identical = true;
  eachTypeWord(graph, a, (at) => {
    const [part = 0, other = 0] = [words[at], words[at + distance]];
    identical &&= part === other || areIdentical(graph, part, other, depth - 1);
  });
  return identical;
}

/**
 * Keeps of a hypothesis that came true what forward declarations are of, and which structs and unions are the same
 * (libbpf: btf_dedup_merge_hypot_map).
 */
export function accept(graph: Graph, { partners, met, changesBase }: Hypothesis): void {
  const { map } = graph;
  for (const one of met) {
    const go = resolve(graph, wordAt(partners, one));
    const stay = resolve(graph, one);
    const kind = kindAt(graph, go);
    const stayKind = kindAt(graph, stay);
    if (kind !== Raw.fwd && stayKind === Raw.fwd) map[stay] = go;
    // All else stays as it was, when the two are not the same after all.
    if (changesBase) continue;
    if (kind === Raw.fwd && stayKind !== Raw.fwd) map[go] = stay;
    const isComposite = kind === Raw.struct || kind === Raw.union;
    if (isComposite && stayKind !== Raw.fwd && isMapped(graph, stay) && !isMapped(graph, go)) map[go] = stay;
  }
}
