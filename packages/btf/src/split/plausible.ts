import type { Btf, TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import { kindOf, nameOf, nameOffOf, rawKindOf, stringAt, stringLayerOf } from "../read.js";
import { eachNameOff, eachReference, HEAD } from "../references.js";
import { type BaseMismatch, MAX_EXAMPLES, type UnresolvedReference } from "./mismatch.js";

/**
 * Looks at everything that split BTF refers to in its base, which may be that of another kernel: whether it is there, and
 * whether it can be meant.
 */
export function checkReferences(btf: Btf): BaseMismatch {
  let references = 0;
  let unresolved = 0;
  const examples: UnresolvedReference[] = [];
  let lastExample = 0;
  const count = (why: string | undefined, id: TypeId, index: number): void => {
    references++;
    if (why === undefined) return;
    unresolved++;
    if (id === lastExample || examples.length === MAX_EXAMPLES) return;
    examples.push({ what: describeReferrer(btf, id, index), why });
    lastExample = id;
  };
  for (let id = btf.startId; id < btf.endId; id = (id + 1) as TypeId) {
    eachNameOff(btf, id, (offset, index) => {
      if (offset !== 0 && (offset < btf.stringStart || offset >= btf.stringEnd)) {
        count(whyNoName(btf, offset), id, index);
      }
    });
    eachReference(btf, id, (to, index) => {
      if (to !== 0 && (to < btf.startId || to >= btf.endId)) count(whyNoType(btf, id, to), id, index);
    });
  }
  return { references, unresolved, examples };
}

/** Compilers and linkers of BTF keep whole strings; none refers to the end of another. */
function whyNoName(btf: Btf, offset: number): string | undefined {
  if (offset >= btf.stringEnd) return `its name is at ${offset} of strings that end at ${btf.stringEnd}`;
  const { strings, stringStart } = stringLayerOf(btf, offset);
  const before = strings[offset - stringStart - 1];
  return before ? `its name is the end of another: "${stringAt(btf, offset)}"` : undefined;
}

function whyNoType(btf: Btf, id: TypeId, to: TypeId): string | undefined {
  if (to >= btf.endId) return `it refers to type ${to}, and the last is ${btf.endId - 1}`;
  return isPlausible(rawKindOf(btf, id), rawKindOf(btf, to))
    ? undefined
    : `it refers to type ${to}, which is ${kindOf(btf, to)} ${nameOf(btf, to)}`.trimEnd();
}

/** May a record of one kind refer to one of the other? True of some that no compiler makes. */
function isPlausible(kind: number, to: number): boolean {
  switch (kind) {
    case Raw.func:
      return to === Raw.funcProto;
    case Raw.datasec:
      return to === Raw.var;
    case Raw.declTag:
      return true;
    default:
      return to !== Raw.func && to !== Raw.var && to !== Raw.datasec && to !== Raw.declTag;
  }
}

/** Its own name may be what does not resolve. */
function describeReferrer(btf: Btf, id: TypeId, index: number): string {
  const offset = nameOffOf(btf, id);
  const name = offset === 0 || whyNoName(btf, offset) !== undefined ? "" : ` ${stringAt(btf, offset)}`;
  const type = `type ${id}, ${kindOf(btf, id)}${name}`;
  return index === HEAD ? type : `element ${index} of ${type}`;
}
