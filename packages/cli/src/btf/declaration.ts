import {
  type Btf,
  type BtfType,
  formatType,
  paramNameOff,
  paramTypeOf,
  referredTypeOf,
  sizeOf,
  stringAt,
  type TypeId,
  typeById,
  vlenOf,
} from "@core/btf";
import { formatLayout, layoutOf } from "@core/btf/layout";

/** A type as C declares it, with comments that say where everything is. Names are as in the BTF. */
export function declarationOf(btf: Btf, id: TypeId): string {
  const type = typeById(btf, id);
  switch (type.kind) {
    case "struct":
    case "union":
      return formatLayout(btf, layoutOf(btf, id));
    case "enum":
    case "enum64":
      return `enum ${type.name}${type.name === "" ? "" : " "}${enumeratorsOf(type)};\n`;
    case "typedef":
      return typedefOf(btf, type.name, type.typeId);
    case "func":
      // A kernel's are all said to be static, whatever they are.
      return `${type.linkage === EXTERN ? "extern " : ""}${prototypeOf(btf, type.typeId, type.name)};\n`;
    case "var":
      return `${LINKAGES[type.linkage] ?? ""}${formatType(btf, type.typeId, type.name)};\n`;
    case "datasec":
      return type.vars
        .map(({ typeId, offset, size }) => `${formatVar(btf, typeId)} /* ${offset} ${size} */\n`)
        .join("");
    case "int":
      return `${type.name}; /* ${type.bits} bits, ${wordsOf(type).join(" ")} */\n`;
    case "func_proto":
      return `${prototypeOf(btf, id, "(*)")};\n`;
    default:
      return `${formatType(btf, id)};\n`;
  }
}

/** Of BTF_VAR_STATIC, BTF_VAR_GLOBAL_ALLOCATED and BTF_VAR_GLOBAL_EXTERN; functions count the same. */
const LINKAGES: readonly string[] = ["static ", "", "extern "];
const EXTERN = 2;

function enumeratorsOf({ enumerators }: BtfType & { readonly kind: "enum" | "enum64" }): string {
  return `{\n${enumerators.map(({ name, value }) => `\t${name} = ${value},\n`).join("")}}`;
}

function typedefOf(btf: Btf, name: string, target: TypeId): string {
  const type = typeById(btf, target);
  if ("name" in type && type.name === "") {
    if (type.kind === "struct" || type.kind === "union" || type.kind === "enum" || type.kind === "enum64") {
      return `typedef ${declarationOf(btf, target).replace(/;\n$/, ` ${name};\n`)}`;
    }
  }
  return `typedef ${formatType(btf, target, name)};\n`;
}

/** With the parameters' names, which types alone do not have. */
function prototypeOf(btf: Btf, proto: TypeId, name: string): string {
  const params = Array.from({ length: vlenOf(btf, proto) }, (_, i) => {
    const type = paramTypeOf(btf, proto, i);
    return type === 0 ? "..." : formatType(btf, type, stringAt(btf, paramNameOff(btf, proto, i)));
  });
  return formatType(btf, referredTypeOf(btf, proto), `${name}(${params.join(", ") || "void"})`);
}

function formatVar(btf: Btf, id: TypeId): string {
  const type = typeById(btf, id);
  return type.kind === "var" || type.kind === "func" ? declarationOf(btf, id).trimEnd() : `[${id}];`;
}

function wordsOf({ signed, char, bool }: BtfType & { readonly kind: "int" }): string[] {
  return [signed ? "signed" : "unsigned", ...(char ? ["char"] : []), ...(bool ? ["bool"] : [])];
}

/** In bytes; undefined for what has none, such as a function. */
export function sizeOrNone(btf: Btf, id: TypeId): number | undefined {
  const { kind } = typeById(btf, id);
  if (["void", "fwd", "func", "func_proto", "decl_tag", "unknown"].includes(kind)) return undefined;
  try {
    return sizeOf(btf, id);
  } catch {
    return undefined;
  }
}
