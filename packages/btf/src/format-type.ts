import { decodeUtf8 } from "@core/bytes";
import type { Btf, TypeId } from "./btf.js";
import type { Kind } from "./kinds.js";
import {
  arrayElementOf,
  arrayNelemsOf,
  kflagOf,
  kindOf,
  nameOffOf,
  paramTypeOf,
  referredTypeOf,
  stringBytesAt,
  vlenOf,
} from "./read.js";

/** Types that are gone through for one line; what lies further on is cut short. A type may lead back to itself. */
const MAX_TYPES = 64;
/** Parameters of one function that are shown. */
const MAX_PARAMS = 12;
/** Bytes of a name that are shown. The kernel knows none that is longer. */
const MAX_NAME = 512;

/**
 * A type as C names it, in one line: `struct task_struct *`, `const char[16]`, `int (*)(void *)`; or as C
 * declares something of that type, such as `int (*handler)(void *)`. Names are as in the BTF, not yet made printable.
 * What is too large for a line is cut short with `...`.
 *
 * @param declared The name of what is declared, nothing unless given: `comm` for `char comm[16]`.
 */
export function formatType(btf: Btf, id: TypeId, declared = ""): string {
  return declare({ btf, typesLeft: MAX_TYPES }, id, declared);
}

interface Line {
  readonly btf: Btf;
  typesLeft: number;
}

/** C writes a type around what it declares: pointers and qualifiers before it, arrays and parameters behind. */
function declare(line: Line, id: TypeId, inner: string): string {
  if (line.typesLeft === 0) return join("...", inner);
  line.typesLeft--;
  const { btf } = line;
  const kind = kindOf(btf, id);
  const refer = (around: string): string => declare(line, referredTypeOf(btf, id), around);
  switch (kind) {
    case "void":
      return join("void", inner);
    case "struct":
    case "union":
    case "fwd":
    case "enum":
    case "enum64":
      return join(`${keywordOf(btf, id, kind)} ${shownName(btf, id)}`, inner);
    case "ptr": {
      const pointee = kindBehind(btf, referredTypeOf(btf, id), QUALIFIERS);
      return refer(pointee === "array" || pointee === "func_proto" ? `(*${inner})` : `*${inner}`);
    }
    case "const":
    case "volatile":
    case "restrict":
      // Of a pointer, or of an array's pointers, it stands behind the asterisk, of anything else in front.
      return kindBehind(btf, id, QUALIFIERS_AND_ARRAY) === "ptr"
        ? refer(join(kind, inner))
        : `${kind} ${refer(inner)}`;
    case "array":
      return declare(line, arrayElementOf(btf, id), `${inner}[${arrayNelemsOf(btf, id) || ""}]`);
    case "func_proto":
      return refer(`${inner}(${formatParams(line, id)})`);
    case "type_tag":
    case "var":
    case "func":
    case "decl_tag":
      return refer(inner);
    default:
      return join(shownName(btf, id), inner);
  }
}

const join = (name: string, inner: string): string =>
  inner === "" || inner[0] === "[" ? name + inner : `${name} ${inner}`;

function keywordOf(btf: Btf, id: TypeId, kind: "struct" | "union" | "fwd" | "enum" | "enum64"): string {
  if (kind === "fwd") return kflagOf(btf, id) ? "union" : "struct";
  return kind === "enum64" ? "enum" : kind;
}

function shownName(btf: Btf, id: TypeId): string {
  const bytes = stringBytesAt(btf, nameOffOf(btf, id));
  return decodeUtf8(bytes.subarray(0, MAX_NAME)) || "<anon>";
}

const QUALIFIERS: ReadonlySet<Kind> = new Set(["const", "volatile", "restrict", "type_tag"]);
const QUALIFIERS_AND_ARRAY: ReadonlySet<Kind> = new Set([...QUALIFIERS, "array"]);

/** The first kind on the way from a type that is not in `skipped`, or the last one looked at. */
function kindBehind(btf: Btf, id: TypeId, skipped: ReadonlySet<Kind>): Kind {
  let current = id;
  let kind = kindOf(btf, current);
  for (let step = 0; step < MAX_TYPES && skipped.has(kind); step++) {
    current = kind === "array" ? arrayElementOf(btf, current) : referredTypeOf(btf, current);
    kind = kindOf(btf, current);
  }
  return kind;
}

function formatParams(line: Line, id: TypeId): string {
  const vlen = vlenOf(line.btf, id);
  if (vlen === 0) return "void";
  const shown = Array.from({ length: Math.min(vlen, MAX_PARAMS) }, (_, i) => {
    const type = paramTypeOf(line.btf, id, i);
    return type === 0 ? "..." : declare(line, type, "");
  });
  return (vlen > MAX_PARAMS ? [...shown, "..."] : shown).join(", ");
}
