import { findSection, parseElf, sectionBytes } from "@core/elf";
import { fixtureObjects, fixtureTargets, objectPath, PAIRS, readFixture, targetPath } from "@core/fixtures";
import { joinParts } from "./parts.js";

/** Large seeds are mutated slowly, and teach nothing that small ones do not. In bytes. */
const MAX_SEED = 1 << 15;

const small = (seeds: Iterable<Uint8Array>): Uint8Array[] =>
  [...seeds].filter(({ length }) => length <= MAX_SEED);

export const objects = (): Uint8Array[] => small(fixtureObjects().map(({ path }) => readFixture(path)));

export const targets = (): Uint8Array[] => small(fixtureTargets().map(({ path }) => readFixture(path)));

/** A section of every object that has it. */
export const sectionsNamed = (...names: readonly string[]): Uint8Array[][] =>
  objects().flatMap((bytes) => {
    const elf = parseElf(bytes);
    const found = names.map((name) => findSection(elf, name));
    return found.includes(undefined)
      ? []
      : [found.flatMap((section) => (section === undefined ? [] : [sectionBytes(elf, section).slice()]))];
  });

/** Two BTFs, some of whose types are the same. */
export function btfPairs(): Uint8Array[] {
  const all = targets();
  return all.map((bytes, i) => joinParts([bytes, all[(i + 2) % all.length] ?? bytes]));
}

/** An object and a kernel that have something to do with each other. */
export const pairs = (): Uint8Array[] =>
  small(
    PAIRS.flatMap(({ object, target }) =>
      (["little", "big"] as const).map((order) =>
        joinParts([readFixture(objectPath(object, order)), readFixture(targetPath(target, order))]),
      ),
    ),
  );
