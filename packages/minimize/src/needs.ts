import {
  arrayElementOf,
  arrayIndexOf,
  type Btf,
  type BtfType,
  findUnmodified,
  kindOf,
  memberTypeOf,
  paramTypeOf,
  referredTypeOf,
  type TypeId,
  typeById,
  vlenOf,
} from "@core/btf";

/** What has to be kept of one type, beside its kind, its size and its encoding. */
export interface Need {
  /** Its name: something is found by it, or compares it. */
  named: boolean;
  /** What a pointer points to, a prototype takes and returns. */
  followed: boolean;
  /** Which members or enumerators, by index. */
  readonly parts: Set<number>;
  /** All of that, and of everything that it leads to. */
  whole: boolean;
}

/**
 * What has to be kept of a layer of a target. Modifiers and typedefs on the way to a type are not, unless they are
 * needed themselves: a reference to one that is left out leads to what is behind it.
 */
interface LayerNeeds {
  readonly types: Map<TypeId, Need>;
  /** Records without a meaning, that make the numbers of types other than in another layer. */
  fillers: number;
  /** Whether all types are kept, under their numbers. */
  numbered: boolean;
}

export type Needs = ReadonlyMap<Btf, LayerNeeds>;

export const needsOf = (layers: readonly Btf[]): Needs =>
  new Map(layers.map((btf) => [btf, { types: new Map(), fillers: 0, numbered: false }]));

/** What is needed so far of a type; `undefined` when it is left out, as void always is. */
export function findNeed(needs: Needs, btf: Btf, id: TypeId): Need | undefined {
  return needs.get(layerOf(btf, id))?.types.get(id);
}

/** Keeps a type, and tells what is needed of it. */
function needOf(needs: Needs, btf: Btf, id: TypeId): Need {
  const types = needs.get(layerOf(btf, id))?.types;
  const known = types?.get(id);
  if (known !== undefined) return known;
  const need = { named: false, followed: false, parts: new Set<number>(), whole: false };
  types?.set(id, need);
  return need;
}

function layerOf(btf: Btf, id: TypeId): Btf {
  let layer = btf;
  while (id < layer.startId && layer.base !== undefined) layer = layer.base;
  return layer;
}

/** The type behind modifiers and typedefs; void where they never end. */
export const typeBehind = (btf: Btf, id: TypeId): TypeId => findUnmodified(btf, id) ?? (0 as TypeId);

/**
 * Keeps the type behind `id`, with what a field of it is compared and measured by: an array has elements, a struct
 * no members, and a pointer points to void.
 */
function keepField(needs: Needs, btf: Btf, id: TypeId): void {
  const pending = [id];
  for (const next of pending) {
    const typeId = typeBehind(btf, next);
    if (typeId === 0 || findNeed(needs, btf, typeId) !== undefined) continue;
    needOf(needs, btf, typeId);
    if (kindOf(btf, typeId) === "array") pending.push(arrayElementOf(btf, typeId), arrayIndexOf(btf, typeId));
  }
}

/** Keeps what a relocation finds by name: a typedef is one with its name, too. */
export function keepNamed(needs: Needs, btf: Btf, id: TypeId): void {
  keepField(needs, btf, id);
  if (id !== 0) needOf(needs, btf, id).named = true;
}

/** Keeps a member of a struct or union that is kept, and the member's type. */
export function keepMember(needs: Needs, btf: Btf, id: TypeId, index: number): void {
  needOf(needs, btf, id).parts.add(index);
  keepField(needs, btf, memberTypeOf(btf, id, index));
}

export function keepEnumerator(needs: Needs, btf: Btf, id: TypeId, index: number): void {
  needOf(needs, btf, id).parts.add(index);
}

/** Keeps that a pointer or prototype leads somewhere. The answer is whether that is new. */
export function keepFollowed(needs: Needs, btf: Btf, id: TypeId): boolean {
  const need = needOf(needs, btf, id);
  if (need.followed) return false;
  need.followed = true;
  return true;
}

/** Keeps what whole types are compared by, as far as pointers, arrays and prototypes lead. */
export function keepPrototype(needs: Needs, btf: Btf, id: TypeId): void {
  const pending = [id];
  for (const next of pending) {
    keepField(needs, btf, next);
    const typeId = typeBehind(btf, next);
    switch (kindOf(btf, typeId)) {
      case "ptr":
        if (keepFollowed(needs, btf, typeId)) pending.push(referredTypeOf(btf, typeId));
        break;
      case "array":
        if (keepFollowed(needs, btf, typeId)) pending.push(arrayElementOf(btf, typeId));
        break;
      case "func_proto":
        if (!keepFollowed(needs, btf, typeId)) break;
        pending.push(referredTypeOf(btf, typeId));
        for (let i = 0; i < vlenOf(btf, typeId); i++) pending.push(paramTypeOf(btf, typeId, i));
        break;
    }
  }
}

/** Keeps a type as it is, and everything that it leads to. */
export function keepWhole(needs: Needs, btf: Btf, id: TypeId): void {
  const pending = [id];
  for (const typeId of pending) {
    if (typeId === 0) continue;
    const need = needOf(needs, btf, typeId);
    if (need.whole) continue;
    const type = typeById(btf, typeId);
    need.whole = true;
    need.named = true;
    need.followed = true;
    for (let i = 0; i < partsOf(type); i++) need.parts.add(i);
    for (const reference of referencesOf(type)) pending.push(reference);
  }
}

/** Keeps all layers whole, and every type under its number. */
export function keepNumbers(needs: Needs): void {
  for (const [btf, layer] of needs) {
    layer.numbered = true;
    layer.fillers = 0;
    for (let id = btf.startId; id < btf.endId; id = (id + 1) as TypeId) keepWhole(needs, btf, id);
  }
}

/** Sees to it that the types of a layer get other numbers than they would. */
export function keepApart(needs: Needs, btf: Btf): void {
  const layer = needs.get(btf);
  if (layer !== undefined) layer.fillers++;
}

function partsOf(type: BtfType): number {
  if ("members" in type) return type.members.length;
  return "enumerators" in type ? type.enumerators.length : 0;
}

function referencesOf(type: BtfType): readonly TypeId[] {
  switch (type.kind) {
    case "array":
      return [type.typeId, type.indexTypeId];
    case "struct":
    case "union":
      return type.members.map(({ typeId }) => typeId);
    case "func_proto":
      return [type.returnTypeId, ...type.params.map(({ typeId }) => typeId)];
    // A function has no size and matches nothing, whatever its prototype.
    case "func":
      return [];
    default:
      return "typeId" in type ? [type.typeId] : [];
  }
}
