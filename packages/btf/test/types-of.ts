import { type Btf, type BtfType, typeById } from "../src/index.js";

/** All types of one layer, decoded. */
export const typesOf = (btf: Btf): BtfType[] =>
  Array.from({ length: btf.endId - btf.startId }, (_, i) => typeById(btf, btf.startId + i));
