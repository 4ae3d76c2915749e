import { describe, expect, test } from "vitest";
import { FLAVOURS, headerFields, sampleElf } from "../test/builder.js";
import { elfErrorOf } from "../test/errors.js";
import {
  parseElf,
  relocationsOf,
  replaceSections,
  SHT_REL,
  SHT_RELA,
  sectionBytes,
  symbolsOf,
} from "./index.js";

/** No input of this size may take longer: microseconds of the processor's time, of which a busy machine takes no more. */
const SOON = 1_000_000;

/** Everything that can be asked of a file, each part on its own; anything but an ElfError fails the test. */
function askEverything(bytes: Uint8Array): number {
  let failures = 0;
  const ask = <T>(question: () => T): T | undefined => {
    let answer: T | undefined;
    if (elfErrorOf(() => (answer = question())) !== undefined) failures++;
    return answer;
  };
  const elf = ask(() => parseElf(bytes));
  if (elf === undefined) return failures;
  ask(() => symbolsOf(elf));
  for (const section of elf.sections) {
    if (sectionBytes(elf, section).length > bytes.length)
      throw new RangeError("more bytes than the file has");
    if (section.type === SHT_REL || section.type === SHT_RELA) ask(() => relocationsOf(elf, section));
    for (const size of [1, bytes.length]) {
      const copy = ask(() => replaceSections(elf, new Map([[section.index, new Uint8Array(size)]])));
      if ((copy?.length ?? 0) > 2 * bytes.length + 0x1_0000)
        throw new RangeError("more padding than allowed");
    }
  }
  return failures;
}

describe.each(FLAVOURS)("%d bits, %s", (elfClass, order) => {
  for (const extended of [false, true]) {
    const numbering = extended ? ", extended numbering" : "";
    const bytes = sampleElf(elfClass, order, extended);
    // Section 0 and .bss have no bytes to replace, neither by fewer nor by more.
    const refusals = 4;

    test(`whole${numbering}`, () => {
      expect(askEverything(bytes)).toBe(refusals);
    });

    test(`cut off at every length${numbering}`, () => {
      for (let length = 0; length < bytes.length; length++) {
        expect(elfErrorOf(() => parseElf(bytes.slice(0, length)))).toBeDefined();
      }
    });

    test(`every byte changed${numbering}`, () => {
      const { size } = headerFields(elfClass);
      const sectionHeaders = bytes.length - 10 * (16 + 6 * (elfClass / 8));
      let slowest = 0;
      for (let offset = 0; offset < bytes.length; offset++) {
        const inHeaders = offset < size || offset >= sectionHeaders;
        for (const bits of inHeaders ? [0x01, 0x80, 0xff] : [0xff]) {
          const changed = bytes.slice();
          changed[offset] = (changed[offset] ?? 0) ^ bits;
          const started = process.cpuUsage();
          askEverything(changed);
          slowest = Math.max(slowest, process.cpuUsage(started).user);
        }
      }
      expect(slowest).toBeLessThan(SOON);
    });
  }
});
