import {
  type Btf,
  formatType,
  idsByName,
  nameOf,
  nameOffOf,
  sameName,
  sizeOf,
  skipModifiers,
  stringBytesAt,
  typeById,
  typeIdAt,
} from "@core/btf";
import { attempt, must } from "./invariants.js";

/** Asks for everything that there is to ask about BTF that was accepted. */
export function walkTypes(btf: Btf): void {
  for (let id = 0; id < btf.endId; id++) {
    const typeId = typeIdAt(btf, id);
    typeById(btf, id);
    nameOf(btf, typeId);
    formatType(btf, typeId);
    attempt(() => skipModifiers(btf, typeId));
    attempt(() => sizeOf(btf, typeId));
    const nameOff = nameOffOf(btf, typeId);
    must(sameName(btf, nameOff, btf, nameOff, "essential"), `the name of type ${id} is not its own`);
    const name = stringBytesAt(btf, nameOff);
    // Looked for only where that is cheap: thousands of types can have one name.
    if (id < 64)
      must(
        idsByName(btf, name, "exact").includes(typeId) === name.length > 0,
        `type ${id} is not found by its name`,
      );
  }
}
