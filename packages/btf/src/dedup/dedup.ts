import type { Btf } from "../btf.js";
import { type Draft, firstIdOf } from "../encode/draft.js";
import { BtfError } from "../error.js";
import { Raw } from "../kinds.js";
import { wordAt } from "../words.js";
import { eachTypeWord, mapWords, type Records, recordsOf } from "../write/records.js";
import { type Candidates, candidates } from "./candidates.js";
import { accept, areEquivalent, type Hypothesis, hypothesis } from "./equivalence.js";
import {
  compatibleEnums,
  countStep,
  declaredKind,
  equalMembers,
  equalRecords,
  type Graph,
  hashOf,
  IN_PROGRESS,
  infoAt,
  isEnumDeclaration,
  isMapped,
  kindAt,
  nameAt,
  OPEN,
  resolve,
} from "./graph.js";

/** Beside some for each type: how much may be looked at. */
const LEAST_STEPS = 1 << 20;
const STEPS_PER_TYPE = 512;

/**
 * A draft in which each type is there once (libbpf: btf__dedup, of which this is the result, type by type and in
 * the same order; its strings must be there once already).
 *
 * @throws BtfError `modifier-chain` for references that lead back to themselves other than through a struct;
 * `wrong-kind`; `too-complex`.
 */
export function deduplicated(draft: Draft): Draft {
  const graph = graphOf(draft);
  const table = candidates(graph.endId);
  for (let id = 1; id < graph.firstId; id++) {
    const kind = kindAt(graph, id);
    if (kind !== Raw.var && kind !== Raw.datasec) table.add(hashOf(graph, id), id);
  }
  const each = (visit: (id: number) => void): void => {
    for (let id = graph.firstId; id < graph.endId; id++) visit(id);
  };
  const thought = hypothesis(graph.endId);
  each((id) => decideLeaf(graph, table, id));
  each((id) => decideNamed(graph, table, thought, id));
  resolveDeclarations(graph);
  each((id) => decideReference(graph, table, id));
  return { ...draft, records: compacted(graph) };
}

/** All records with those of the bases before them, and void's first. */
function graphOf(draft: Draft): Graph {
  const parts: Records[] = [draft.records];
  for (let layer: Btf | undefined = draft.base; layer !== undefined; layer = layer.base)
    parts.unshift(recordsOf(layer));
  const firstId = firstIdOf(draft);
  const endId = firstId + draft.records.starts.length - 1;
  const words = new Uint32Array(parts.reduce((sum, part) => sum + part.words.length, VOID_WORDS));
  const starts = new Uint32Array(endId + 1);
  let at = VOID_WORDS;
  let id = 1;
  for (const part of parts) {
    words.set(part.words, at);
    for (let i = 0; i + 1 < part.starts.length; i++) starts[id++] = at + wordAt(part.starts, i);
    at += part.words.length;
  }
  starts[endId] = at;
  const map = Uint32Array.from({ length: endId }, (_, id) => (id < firstId ? id : OPEN));
  const graph = { words, starts, firstId, endId, map, stepsLeft: LEAST_STEPS + STEPS_PER_TYPE * endId };
  // Variables and data sections are never the same.
  for (let own = firstId; own < endId; own++) {
    const kind = kindAt(graph, own);
    if (kind === Raw.var || kind === Raw.datasec) map[own] = own;
  }
  return graph;
}

const VOID_WORDS = 3;

/** Maps a type to one that stands for it, or lets it stay. */
function settle(graph: Graph, table: Candidates, id: number, hash: number, found: number): void {
  graph.map[id] = found === 0 ? id : found;
  if (found === 0) table.add(hash, id);
}

/** Types that refer to no others: integers, floats, enums, and forward declarations. */
function decideLeaf(graph: Graph, table: Candidates, id: number): void {
  const kind = kindAt(graph, id);
  switch (kind) {
    case Raw.int:
    case Raw.float:
    case Raw.fwd: {
      const hash = hashOf(graph, id);
      settle(graph, table, id, hash, findEqual(graph, table, id, hash));
      break;
    }
    case Raw.enum:
    case Raw.enum64: {
      const hash = hashOf(graph, id);
      const found = table.find(hash, (candidate) => {
        countStep(graph, id);
        if (equalRecords(graph, id, candidate)) return true;
        if (!compatibleEnums(graph, id, candidate)) return false;
        if (isEnumDeclaration(infoAt(graph, id))) return true;
        graph.map[candidate] = id;
        return false;
      });
      settle(graph, table, id, hash, found);
      break;
    }
  }
}

