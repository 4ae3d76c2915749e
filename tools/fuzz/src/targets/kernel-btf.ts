import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { findBtfs, formatSteps } from "@core/kernel-btf";
import { attempt, inTime } from "../invariants.js";
import { objects, targets } from "../seeds.js";
import type { FuzzTarget } from "../target.js";

/** The most that an input may expand to: small, as most of an execution's time would go there. In bytes. */
const MAX_EXPANDED = 1 << 16;

/** Compressed files of every format, made with the tools of each. */
const COMPRESSED = new URL("../../../../packages/kernel-btf/test/fixtures/", import.meta.url);

/** Images, archives and compressed files → the BTF in them. */
export const target: FuzzTarget = {
  *seeds() {
    for (const name of readdirSync(COMPRESSED)) {
      const bytes = readFileSync(new URL(name, COMPRESSED));
      if (bytes.length < 1 << 14) yield bytes;
    }
    for (const bytes of [...targets().slice(0, 8), ...objects().slice(0, 8)]) yield gzipSync(bytes);
  },
  fuzz(data) {
    inTime(data.length + MAX_EXPANDED / 16, () => {
      attempt(() => {
        for (const { steps } of findBtfs(data, { maxExpanded: MAX_EXPANDED })) formatSteps(steps);
      });
    });
  },
};
