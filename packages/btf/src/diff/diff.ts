import type { Btf, TypeId } from "../btf.js";
import { essentialName, isEmptyName } from "../names.js";
import {
  enumeratorNameOff,
  kflagOf,
  kindOf,
  nameOf,
  nameOffOf,
  ownSizeOf,
  referredTypeOf,
  stringAt,
} from "../read.js";
import { findUnmodified } from "../resolve.js";
import { byteAt } from "../words.js";
import { type Comparison, comparisonOf, withAllSteps } from "./comparison.js";
import { fieldsCompatible, typesCompatible } from "./compatible.js";
import { compareEnumerators } from "./enums.js";
import { compareFields } from "./fields.js";
import { eachPairing } from "./pairs.js";
import { compareParams } from "./params.js";
import { compareVars } from "./sections.js";
import type { Side } from "./side.js";
import type { BtfDiff, EnumeratorChange, FieldChange, NamedType, Pair, TypeChange } from "./types.js";

export interface DiffOptions {
  /**
   * Which types to compare, by their names without flavors; all when it is not given. For an enum without a name it is
   * asked for that of the first enumerator, for a declaration tag for that of what it is attached to.
   */
  readonly only?: (name: string) => boolean;
}

/**
 * What is different between the named types of two BTFs: structs, unions, enums, typedefs, functions, integers,
 * floats, variables, data sections, forward declarations and declaration tags. Enums that have neither a name nor a
 * typedef go together when they begin with the same enumerator. Neither the numbers nor the order of types matter, nor how often
 * the same is repeated; names count without their flavors.
 *
 * A change is told where it is made: that of a struct is not told of those that point to it, but one that contains it
 * has a field that was resized. Type tags, names of integers, and names of parameters alone are not compared. Of split BTF it is the types of the last layer that are compared; compare bases by themselves.
 *
 * Takes time and memory in proportion to the input. What is different within a type is found out while `changed` is
 * walked, so that not all of it has to be kept.
 *
 * @throws BtfError `too-complex`, out of a walk of `changed`, when the same anonymous structs are parts of so many others
 * that their fields are out of proportion to the input.
 */
export function diffBtf(before: Btf, after: Btf, { only }: DiffOptions = {}): BtfDiff {
  const comparison = comparisonOf(before, after);
  const [added, removed] = [newTypes(), newTypes()];
  const changed: Pair<TypeId>[] = [];
  const isWanted = ({ btf }: Side, id: TypeId): boolean =>
    only === undefined || only(essentialName(nameFor(btf, id)));
  eachPairing(comparison, isWanted, {
    changed: (a, b) => changed.push([a, b]),
    removed: (id, isVariant) => add(removed, id, isVariant),
    added: (id, isVariant) => add(added, id, isVariant),
  });
  const [oldOrder, newOrder] = [byName(comparison.before), byName(comparison.after)];
  added.ids.sort(newOrder);
  removed.ids.sort(oldOrder);
  changed.sort(([, a], [, b]) => newOrder(a, b));
  return {
    added: { [Symbol.iterator]: () => namedTypes(after, added) },
    removed: { [Symbol.iterator]: () => namedTypes(before, removed) },
    changed: { [Symbol.iterator]: () => changesOf(withAllSteps(comparison), changed) },
  };
}

/** Types of one BTF alone. */
interface Types {
  readonly ids: TypeId[];
  /** Those of them that are {@link NamedType.isVariant}. */
  readonly variants: Set<TypeId>;
}

const newTypes = (): Types => ({ ids: [], variants: new Set() });

function add({ ids, variants }: Types, id: TypeId, isVariant: boolean): void {
  ids.push(id);
  if (isVariant) variants.add(id);
}

function* namedTypes(btf: Btf, { ids, variants }: Types): Iterator<NamedType> {
  for (const id of ids) {
    yield { kind: kindOf(btf, id), name: nameOf(btf, id), id, isVariant: variants.has(id) };
  }
}

function* changesOf(comparison: Comparison, changed: readonly Pair<TypeId>[]): Iterator<TypeChange> {
  for (const ids of changed) yield changeOf(comparison, ...ids);
}

/** By the bytes of their names, then by kind. */
function byName({ btf, flat }: Side): (a: TypeId, b: TypeId) => number {
  const { strings } = flat;
  return (a, b) => {
    let at = nameOffOf(btf, a);
    let otherAt = nameOffOf(btf, b);
    while (strings[at] && strings[at] === strings[otherAt]) {
      at++;
      otherAt++;
    }
    const difference = byteAt(strings, at) - byteAt(strings, otherAt);
    if (difference !== 0) return difference;
    const [kind, otherKind] = [kindOf(btf, a), kindOf(btf, b)];
    return kind === otherKind ? 0 : kind < otherKind ? -1 : 1;
  };
}

