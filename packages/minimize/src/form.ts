import { type Btf, type TypeId, typeById, type WritableType } from "@core/btf";
import type { Need } from "./needs.js";

/** Stands for a type that has no size and goes with no other, such as a function; and for none at all. */
export const NOTHING: WritableType = {
  kind: "decl_tag",
  name: "",
  typeId: 0,
  componentIndex: -1,
  attribute: false,
};

/** A type with no more than what is needed of it. Its type ids are still the target's. */
export function formOf(btf: Btf, id: TypeId, { named, followed, parts }: Need): WritableType {
  const type = typeById(btf, id);
  switch (type.kind) {
    case "void":
    case "unknown":
    case "func":
      return NOTHING;
    case "int":
    case "float":
      return { ...type, name: named ? type.name : "" };
    case "struct":
    case "union":
      return {
        ...type,
        name: named ? type.name : "",
        members: type.members.filter((_, index) => parts.has(index)),
      };
    case "enum":
    case "enum64":
      // Its name is kept, as that of a declaration is: fields of either are compared by it.
      return { ...type, enumerators: type.enumerators.filter((_, index) => parts.has(index)) };
    case "ptr":
      return followed ? type : { ...type, typeId: 0 };
    case "func_proto":
      return {
        ...type,
        params: type.params.map(({ typeId }) => ({ name: "", typeId })),
      };
    case "datasec":
      return { ...type, vars: [] };
    default:
      return type;
  }
}

/** Whether nothing can find the type by a name, so that another of the same content may stand for it. */
export const isNameless = (form: WritableType): boolean => !("name" in form) || form.name === "";

/** The same type with other type ids. */
export function renumbered(form: WritableType, idOf: (id: number) => number): WritableType {
  switch (form.kind) {
    case "array":
      return { ...form, typeId: idOf(form.typeId), indexTypeId: idOf(form.indexTypeId) };
    case "struct":
    case "union":
      return {
        ...form,
        members: form.members.map((member) => ({ ...member, typeId: idOf(member.typeId) })),
      };
    case "func_proto":
      return {
        ...form,
        returnTypeId: idOf(form.returnTypeId),
        params: form.params.map((param) => ({ ...param, typeId: idOf(param.typeId) })),
      };
    default:
      return "typeId" in form ? { ...form, typeId: idOf(form.typeId) } : form;
  }
}