function findEqual(graph: Graph, table: Candidates, id: number, hash: number): number {
  return table.find(hash, (candidate) => {
    countStep(graph, id);
    return equalRecords(graph, id, candidate);
  });
}

/** Structs, unions and typedefs: through them alone types lead back to themselves. */
function decideNamed(graph: Graph, table: Candidates, thought: Hypothesis, id: number): void {
  const kind = kindAt(graph, id);
  if ((kind !== Raw.struct && kind !== Raw.union && kind !== Raw.typedef) || isMapped(graph, id)) return;
  const hash = hashOf(graph, id);
  const found = table.find(hash, (candidate) => {
    countStep(graph, id);
    const isAlike =
      kind === Raw.typedef
        ? nameAt(graph, id) === nameAt(graph, candidate) && infoAt(graph, id) === infoAt(graph, candidate)
        : equalMembers(graph, id, candidate);
    if (!isAlike || !areEquivalent(graph, thought, id, candidate)) return false;
    accept(graph, thought);
    return !thought.changesBase;
  });
  settle(graph, table, id, hash, found);
}

/** Forward declarations become the only struct or union of their name (libbpf: btf_dedup_resolve_fwds). */
function resolveDeclarations(graph: Graph): void {
  const { map } = graph;
  /** 0 for a name that several have. */
  const definitions = new Map<number, number>();
  for (let id = 1; id < graph.endId; id++) {
    const kind = kindAt(graph, id);
    if ((kind !== Raw.struct && kind !== Raw.union) || map[id] !== id) continue;
    const name = nameAt(graph, id);
    definitions.set(name, definitions.has(name) ? 0 : id);
  }
  for (let id = graph.firstId; id < graph.endId; id++) {
    if (kindAt(graph, id) !== Raw.fwd || map[id] !== id) continue;
    const definition = definitions.get(nameAt(graph, id)) ?? 0;
    if (definition !== 0 && declaredKind(infoAt(graph, id)) === kindAt(graph, definition))
      map[id] = definition;
  }
}

/**
 * Types that are what they refer to: those come first, and are referred to by what stands for them, so that equal types have
 * equal words. With a list of its own in place of recursion.
 */
function decideReference(graph: Graph, table: Candidates, root: number): void {
  const { map, words } = graph;
  const pending = [root];
  for (let id = pending.at(-1); id !== undefined; id = pending.at(-1)) {
    if (isMapped(graph, id)) {
      pending.pop();
      continue;
    }
    const isSeen = map[id] === IN_PROGRESS;
    const before = pending.length;
    map[id] = IN_PROGRESS;
    eachTypeWord(graph, id, (at) => {
      const to = wordAt(words, at);
      if (isMapped(graph, to)) words[at] = resolve(graph, to);
      else pending.push(to);
    });
    if (pending.length > before) {
      if (isSeen || pending.slice(before).some((to) => map[to] === IN_PROGRESS)) throw endless(id);
      // The first of them first, as they are decided in that order.
      const references = pending.splice(before).reverse();
      for (const to of references) pending.push(to);
      continue;
    }
    pending.pop();
    const hash = hashOf(graph, id);
    settle(graph, table, id, hash, findEqual(graph, table, id, hash));
  }
}

const endless = (typeId: number): BtfError =>
  new BtfError("modifier-chain", `type ${typeId} leads back to itself other than through a struct or union`, {
    typeId,
  });

/** The types of the last layer that stay, under new numbers. */
function compacted(graph: Graph): Records {
  const { words, starts, map, firstId, endId } = graph;
  const numbers = Uint32Array.from({ length: endId }, (_, id) => (id < firstId ? id : OPEN));
  const kept: number[] = [];
  let length = 0;
  for (let id = firstId; id < endId; id++) {
    if (map[id] !== id) continue;
    numbers[id] = firstId + kept.length;
    kept.push(id);
    length += wordAt(starts, id + 1) - wordAt(starts, id);
  }
  const compact = { words: new Uint32Array(length), starts: new Uint32Array(kept.length + 1) };
  let at = 0;
  for (const [i, id] of kept.entries()) {
    compact.starts[i] = at;
    compact.words.set(words.subarray(starts[id], starts[id + 1]), at);
    at += wordAt(starts, id + 1) - wordAt(starts, id);
  }
  compact.starts[kept.length] = at;
  mapWords(compact, eachTypeWord, (id) => {
    const number = wordAt(numbers, resolve(graph, id));
    if (number === OPEN) throw endless(id);
    return number;
  });
  return compact;
}