/** The name under which a type is compared. */
function nameFor(btf: Btf, id: TypeId): string {
  const kind = kindOf(btf, id);
  if (kind === "decl_tag") return nameOf(btf, referredTypeOf(btf, id));
  const isUnnamedEnum = (kind === "enum" || kind === "enum64") && isEmptyName(btf, nameOffOf(btf, id));
  return isUnnamedEnum ? stringAt(btf, enumeratorNameOff(btf, id, 0)) : nameOf(btf, id);
}

/** What is different between two types of kinds that go together. */
function changeOf(comparison: Comparison, beforeId: TypeId, afterId: TypeId): TypeChange {
  const { before, after } = comparison;
  const common = { name: nameOf(after.btf, afterId), before: beforeId, after: afterId };
  const both = <T>(of: (btf: Btf, id: TypeId) => T): Pair<T> => [
    of(before.btf, beforeId),
    of(after.btf, afterId),
  ];
  const kind = kindOf(after.btf, afterId);
  switch (kind) {
    case "struct":
    case "union": {
      const fields = compareFields(comparison, beforeId, afterId);
      const kinds = both((btf, id) => (kindOf(btf, id) === "struct" ? "struct" : "union"));
      const compatible = kinds[0] === kinds[1] && areCompatible(fields);
      return { kind, ...common, compatible, kinds, sizes: both(ownSizeOf), fields };
    }
    case "enum":
    case "enum64": {
      const enumerators = compareEnumerators(comparison, beforeId, afterId);
      return {
        kind,
        ...common,
        // Relocation finds enums by their names.
        compatible: common.name === "" || areCompatible(enumerators),
        sizes: both(ownSizeOf),
        signed: both(kflagOf),
        enumerators,
      };
    }
    case "typedef": {
      const targets = both(referredTypeOf);
      const { fields, enumerators } = compareAnonymous(comparison, targets);
      const compatible =
        isCompatible(comparison, targets) && areCompatible(fields) && areCompatible(enumerators);
      return { kind, ...common, compatible, targets, fields, enumerators };
    }
    case "func": {
      const protos = both(referredTypeOf);
      const returns: Pair<TypeId> = [
        referredTypeOf(before.btf, protos[0]),
        referredTypeOf(after.btf, protos[1]),
      ];
      return {
        kind,
        ...common,
        compatible: isCompatible(comparison, protos),
        returns: isSame(comparison, returns) ? undefined : returns,
        params: compareParams(comparison, ...protos),
      };
    }
    case "var":
      return { kind, ...common, compatible: isCompatible(comparison, both(referredTypeOf)) };
    case "datasec": {
      const vars = compareVars(comparison, beforeId, afterId);
      return { kind, ...common, compatible: true, sizes: both(ownSizeOf), vars };
    }
    default:
      return {
        kind: kind === "int" || kind === "float" ? kind : "fwd",
        ...common,
        compatible: isCompatible(comparison, [beforeId, afterId]),
      };
  }
}

const areCompatible = (changes: readonly { readonly compatible: boolean }[]): boolean =>
  changes.every(({ compatible }) => compatible);

const isSame = ({ before, after }: Comparison, [a, b]: Pair<TypeId>): boolean =>
  before.shapes.declared[a] === after.shapes.declared[b];

/** As fields, or as whole types. */
const isCompatible = (comparison: Comparison, [a, b]: Pair<TypeId>): boolean =>
  fieldsCompatible(comparison, a, b) || typesCompatible(comparison, a, b);

/** What is in two typedefs' anonymous structs, unions or enums; those with a name are compared under it. */
function compareAnonymous(
  comparison: Comparison,
  [a, b]: Pair<TypeId>,
): { readonly fields: FieldChange[]; readonly enumerators: EnumeratorChange[] } {
  const before = anonymousIn(comparison.before, a);
  const after = anonymousIn(comparison.after, b);
  if (before === undefined || before.isEnum !== after?.isEnum) return { fields: [], enumerators: [] };
  return before.isEnum
    ? { fields: [], enumerators: compareEnumerators(comparison, before.id, after.id) }
    : { fields: compareFields(comparison, before.id, after.id), enumerators: [] };
}

function anonymousIn(side: Side, id: TypeId): { readonly id: TypeId; readonly isEnum: boolean } | undefined {
  const behind = findUnmodified(side.btf, id);
  if (behind === undefined || side.shapes.name[behind] !== 0) return undefined;
  const kind = kindOf(side.btf, behind);
  const isEnum = kind === "enum" || kind === "enum64";
  return isEnum || kind === "struct" || kind === "union" ? { id: behind, isEnum } : undefined;
}
