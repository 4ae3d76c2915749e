import { type Btf, type BtfType, nameOffOf, stringAt, typeById, typeIdAt } from "../src/index.js";

const LINKAGE = ["static", "global", "extern"];
const ENCODINGS = new Map([
  ["", "(none)"],
  ["signed", "SIGNED"],
  ["char", "CHAR"],
  ["bool", "BOOL"],
]);

const kindName = ({ kind }: BtfType): string => (kind === "void" ? "UNKNOWN" : kind.toUpperCase());

/** One layer as `bpftool btf dump file … format raw` writes it, line by line. */
export function rawDump(btf: Btf): string[] {
  const lines: string[] = [];
  for (let id = btf.startId; id < btf.endId; id++) {
    const type = typeById(btf, id);
    const nameOff = nameOffOf(btf, typeIdAt(btf, id));
    const name = nameOff === 0 ? "(anon)" : stringAt(btf, nameOff);
    lines.push(`[${id}] ${kindName(type)} '${name}'${detailsOf(type)}`, ...elementsOf(btf, type));
  }
  return lines;
}

function detailsOf(type: BtfType): string {
  switch (type.kind) {
    case "int": {
      const flags = (["signed", "char", "bool"] as const).filter((flag) => type[flag]).join();
      const encoding = ENCODINGS.get(flags) ?? "UNKN";
      return ` size=${type.size} bits_offset=${type.bitOffset} nr_bits=${type.bits} encoding=${encoding}`;
    }
    case "ptr":
    case "const":
    case "volatile":
    case "restrict":
    case "typedef":
    case "type_tag":
      return ` type_id=${type.typeId}`;
    case "array":
      return ` type_id=${type.typeId} index_type_id=${type.indexTypeId} nr_elems=${type.nelems}`;
    case "struct":
    case "union":
      return ` size=${type.size} vlen=${type.members.length}`;
    case "enum":
    case "enum64":
      return ` encoding=${type.signed ? "SIGNED" : "UNSIGNED"} size=${type.size} vlen=${type.enumerators.length}`;
    case "fwd":
      return ` fwd_kind=${type.of}`;
    case "func":
      return ` type_id=${type.typeId} linkage=${LINKAGE[type.linkage] ?? "(unknown)"}`;
    case "func_proto":
      return ` ret_type_id=${type.returnTypeId} vlen=${type.params.length}`;
    case "var":
      return ` type_id=${type.typeId}, linkage=${LINKAGE[type.linkage] ?? "(unknown)"}`;
    case "datasec":
      return ` size=${type.size} vlen=${type.vars.length}`;
    case "float":
      return ` size=${type.size}`;
    case "decl_tag":
      return ` type_id=${type.typeId} component_idx=${type.componentIndex}`;
    case "void":
    case "unknown":
      return "";
  }
}

function elementsOf(btf: Btf, type: BtfType): string[] {
  // bpftool tells a name at offset 0 from an empty one elsewhere, but no writer makes the latter.
  const shown = (name: string): string => (name === "" ? "(anon)" : name);
  switch (type.kind) {
    case "struct":
    case "union":
      return type.members.map(({ name, typeId, bitOffset, bitSize }) => {
        const width = bitSize === 0 ? "" : ` bitfield_size=${bitSize}`;
        return `\t'${shown(name)}' type_id=${typeId} bits_offset=${bitOffset}${width}`;
      });
    case "enum":
      return type.enumerators.map(({ name, value }) => `\t'${shown(name)}' val=${value}`);
    case "enum64":
      return type.enumerators.map(
        ({ name, value }) => `\t'${shown(name)}' val=${value}${type.signed ? "LL" : "ULL"}`,
      );
    case "func_proto":
      return type.params.map(({ name, typeId }) => `\t'${shown(name)}' type_id=${typeId}`);
    case "datasec":
      return type.vars.map(({ typeId, offset, size }) => {
        const variable = typeById(btf, typeId);
        const name = "name" in variable ? shown(variable.name) : "(anon)";
        return `\ttype_id=${typeId} offset=${offset} size=${size} (${kindName(variable)} '${name}')`;
      });
    default:
      return [];
  }
}
