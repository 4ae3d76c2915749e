import type { ByteOrder } from "@core/bytes";
import type { Btf } from "../btf.js";
import { deduplicated } from "../dedup/dedup.js";
import { bytesOf } from "../write/records.js";
import { draftOf } from "./draft.js";
import { sorted } from "./sort.js";

export interface EncodeOptions {
  /** That of the first when it is not given. */
  readonly order?: ByteOrder;
  /** Leave each type once, as libbpf's btf__dedup does. */
  readonly dedup?: boolean;
  /** In the order that Linux has had since 7.0: unnamed types first, then by name. */
  readonly sort?: boolean;
  /** Add a layout section (Linux 7.1), from which a reader learns the sizes of kinds it does not know. */
  readonly layout?: boolean;
}

/**
 * Writes BTF that was parsed, or all types of several that have the same base. Each string is written once, and none
 * that the base has; type ids follow from the order. What is split stays split: parse it with the same base.
 *
 * `dedup` gives the types that libbpf leaves (btf__dedup): of equal ones the first; structs are equal when all that
 * they lead to is; forward declarations become the definitions that they are of. Variables and data sections all stay.
 *
 * Takes time and memory in proportion to the input.
 *
 * @throws BtfError `unwritable` for kinds that this library does not know, and when the bases differ; with `dedup` also
 * `modifier-chain` and `wrong-kind` where libbpf refuses, and `too-complex`.
 */
export function encodeBtf(btf: Btf | readonly Btf[], options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
  const layers = "order" in btf ? [btf] : btf;
  const { order = layers[0]?.order ?? "little", dedup = false, sort = false, layout = false } = options;
  let draft = draftOf(layers);
  if (dedup) draft = deduplicated(draft);
  if (sort) draft = sorted(draft);
  return bytesOf(draft.records.words, draft.strings.toBytes(), order, layout);
}
