import type { Btf, TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import {
  arrayElementOf,
  kflagOf,
  nameOf,
  paramNameOff,
  paramTypeOf,
  rawKindOf,
  referredTypeOf,
  stringAt,
  vlenOf,
} from "../read.js";

/** Types that are gone through for one name. A type may lead back to itself. */
const MAX_TYPES = 256;

/** A name on its way. */
interface Naming {
  readonly btf: Btf;
  typesLeft: number;
}

/** A type as pahole names it in front of a member: `const char  *`, `struct page * *`. */
export function formatTypeName(btf: Btf, id: TypeId): string {
  return nameType({ btf, typesLeft: MAX_TYPES }, id);
}

/** A function type, or a pointer to one, with what it declares in its middle: `int (*open)(struct inode *, struct file *)`. */
export function formatFunction(btf: Btf, proto: TypeId, inner: string, spacing: number): string {
  return nameFunction({ btf, typesLeft: MAX_TYPES }, proto, inner, spacing);
}

/** The type behind type tags, which pahole does not show. */
export function withoutTags(btf: Btf, id: TypeId): TypeId {
  let current = id;
  for (let step = 0; step < MAX_TYPES && rawKindOf(btf, current) === Raw.typeTag; step++) {
    current = referredTypeOf(btf, current);
  }
  return current;
}

function nameType(naming: Naming, id: TypeId): string {
  const { btf } = naming;
  if (id === 0) return "void";
  if (naming.typesLeft-- <= 0) return "...";
  switch (rawKindOf(btf, id)) {
    case Raw.ptr:
      return namePointer(naming, withoutTags(btf, referredTypeOf(btf, id)));
    case Raw.const:
      return `const ${nameType(naming, referredTypeOf(btf, id))} `;
    case Raw.volatile:
      return `volatile ${nameType(naming, referredTypeOf(btf, id))} `;
    case Raw.restrict:
      return `${nameType(naming, referredTypeOf(btf, id))} restrict `;
    case Raw.array:
      return nameType(naming, arrayElementOf(btf, id));
    case Raw.funcProto:
      return nameFunction(naming, id, "", 0);
    case Raw.typeTag:
      return nameType(naming, referredTypeOf(btf, id));
    case Raw.struct:
      return `struct ${nameOf(btf, id)}`;
    case Raw.union:
      return `union ${nameOf(btf, id)}`;
    case Raw.enum:
    case Raw.enum64:
      return `enum ${nameOf(btf, id)}`;
    case Raw.fwd:
      return `${kflagOf(btf, id) ? "union" : "struct"} ${nameOf(btf, id)}`;
    default:
      return nameOf(btf, id);
  }
}

function namePointer(naming: Naming, to: TypeId): string {
  const { btf } = naming;
  if (rawKindOf(btf, to) === Raw.const) {
    const pointer = withoutTags(btf, referredTypeOf(btf, to));
    if (rawKindOf(btf, pointer) === Raw.ptr) return `${nameType(naming, pointer)} const *`;
  }
  return `${nameType(naming, to)} *`;
}

function nameFunction(naming: Naming, proto: TypeId, inner: string, spacing: number): string {
  const { btf } = naming;
  const returned = nameType(naming, referredTypeOf(btf, proto));
  const params: string[] = [];
  let isVariable = false;
  for (let i = 0, vlen = vlenOf(btf, proto); i < vlen && naming.typesLeft > 0; i++) {
    const type = paramTypeOf(btf, proto, i);
    if (type === 0) isVariable = true;
    else params.push(nameParam(naming, type, stringAt(btf, paramNameOff(btf, proto, i))));
  }
  const list = params.length === 0 ? "void" : [...params, ...(isVariable ? ["..."] : [])].join(", ");
  return `${returned.padEnd(spacing)} (${inner})(${list})`;
}

function nameParam(naming: Naming, type: TypeId, name: string): string {
  const { btf } = naming;
  const kind = rawKindOf(btf, type);
  const to = kind === Raw.ptr ? withoutTags(btf, referredTypeOf(btf, type)) : type;
  if (rawKindOf(btf, to) === Raw.funcProto) {
    return naming.typesLeft-- > 0 ? nameFunction(naming, to, kind === Raw.ptr ? `*${name}` : name, 0) : "...";
  }
  return nameType(naming, type) + (name === "" ? "" : ` ${name}`);
}
