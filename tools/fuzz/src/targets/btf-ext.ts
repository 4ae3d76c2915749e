import { parseBtf } from "@core/btf";
import { parseBtfExt, withoutCoreRelos } from "@core/btf-ext";
import { attempt, inTime, must } from "../invariants.js";
import { joinParts, splitParts } from "../parts.js";
import { sectionsNamed } from "../seeds.js";
import type { FuzzTarget } from "../target.js";

/** Bytes of `.BTF` and `.BTF.ext` → records; and the same without CO-RE relocations, which parses again. */
export const target: FuzzTarget = {
  seeds: () => sectionsNamed(".BTF", ".BTF.ext").map(joinParts),
  fuzz(data) {
    const [types = data, records = data] = splitParts(data, 2);
    inTime(data.length, () => {
      const btf = attempt(() => parseBtf(types));
      const ext = btf && attempt(() => parseBtfExt(records, btf));
      if (btf === undefined || ext === undefined) return;
      const { bytes } = withoutCoreRelos(ext);
      const again = parseBtfExt(bytes, btf);
      must(again.coreRelos === undefined, "CO-RE relocations are left");
      must(again.lineInfo?.sections.length === ext.lineInfo?.sections.length, "line info was lost");
      must(again.funcInfo?.sections.length === ext.funcInfo?.sections.length, "func info was lost");
    });
  },
};
