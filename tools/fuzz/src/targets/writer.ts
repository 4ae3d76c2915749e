import { type BtfType, parseBtf, pointerSizeOf, typeById, type WritableType, writeBtf } from "@core/btf";
import { attempt, inTime, must, sameBytes } from "../invariants.js";
import { targets } from "../seeds.js";
import type { FuzzTarget } from "../target.js";

const isWritable = (type: BtfType): type is Exclude<BtfType, { kind: "void" | "unknown" }> =>
  type.kind !== "void" && type.kind !== "unknown";

/** Types → bytes, which parse to the same types, and are written to the same bytes again. */
export const target: FuzzTarget = {
  seeds: targets,
  fuzz(data) {
    inTime(data.length, () => {
      const btf = attempt(() => parseBtf(data));
      if (btf === undefined) return;
      const types: WritableType[] = [];
      for (let id = 1; id < btf.endId; id++) {
        const type = typeById(btf, id);
        if (!isWritable(type)) return;
        types.push(type);
      }
      const { order } = btf;
      const bytes = attempt(() => writeBtf(types, { order }));
      if (bytes === undefined) return;
      // A name may hold bytes that are no UTF-8, which are replaced: then names may collide or be refused.
      const again = attempt(() => parseBtf(bytes, { pointerSize: pointerSizeOf(btf) }));
      if (again === undefined) return;
      must(again.endId === btf.endId, "a type was lost");
      const reread = types.map((_, i) => typeById(again, i + 1)).filter(isWritable);
      must(sameBytes(writeBtf(reread, { order }), bytes), "written again, it differs");
    });
  },
};
