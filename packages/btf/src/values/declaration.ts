import type { Btf, TypeId } from "../btf.js";
import { Raw } from "../kinds.js";
import {
  arrayElementOf,
  arrayNelemsOf,
  kflagOf,
  nameOf,
  nameOffOf,
  paramNameOff,
  paramTypeOf,
  rawKindOf,
  referredTypeOf,
  stringAt,
  vlenOf,
} from "../read.js";

/** Types that are gone through for one cast, which no kernel has in it. A type may lead back to itself. */
const MAX_TYPES = 1024;

/** Gives types of the same name names of their own, in the order in which they are met (libbpf: btf_dump_resolve_name). */
export interface Namer {
  nameOf(id: TypeId): string;
}

export function namerOf(btf: Btf): Namer {
  const known = new Map<TypeId, string>();
  const counts = new Map<string, number>();
  return {
    nameOf(id) {
      const name = nameOf(btf, id);
      const kind = rawKindOf(btf, id);
      const isDeclaration = kind === Raw.fwd || (kind === Raw.enum && vlenOf(btf, id) === 0);
      if (name === "" || isDeclaration) return name;
      const before = known.get(id);
      if (before !== undefined) return before;
      // Typedefs share no names with structs, unions and enums.
      const space = kind === Raw.typedef ? `typedef ${name}` : name;
      const count = (counts.get(space) ?? 0) + 1;
      counts.set(space, count);
      const unique = count === 1 ? name : `${name}___${count}`;
      known.set(id, unique);
      return unique;
    },
  };
}

/**
 * A type, without its modifiers, as libbpf writes it in front of a value (btf_dump_emit_type_cast): `char[16]`, `int (*)(void)`.
 */
export function formatCast(btf: Btf, namer: Namer, id: TypeId): string {
  return declare({ btf, namer, typesLeft: MAX_TYPES }, id, "");
}

interface Context {
  readonly btf: Btf;
  readonly namer: Namer;
  typesLeft: number;
}

function declare(context: Context, id: TypeId, name: string): string {
  const { btf } = context;
  const chain: TypeId[] = [];
  for (let current = id; context.typesLeft > 0; context.typesLeft--) {
    const kind = rawKindOf(btf, current);
    const isModifier =
      kind === Raw.const || kind === Raw.volatile || kind === Raw.restrict || kind === Raw.typeTag;
    if (!isModifier) chain.push(current);
    if (isModifier || kind === Raw.ptr || kind === Raw.funcProto) current = referredTypeOf(btf, current);
    else if (kind === Raw.array) current = arrayElementOf(btf, current);
    else break;
  }
  return formatChain(context, chain, name);
}

/** Takes the types of a chain off its end: what they are made of comes first. */
function formatChain(context: Context, chain: TypeId[], name: string): string {
  const { btf } = context;
  let text = "";
  let isAfterPointer = true;
  for (let id = chain.pop(); id !== undefined; id = chain.pop()) {
    const kind = rawKindOf(btf, id);
    switch (kind) {
      case Raw.ptr:
        text += isAfterPointer ? "*" : " *";
        break;
      case Raw.array: {
        const next = chain.at(-1);
        const length = `[${arrayNelemsOf(btf, id)}]`;
        if (next === undefined) return text + separated(name, isAfterPointer) + length;
        if (name !== "" && !isAfterPointer) text += " ";
        const inner = formatChain(context, chain, name);
        return text + (rawKindOf(btf, next) === Raw.array ? inner : `(${inner})`) + length;
      }
      case Raw.funcProto: {
        const inner =
          chain.length > 0 ? ` (${formatChain(context, chain, name)})` : separated(name, isAfterPointer);
        return `${text}${inner}(${formatParams(context, id)})`;
      }
      default:
        text += formatNamed(context, id, kind);
    }
    isAfterPointer = kind === Raw.ptr;
  }
  return text + separated(name, isAfterPointer);
}

const separated = (name: string, isAfterPointer: boolean): string =>
  name !== "" && !isAfterPointer ? ` ${name}` : name;

function formatNamed({ btf, namer }: Context, id: TypeId, kind: number): string {
  switch (kind) {
    case 0:
      return id === 0 ? "void" : "";
    case Raw.struct:
    case Raw.union: {
      const keyword = kind === Raw.struct ? "struct" : "union";
      return nameOffOf(btf, id) === 0 ? keyword : `${keyword} ${namer.nameOf(id)}`;
    }
    case Raw.enum:
    case Raw.enum64:
      return `enum ${namer.nameOf(id)}`;
    case Raw.fwd:
      return `${kflagOf(btf, id) ? "union" : "struct"} ${namer.nameOf(id)}`;
    case Raw.typedef:
      return namer.nameOf(id);
    case Raw.int:
    case Raw.float:
      return nameOf(btf, id);
    default:
      return "";
  }
}

function formatParams(context: Context, proto: TypeId): string {
  const { btf } = context;
  const vlen = vlenOf(btf, proto);
  if (vlen === 0 || (vlen === 1 && paramTypeOf(btf, proto, 0) === 0)) return "void";
  const params: string[] = [];
  for (let i = 0; i < vlen; i++) {
    const type = paramTypeOf(btf, proto, i);
    if ((i === vlen - 1 && type === 0) || context.typesLeft === 0) {
      params.push("...");
      break;
    }
    params.push(declare(context, type, stringAt(btf, paramNameOff(btf, proto, i))));
  }
  return params.join(", ");
}
