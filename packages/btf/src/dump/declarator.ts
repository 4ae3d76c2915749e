import type { TypeId } from "../btf.js";
import {
  elementOf,
  elementsAt,
  kflagOf,
  nameOf,
  nelemsOf,
  PARAM_WORDS,
  targetOf,
  typeAt,
  vlenOf,
} from "../flat.js";
import { Raw } from "../kinds.js";
import { byteAt } from "../words.js";
import { type CDump, putTypeName } from "./c-dump.js";
import { put, putNumber } from "./text.js";
import { endlessType, MAX_NESTING, spend, tooDeep } from "./work.js";

/**
 * Writes the declaration of something of a type, such as a member or a parameter. Its name is a string offset and which
 * one of that name it is; an empty name declares nothing, as in a cast. A struct, union or enum without a name is
 * written with all that is in it, its closing brace indented by `level`.
 *
 * A type is a chain from the outside in, such as array, pointer, const, int. C has its end first, then pointers and the
 * name on the way back, and closes arrays and functions on the way out again (libbpf: btf_dump_emit_type_chain).
 *
 * @throws BtfError `too-complex` for a chain without end, and for declarations too deep within each other.
 */
export function putDeclaration(
  dump: CDump,
  id: TypeId,
  name: number,
  occurrence: number,
  level: number,
): void {
  const { flat, text, chain, pending } = dump;
  const chainStart = chain.length;
  const pendingStart = pending.length;
  if (++dump.depth > MAX_NESTING) throw tooDeep(id);
  const last = pushChain(dump, id);
  if (isDeclarable(flat.kinds[last])) {
    const end = putQualifiers(dump, chainStart, chain.length);
    putLast(dump, last, level);
    putChain(dump, chainStart, end, name, occurrence);
  }
  while (pending.length > pendingStart) {
    const closing = pending.pop() ?? 0;
    if (closing > 0) put(text, ")");
    putEnd(dump, Math.abs(closing) as TypeId, level);
  }
  chain.length = chainStart;
  dump.depth--;
}

/** Appends a type and all that it leads to but the last, which has a name or braces of its own and is returned. */
function pushChain({ flat, work, chain }: CDump, id: TypeId): TypeId {
  const { kinds } = flat;
  let current = id;
  for (let length = 0; length < kinds.length; length++) {
    const link = current;
    switch (kinds[link]) {
      case Raw.ptr:
      case Raw.volatile:
      case Raw.const:
      case Raw.restrict:
      case Raw.typeTag:
      case Raw.funcProto:
        current = targetOf(flat, link);
        break;
      case Raw.array:
        current = elementOf(flat, link);
        break;
      default:
        return link;
    }
    chain.push(link);
    spend(work, 1);
  }
  throw endlessType(id);
}

/** Malformed BTF may refer to functions and the like as if they were types of something. */
function isDeclarable(kind: number | undefined): boolean {
  return kind !== Raw.func && kind !== Raw.var && kind !== Raw.datasec && kind !== Raw.declTag;
}

/** Writes what a chain ends with. */
function putLast(dump: CDump, id: TypeId, level: number): void {
  const { flat, text, style } = dump;
  const kind = flat.kinds[id];
  if (kind === 0) {
    put(text, "void");
  } else if (kind === Raw.int || kind === Raw.float) {
    style.putNumberType(dump, id);
  } else if (kind === Raw.typedef) {
    putTypeName(dump, id);
  } else if (kind === Raw.fwd || nameOf(flat, id) !== 0) {
    putTag(dump, id);
  } else if (kind === Raw.enum || kind === Raw.enum64) {
    style.putEnum(dump, id, level);
  } else {
    style.putStruct(dump, id, level);
  }
}

