import { parseBtf } from "@core/btf";
import { decodeUtf8, encodeUtf8, viewOf } from "@core/bytes";
import { bitOffsetOf, formatAccess, formatSpec, parseSpec, RELOCATION_KINDS, rawSpec } from "@core/spec";
import { attempt, inTime, must } from "../invariants.js";
import { joinParts, splitParts } from "../parts.js";
import { targets } from "../seeds.js";
import type { FuzzTarget } from "../target.js";

/** In bytes: the root's type id and the kind. */
const HEAD = 5;
const ACCESSES = ["0", "0:1", "0:0:1", "1:2:0:3"];

/** A relocation and its type → an access spec, whose indices are those of the access string. */
export const target: FuzzTarget = {
  *seeds() {
    for (const [i, bytes] of targets().entries()) {
      const head = new Uint8Array(HEAD);
      viewOf(head).setUint32(0, 1 + (i % 8), true);
      head[4] = i % RELOCATION_KINDS.length;
      yield joinParts([bytes, Buffer.concat([head, encodeUtf8(ACCESSES[i % ACCESSES.length] ?? "")])]);
    }
  },
  fuzz(data) {
    const [types = data, relocation = data] = splitParts(data, 2);
    if (relocation.length < HEAD) return;
    const rootId = viewOf(relocation).getUint32(0, true);
    const kind = RELOCATION_KINDS[(relocation[4] ?? 0) % RELOCATION_KINDS.length];
    const accessStr = decodeUtf8(relocation.subarray(HEAD));
    inTime(data.length, () => {
      const btf = attempt(() => parseBtf(types));
      const spec = btf && kind && attempt(() => parseSpec(btf, rootId, accessStr, kind));
      if (spec === undefined) return;
      must(
        rawSpec(spec).join() === indicesIn(accessStr).join(),
        "the indices differ from the access string's",
      );
      must(bitOffsetOf(spec) >= 0, "a negative offset");
      formatSpec(spec);
      formatAccess(spec);
    });
  },
};

/** Like libbpf, whose sscanf ends an index at a sign too: "1:2+0" has three. */
const indicesIn = (accessStr: string): readonly number[] => (accessStr.match(/\d+/g) ?? []).map(Number);
