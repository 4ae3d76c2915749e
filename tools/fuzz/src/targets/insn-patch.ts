import { readerOf, viewOf } from "@core/bytes";
import { parseElf, SHF_EXECINSTR, sectionBytes } from "@core/elf";
import { fixtureObjects, readFixture } from "@core/fixtures";
import {
  formatInsn,
  formatRejection,
  INSN_SIZE,
  insnAt,
  insnLengthAt,
  type Patch,
  patchInsn,
} from "@core/insn-patch";
import { attempt, inTime, must, sameBytes } from "../invariants.js";
import type { FuzzTarget } from "../target.js";

/** In bytes: two values, two sizes, flags and an offset. */
const HEAD = 26;
const FLAG = { big: 1, poison: 2, validate: 4, failMemszAdjust: 8 };

/** Instructions and a patch → patched instructions; what is refused stays as it was, what is patched only there. */
export const target: FuzzTarget = {
  *seeds() {
    for (const { path } of fixtureObjects().slice(0, 24)) {
      const elf = parseElf(readFixture(path));
      for (const section of elf.sections) {
        if ((section.flags & SHF_EXECINSTR) !== 0 && section.size > 0)
          yield Buffer.concat([new Uint8Array(HEAD), sectionBytes(elf, section)]);
      }
    }
  },
  fuzz(data) {
    if (data.length < HEAD) return;
    const head = viewOf(data);
    const flags = head.getUint8(24);
    const order = (flags & FLAG.big) === 0 ? "little" : "big";
    const patch: Patch = {
      original: head.getBigUint64(0, true),
      value: head.getBigUint64(8, true),
      originalSize: head.getUint32(16, true),
      size: head.getUint32(20, true),
      poison: (flags & FLAG.poison) !== 0,
      validate: (flags & FLAG.validate) !== 0,
      failMemszAdjust: (flags & FLAG.failMemszAdjust) !== 0,
    };
    inTime(data.length, () => {
      const before = data.slice(HEAD);
      const bytes = before.slice();
      const offset = head.getUint8(25) * INSN_SIZE;
      const outcome = attempt(() => patchInsn(bytes, order, offset, patch));
      if (outcome === undefined || outcome.kind === "refused") {
        must(sameBytes(bytes, before), "a refusal changed bytes");
        if (outcome !== undefined) formatRejection(outcome.rejection);
        return;
      }
      const length = insnLengthAt(readerOf(before, order), offset);
      must(sameBytes(bytes.subarray(0, offset), before.subarray(0, offset)), "bytes before it changed");
      must(
        sameBytes(bytes.subarray(offset + length), before.subarray(offset + length)),
        "bytes after it changed",
      );
      const reader = readerOf(bytes, order);
      insnAt(reader, offset);
      formatInsn(reader, offset);
    });
  },
};