/** Writes the rest of a chain, backwards, and the name. What has to be closed behind that becomes pending. */
function putChain(dump: CDump, start: number, last: number, name: number, occurrence: number): void {
  const { flat, text, chain, pending } = dump;
  const { kinds } = flat;
  const hasName = flat.strings[name] !== 0;
  // Asterisks stand together, and what follows them next to them.
  let afterPointer = false;
  for (let end = last; end > start; ) {
    const id = chain[--end] ?? (0 as TypeId);
    const kind = kinds[id];
    switch (kind) {
      case Raw.ptr:
        put(text, afterPointer ? "*" : " *");
        break;
      case Raw.volatile:
        put(text, " volatile");
        break;
      case Raw.const:
        put(text, " const");
        break;
      case Raw.restrict:
        put(text, " restrict");
        break;
      case Raw.typeTag:
        end = putQualifiers(dump, start, end);
        dump.style.putTypeTag(dump, id);
        break;
      case Raw.array: {
        end = dropQualifiers(dump, start, end);
        if (end === start) {
          pending.push(-id);
          continue;
        }
        const inParentheses = kinds[chain[end - 1] ?? 0] !== Raw.array;
        if (hasName && !afterPointer) put(text, " ");
        if (inParentheses) put(text, "(");
        pending.push(inParentheses ? id : -id);
        afterPointer = true;
        continue;
      }
      default:
        end = dropQualifiers(dump, start, end);
        if (end === start) {
          pending.push(-id);
          continue;
        }
        put(text, " (");
        pending.push(id);
        afterPointer = true;
        continue;
    }
    afterPointer = kind === Raw.ptr;
  }
  if (hasName && !afterPointer) put(text, " ");
  if (hasName) dump.style.putName(dump, name, occurrence);
}

/** Writes the qualifiers that the chain has next, those of what is written after them; returns where it then ends. */
function putQualifiers({ flat: { kinds }, text, chain }: CDump, start: number, end: number): number {
  for (let at = end; at > start; at--) {
    switch (kinds[chain[at - 1] ?? 0]) {
      case Raw.volatile:
        put(text, "volatile ");
        break;
      case Raw.const:
        put(text, "const ");
        break;
      case Raw.restrict:
        put(text, "restrict ");
        break;
      default:
        return at;
    }
  }
  return start;
}

/**
 * Passes over qualifiers and type tags that the chain has next: gcc repeats those of an array's elements on the
 * array, and has volatile for functions that do not return. Returns where the chain then ends.
 */
function dropQualifiers({ flat: { kinds }, chain }: CDump, start: number, end: number): number {
  for (let at = end; at > start; at--) {
    switch (kinds[chain[at - 1] ?? 0]) {
      case Raw.volatile:
      case Raw.const:
      case Raw.restrict:
      case Raw.typeTag:
        break;
      default:
        return at;
    }
  }
  return start;
}

/** Writes `struct`, `union` or `enum` and the name. */
export function putTag(dump: CDump, id: TypeId): void {
  const { flat, text } = dump;
  const kind = byteAt(flat.kinds, id);
  if (kind === Raw.enum || kind === Raw.enum64) put(text, "enum ");
  else if (kind === Raw.union || (kind === Raw.fwd && kflagOf(flat, id))) put(text, "union ");
  else put(text, "struct ");
  putTypeName(dump, id);
}

/** Writes what stands behind the name: an array's length, or a function's parameters. */
function putEnd(dump: CDump, id: TypeId, level: number): void {
  const { flat, text } = dump;
  if (flat.kinds[id] === Raw.funcProto) {
    putParams(dump, id, level);
  } else {
    put(text, "[");
    if (id !== dump.flexible) putNumber(text, nelemsOf(flat, id));
    put(text, "]");
  }
}

function putParams(dump: CDump, id: TypeId, level: number): void {
  const { flat, text, style } = dump;
  const count = vlenOf(flat, id);
  const params = elementsAt(flat, id);
  put(text, "(");
  for (let i = 0; i < count; i++) {
    const name = style.paramName(params, i);
    const typeId = typeAt(flat, params + i * PARAM_WORDS + 1);
    if (i > 0) put(text, ", ");
    if (typeId !== 0 || i < count - 1) putDeclaration(dump, typeId, name, 1, level);
    else put(text, count === 1 ? "void" : "...");
  }
  // With nothing in parentheses, C would take any arguments.
  put(text, count === 0 ? "void)" : ")");
}
