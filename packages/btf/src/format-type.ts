import type { Btf, TypeId } from "./btf.js";
import {
  arrayElementOf,
  arrayNelemsOf,
  kflagOf,
  kindOf,
  nameOf,
  paramTypeOf,
  referredTypeOf,
  vlenOf,
} from "./read.js";

/** Deeper types are cut short: they are shown in one line, and may lead back to themselves. */
const MAX_DEPTH = 12;
const MAX_PARAMS = 12;

/**
 * A type as C names it, in one line: `struct task_struct *`, `const char[16]`, `int (*)(void *)`. Names
 * are as in the BTF, not yet made printable.
 */
export function formatType(btf: Btf, id: TypeId): string {
  return declare(btf, id, "", MAX_DEPTH);
}

/** C writes a type around what it declares: pointers and modifiers before it, arrays and parameters behind. */
function declare(btf: Btf, id: TypeId, inner: string, depth: number): string {
  if (depth === 0) return join("...", inner);
  const kind = kindOf(btf, id);
  const refer = (around: string): string => declare(btf, referredTypeOf(btf, id), around, depth - 1);
  switch (kind) {
    case "void":
      return join("void", inner);
    case "struct":
    case "union":
    case "fwd":
    case "enum":
    case "enum64":
      return join(tagged(btf, id), inner);
    case "ptr": {
      const pointee = kindOf(btf, referredTypeOf(btf, id));
      return refer(pointee === "array" || pointee === "func_proto" ? `(*${inner})` : `*${inner}`);
    }
    case "const":
    case "volatile":
    case "restrict":
      // Of a pointer it stands behind the asterisk, of anything else in front.
      return kindOf(btf, referredTypeOf(btf, id)) === "ptr"
        ? refer(join(kind, inner))
        : `${kind} ${refer(inner)}`;
    case "array":
      return declare(btf, arrayElementOf(btf, id), `${inner}[${arrayNelemsOf(btf, id) || ""}]`, depth - 1);
    case "func_proto":
      return refer(`${inner}(${formatParams(btf, id, depth)})`);
    case "type_tag":
    case "var":
    case "func":
    case "decl_tag":
      return refer(inner);
    default:
      return join(nameOf(btf, id) || "<anon>", inner);
  }
}

const join = (name: string, inner: string): string =>
  inner === "" || inner[0] === "[" ? name + inner : `${name} ${inner}`;

function tagged(btf: Btf, id: TypeId): string {
  const kind = kindOf(btf, id);
  const fwdOf = kflagOf(btf, id) ? "union" : "struct";
  const keyword = kind === "enum64" ? "enum" : kind === "fwd" ? fwdOf : kind;
  return `${keyword} ${nameOf(btf, id) || "<anon>"}`;
}

function formatParams(btf: Btf, id: TypeId, depth: number): string {
  const vlen = vlenOf(btf, id);
  if (vlen === 0) return "void";
  const shown = Array.from({ length: Math.min(vlen, MAX_PARAMS) }, (_, i) =>
    paramTypeOf(btf, id, i) === 0 ? "..." : declare(btf, paramTypeOf(btf, id, i), "", Math.min(depth - 1, 3)),
  );
  return [...shown, ...(vlen > MAX_PARAMS ? ["..."] : [])].join(", ");
}
