import {
  type Btf,
  enumeratorNameOff,
  kindOf,
  memberNameOff,
  nameOf,
  stringAt,
  type TypeId,
  vlenOf,
} from "@core/btf";
import { relocate, type Target } from "@core/relocate";
import { expect } from "vitest";
import { minimize } from "../src/index.js";
import { decisionsOf, parseMinimized } from "./decisions.js";
import { type Ask, objectOf } from "./object.js";

/** A type in one line: its kind, its name, and the names of its members or enumerators. */
function shown(btf: Btf, id: TypeId): string {
  const kind = kindOf(btf, id);
  const nameOffAt =
    kind === "struct" || kind === "union"
      ? memberNameOff
      : kind === "enum" || kind === "enum64"
        ? enumeratorNameOff
        : undefined;
  const parts = nameOffAt ? Array.from({ length: vlenOf(btf, id) }, (_, i) => nameOffAt(btf, id, i)) : [];
  const names = parts.map((nameOff) => `.${stringAt(btf, nameOff)}`);
  return [kind, nameOf(btf, id), ...names].filter((part) => part !== "").join(" ");
}

/** The types of one layer. */
const allShown = (btf: Btf): readonly string[] =>
  Array.from({ length: btf.endId - btf.startId }, (_, i) => shown(btf, (btf.startId + i) as TypeId));

/**
 * Minimises a target for some relocations, and holds them on the result against those on all of it. Answers what is
 * decided, values as numbers, and what is kept.
 */
export function check(local: Btf, target: Target, asks: readonly Ask[], pointerSize?: 4 | 8) {
  const object = objectOf(local, asks);
  const minimized = parseMinimized(minimize([object], target), pointerSize);
  expect(decisionsOf(object, minimized)).toEqual(decisionsOf(object, target));
  const decided = relocate(object, minimized).relocations.map(({ resolution }) => {
    const verdict = resolution?.verdict;
    return verdict?.kind === "resolved" ? Number(verdict.change.value) : verdict?.kind;
  });
  return {
    decided,
    kept: allShown(minimized.kernel),
    modules: minimized.modules?.map(({ name, btf }) => [name, ...allShown(btf)]),
  };
}
