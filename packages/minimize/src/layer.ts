import { type Btf, parseBtf, pointerSizeOf, type TypeId, type WritableType, writeBtf } from "@core/btf";
import { formOf, isNameless, NOTHING, renumbered } from "./form.js";
import { findNeed, type Needs, typeBehind } from "./needs.js";
import { longsOf } from "./pointer-size.js";

/** What is needed of one layer of a target, written. */
export interface WrittenLayer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same, parsed. */
  readonly btf: Btf;
  /** The id in `btf` of a type of the target that is needed. */
  readonly newIdOf: (id: number) => number;
  /** Of equal nameless types the one that is written; `id` itself for any other. */
  readonly standInOf: (id: number) => number;
  /** A nameless type of this layer or its bases by its content, in which type ids are those of stand-ins. */
  readonly findEqual: (content: string) => number | undefined;
}

/** How deep equal types may lie in equal types. Deeper ones are all written, which only costs bytes. */
const MAX_PASSES = 16;

/**
 * Writes what is needed of a layer on top of its base. Nameless types come first, equal ones once; the others stay
 * in order, because the first of several candidates counts. So what was sorted by name as in Linux 7.0 still is.
 */
export function writeLayer(source: Btf, needs: Needs, base: WrittenLayer | undefined): WrittenLayer {
  const { fillers = 0, numbered = false } = needs.get(source) ?? {};
  const forms = formsOf(source, needs);
  const { standInOf, findEqual } = equalsAmong(numbered ? [] : forms, base);
  const ordered = numbered
    ? forms
    : [
        ...forms.filter(([id, form]) => isNameless(form) && standInOf(id) === id),
        ...forms.filter(([, form]) => !isNameless(form)),
      ];
  const startId = (base?.btf.endId ?? 1) + fillers;
  const newIds = new Map<number, number>(ordered.map(([id], i) => [id, startId + i]));
  const newIdOf = (id: number): number => {
    const standIn = standInOf(id);
    return newIds.get(standIn) ?? base?.newIdOf(standIn) ?? 0;
  };
  const types = ordered.map(([, form]) => renumbered(form, newIdOf));
  const onBase = base && { base: base.btf };
  const bytes = writeBtf([...Array<WritableType>(fillers).fill(NOTHING), ...types], {
    order: source.order,
    ...onBase,
  });
  return { bytes, btf: parseLike(source, bytes, onBase ?? {}), newIdOf, standInOf, findEqual };
}

/** Finds nameless types that are equal, to each other or to one of the base. */
function equalsAmong(
  forms: readonly Form[],
  base: WrittenLayer | undefined,
): Pick<WrittenLayer, "standInOf" | "findEqual"> {
  const standIns = new Map<number, number>();
  const standInOf = (id: number): number => standIns.get(id) ?? base?.standInOf(id) ?? id;
  const known = new Map<string, number>();
  const findEqual = (content: string): number | undefined => known.get(content) ?? base?.findEqual(content);
  const nameless = forms.filter(([, form]) => isNameless(form));
  for (let pass = 0, merged = true; merged && pass < MAX_PASSES; pass++) {
    merged = false;
    known.clear();
    for (const [id, form] of nameless) {
      const content = contentOf(renumbered(form, standInOf));
      const equal = findEqual(content);
      if (equal === undefined) known.set(content, id);
      else if (standInOf(id) !== equal) {
        standIns.set(id, equal);
        merged = true;
      }
    }
  }
  return { standInOf, findEqual };
}

/** Where nothing in a target tells how long pointers are, who parsed it said so, and has to say it again. */
function parseLike(source: Btf, bytes: Uint8Array, options: { readonly base?: Btf }): Btf {
  const pointerSize = pointerSizeOf(source);
  const btf = parseBtf(bytes, options);
  const told = pointerSizeOf(btf) === pointerSize || longsOf(source).length > 0;
  return told ? btf : parseBtf(bytes, { ...options, pointerSize });
}

/** A type of the target, and what is written of it. */
type Form = readonly [id: TypeId, form: WritableType];

/** What is written of each needed type, in order; what one refers to is needed, too, or void. */
function formsOf(source: Btf, needs: Needs): readonly Form[] {
  const isNeeded = (id: number): boolean => findNeed(needs, source, id as TypeId) !== undefined;
  const neededAt = (id: number): number => {
    if (isNeeded(id)) return id;
    const behind = typeBehind(source, id as TypeId);
    return isNeeded(behind) ? behind : 0;
  };
  return Array.from(needs.get(source)?.types ?? [])
    .sort(([a], [b]) => a - b)
    .map(([id, need]) => [id, renumbered(formOf(source, id, need), neededAt)]);
}

const contentOf = (form: WritableType): string =>
  JSON.stringify(form, (_, value) => (typeof value === "bigint" ? value.toString() : value));
