import { findCorpus, objectsOf, readBytes } from "@core/corpus";
import { sectionBytes } from "@core/elf";
import { formatSubject } from "@core/matcher";
import { describe, expect, it } from "vitest";
import { fixtureObject, ORDERS } from "../test/fixtures.js";
import { type BpfObject, openObject, relocate } from "./index.js";

// Relocated against its own types, an object is what it was.

/** What clang made, as it made it, and where a type has but one meaning. */
const COMPILED = ["example", "nest", "arrays", "ints", "bits", "enums", "guard", "insns", "split", "types"];

/** Where libbpf, too, decides otherwise about the object's own types. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  // Types of kind FLOAT are compatible with no type (bpf_core_types_are_compat).
  "type_exists real_t": "patched",
  // Pointers nested deeper than 32, and kinds that an array's element has no value for.
  "type_exists too_deep_t": "failed",
  "signed struct arrays.plain[1]": "failed",
  "lshift_u64 struct arrays.plain[2]": "failed",
  "rshift_u64 struct arrays.words[3]": "failed",
};

/** Bitfields: the load that clang chose is not the one that libbpf chooses. */
const COMPILERS_CHOICE = ["byte_off", "byte_sz", "lshift_u64"];

interface Counts {
  identical: number;
  bitfields: number;
  ambiguous: number;
}

function expectIdentity(object: BpfObject, excepted: (key: string) => string | undefined): Counts {
  const counts: Counts = { identical: 0, bitfields: 0, ambiguous: 0 };
  if (object.btf === undefined) return counts;
  const { relocations, code } = relocate(object, { kernel: object.btf });
  const changed = new Set<string>();
  for (const { local, outcome, resolution } of relocations) {
    const key = `${local.kind} ${"message" in local.spec ? local.spec.message : formatSubject(local.spec)}`;
    if (outcome.kind === "failed" && resolution?.verdict.kind === "ambiguous") counts.ambiguous++;
    else if (excepted(key) !== undefined) expect(outcome.kind, key).toBe(excepted(key));
    else {
      if (outcome.kind !== "patched") throw new Error(`${key}: ${JSON.stringify(outcome.kind)}`);
      expect(outcome.change.value, key).toBe(outcome.change.original);
      if (outcome.previous === outcome.change.value) counts.identical++;
      else {
        expect(COMPILERS_CHOICE, key).toContain(local.kind);
        expect(outcome.change.validate).toBe(false);
        counts.bitfields++;
      }
    }
    if (outcome.kind === "patched" && outcome.previous !== outcome.change.value) {
      changed.add(`${local.program?.sectionIndex}+${local.record.insnOff}`);
    }
  }
  for (const [index, bytes] of code) {
    const section = object.elf.sections[index];
    if (section === undefined) throw new Error(`no section ${index}`);
    const before = sectionBytes(object.elf, section);
    for (let at = 0; at < bytes.length; at += 8) {
      const same = Buffer.compare(bytes.subarray(at, at + 8), before.subarray(at, at + 8)) === 0;
      if (!same) expect(changed).toContain(`${index}+${at}`);
    }
  }
  return counts;
}

describe.each(ORDERS)("%s-endian fixtures against themselves", (order) => {
  it.each(COMPILED)("%s", (name) => {
    const counts = expectIdentity(fixtureObject(name, order), (key) => EXCEPTIONS[key]);
    expect(counts.identical).toBeGreaterThan(0);
    // Of a flavor of the same enum that has the enumerator with another value.
    expect(counts.ambiguous).toBe(name === "enums" ? 1 : 0);
    if (!["bits", "example", "insns"].includes(name)) expect(counts.bitfields).toBe(0);
  });
});

const corpus = findCorpus();

it.skipIf(corpus === undefined)("a corpus's objects against themselves", () => {
  const total: Counts = { identical: 0, bitfields: 0, ambiguous: 0 };
  const objects = corpus === undefined ? [] : objectsOf(corpus);
  for (const file of objects) {
    // Flavors of a type in one object may disagree.
    const counts = expectIdentity(openObject(readBytes(file)), () => undefined);
    total.identical += counts.identical;
    total.bitfields += counts.bitfields;
    total.ambiguous += counts.ambiguous;
  }
  console.log(
    `${objects.length} objects against themselves: ${total.identical} relocations identical, ` +
      `${total.bitfields} bitfields loaded otherwise than clang does, ${total.ambiguous} ambiguous between flavors`,
  );
  expect(total.identical).toBeGreaterThan(0);
});
