import type { BtfExt, InfoPart } from "../src/index.js";

/** All sections, with their records. */
export const sectionsOf = ({ funcInfo, lineInfo, coreRelos }: BtfExt) => ({
  funcInfo: read(funcInfo),
  lineInfo: read(lineInfo),
  coreRelos: read(coreRelos),
});

const read = <R>(part: InfoPart<R> | undefined) =>
  part?.sections.map(({ name, records }) => ({ name, records: records() }));
