import { nearestNames } from "@core/btf/find";
import { printable } from "@core/bytes";

/** `. Did you mean a, b or c?`, to be put behind what there is none of; nothing where no name is near. */
export function didYouMean(wanted: string, names: Iterable<string>): string {
  const near = nearestNames(wanted, names).map(printable);
  return near.length === 0 ? "" : `. Did you mean ${near.join(", ").replace(/, ([^,]*)$/, " or $1")}?`;
}
