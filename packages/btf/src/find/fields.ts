import type { Btf, TypeId } from "../btf.js";
import { formatType } from "../format-type.js";
import { comparableName, nameLikeness } from "../likeness.js";
import {
  kindOf,
  memberBitOffset,
  memberBitSize,
  memberNameOff,
  memberTypeOf,
  stringAt,
  vlenOf,
} from "../read.js";
import { skipModifiers } from "../resolve.js";

/** A field of a struct or union. */
export interface FoundField {
  readonly name: string;
  readonly typeId: TypeId;
  /** From the start of the struct or union that was asked about, in bits. */
  readonly bitOffset: number;
  /** In bits; 0 for what is no bitfield. */
  readonly bitSize: number;
}

/** Real structs have some hundreds. */
const MAX_FIELDS = 10_000;

/**
 * The fields of a struct or union, those of anonymous ones in it included; none of other types. Past 10,000
 * members it gives up looking.
 * @throws BtfError `type-id`.
 */
export function fieldsOf(btf: Btf, id: TypeId): readonly FoundField[] {
  const fields: FoundField[] = [];
  const entered = new Set<TypeId>();
  let looked = 0;
  const collect = (composite: TypeId, start: number): void => {
    if (entered.has(composite)) return;
    entered.add(composite);
    const vlen = isComposite(btf, composite) ? vlenOf(btf, composite) : 0;
    for (let i = 0; i < vlen && looked < MAX_FIELDS; i++, looked++) {
      const name = stringAt(btf, memberNameOff(btf, composite, i));
      const typeId = memberTypeOf(btf, composite, i);
      const bitOffset = start + memberBitOffset(btf, composite, i);
      if (name === "") collect(skipModifiers(btf, typeId), bitOffset);
      else fields.push({ name, typeId, bitOffset, bitSize: memberBitSize(btf, composite, i) });
    }
  };
  collect(skipModifiers(btf, id), 0);
  return fields;
}

function isComposite(btf: Btf, id: TypeId): boolean {
  const kind = kindOf(btf, id);
  return kind === "struct" || kind === "union";
}

/** What is known of a field that is not there. */
export interface WantedField {
  readonly name: string;
  /** As C writes it. */
  readonly type?: string;
  /** In bits. */
  readonly bitOffset?: number;
}

/** Names are the same but for underscores: that says more than anything else. */
const SAME = 3;
/** Below this, two fields have too little in common. */
const LIKELY = 3;

/**
 * Fields of a struct or union that may be another one renamed, most likely first: they have its name but for
 * underscores, or some of name, type and place.
 */
export function findLikeFields(
  btf: Btf,
  id: TypeId,
  { name, type, bitOffset }: WantedField,
): readonly FoundField[] {
  const wanted = comparableName(name);
  return fieldsOf(btf, id)
    .map((field) => {
      const sameType = formatType(btf, field.typeId) === type ? 2 : 0;
      const samePlace = field.bitOffset === bitOffset ? 2 : 0;
      const alike = nameLikeness(wanted, comparableName(field.name));
      return { field, likeness: (alike === SAME ? 2 * SAME : alike) + sameType + samePlace };
    })
    .filter(({ likeness }) => likeness >= LIKELY)
    .sort((a, b) => b.likeness - a.likeness)
    .map(({ field }) => field);
}
