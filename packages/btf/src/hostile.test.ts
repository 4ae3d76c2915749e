import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { typeGraph } from "../test/arbitrary.js";
import { btfErrorOf } from "../test/errors.js";
import { EVERY_KIND } from "../test/every-kind.js";
import {
  type Btf,
  formatType,
  idsByName,
  nameOf,
  nameOffOf,
  parseBtf,
  pointerSizeOf,
  sameName,
  sizeOf,
  skipModifiers,
  stringAt,
  stringBytesAt,
  typeById,
  typeIdAt,
  writeBtf,
} from "./index.js";

const ORDERS = ["little", "big"] as const;

/** No input of this size may take longer: microseconds of the processor's time, of which a busy machine takes no more. */
const SOON = 1_000_000;

/**
 * Asks everything about every type. Anything but a BtfError fails the test, and so does one from where there can be
 * none once the bytes were accepted. Gives what is inconsistent.
 */
function askEverything(btf: Btf): string[] {
  const wrong: string[] = [];
  for (let id = 0; id < btf.endId; id++) {
    const typeId = typeIdAt(btf, id);
    typeById(btf, id);
    formatType(btf, typeId);
    btfErrorOf(() => skipModifiers(btf, typeId));
    const sizeError = btfErrorOf(() => sizeOf(btf, typeId));
    if (sizeError !== undefined && !/^(no-size|size-overflow)$/.test(sizeError.code))
      wrong.push(sizeError.message);
    const nameOff = nameOffOf(btf, typeId);
    const name = stringBytesAt(btf, nameOff);
    if (idsByName(btf, name, "exact").includes(typeId) !== name.length > 0)
      wrong.push(`type ${id} is not found`);
    if (!sameName(btf, nameOff, btf, nameOff, "essential")) wrong.push(`name of type ${id} is not its own`);
  }
  const pointerSize = pointerSizeOf(btf);
  if (pointerSize !== 4 && pointerSize !== 8) wrong.push(`pointers of ${pointerSize} bytes`);
  return wrong;
}

/** Parses, and asks everything if that works. Gives the error's code. */
function attempt(bytes: Uint8Array, base?: Btf): string | undefined {
  let btf: Btf | undefined;
  const error = btfErrorOf(() => {
    btf = parseBtf(bytes, base === undefined ? {} : { base });
  });
  if (btf !== undefined) expect(askEverything(btf)).toEqual([]);
  return error?.code;
}

/** Runs all of these, and gives how much of the processor's time the longest took, in microseconds. */
function slowestOf(actions: Iterable<() => unknown>): number {
  let slowest = 0;
  for (const action of actions) {
    const started = process.cpuUsage();
    action();
    slowest = Math.max(slowest, process.cpuUsage(started).user);
  }
  return slowest;
}

function changed(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[offset] = value;
  return copy;
}

describe.each(ORDERS)("%s-endian", (order) => {
  describe.each([true, false])("layout section: %s", (layout) => {
    const bytes = writeBtf(EVERY_KIND, { order, layout });

    test("whole", () => {
      expect(attempt(bytes)).toBeUndefined();
    });

    test("cut off at every length", () => {
      for (let length = 0; length < bytes.length; length++)
        expect(attempt(bytes.slice(0, length))).toBeDefined();
    });

    test("every byte of the header changed", () => {
      const codes = new Set<string | undefined>();
      const values = [
        0, 1, 2, 3, 4, 8, 0x17, 0x18, 0x19, 0x1f, 0x20, 0x21, 0x28, 0x7f, 0x80, 0xeb, 0xfe, 0xff,
      ];
      const actions = values.flatMap((value) =>
        Array.from({ length: 32 }, (_, offset) => () => {
          codes.add(attempt(changed(bytes, offset, value)));
        }),
      );
      expect(slowestOf(actions)).toBeLessThan(SOON);
      expect([...codes]).toEqual(expect.arrayContaining([undefined, "magic", "header", "strings", "record"]));
    });

    test("every byte changed", () => {
      const codes = new Set<string | undefined>();
      const actions = Array.from(bytes, (byte, offset) =>
        [0x01, 0x80, 0xff].map((bits) => () => {
          codes.add(attempt(changed(bytes, offset, byte ^ bits)));
        }),
      ).flat();
      expect(slowestOf(actions)).toBeLessThan(SOON);
      expect([...codes]).toEqual(
        expect.arrayContaining([undefined, "record", "type-id", "string-offset", "func-proto"]),
      );
    });
  });
});

/** Some numbers that tend to be limits. */
const interesting = fc.oneof(
  fc.constantFrom(
    0,
    1,
    0x7f,
    0x80,
    0xffff,
    0x10000,
    0xffffff,
    0x1000000,
    0x7fffffff,
    0x80000000,
    0xfffffffc,
    0xffffffff,
  ),
  fc.nat(64),
  fc.nat(0xffffffff),
);

test("any word of random BTF changed, base and split", () => {
  const edits = fc.array(fc.record({ where: fc.nat(), word: interesting, aligned: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(
      typeGraph(1, { maxTypes: 12 }),
      fc.constantFrom(...ORDERS),
      fc.boolean(),
      edits,
      fc.boolean(),
      (types, order, layout, edits, asSplit) => {
        const base = parseBtf(writeBtf(EVERY_KIND, { order: "little" }));
        const bytes = writeBtf(types, { order, layout, ...(asSplit ? { base } : {}) });
        const view = new DataView(bytes.buffer);
        for (const { where, word, aligned } of edits) {
          const at = where % (bytes.length - 3);
          view.setUint32(aligned ? at - (at % 4) : at, word, order === "little");
        }
        attempt(bytes, asSplit ? base : undefined);
        attempt(bytes, asSplit ? undefined : base);
      },
    ),
    { numRuns: 1500 },
  );
});

test("any bytes behind a header that is right", () => {
  const content = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(fc.constantFrom(...ORDERS), content, content, (order, types, strings) => {
      const bytes = new Uint8Array(24 + types.length + strings.length);
      const view = new DataView(bytes.buffer);
      view.setUint16(0, 0xeb9f, order === "little");
      for (const [i, word] of [24, 0, types.length, types.length, strings.length].entries()) {
        view.setUint32(4 + 4 * i, word, order === "little");
      }
      bytes.set(types, 24);
      bytes.set(strings, 24 + types.length);
      attempt(bytes);
    }),
    { numRuns: 1000 },
  );
});

test("strings that lose their end while they are in use do not hang it", () => {
  const bytes = writeBtf(EVERY_KIND, { order: "little" });
  const btf = parseBtf(bytes);
  bytes.fill(0x61, bytes.length - 4);
  expect(nameOf(btf, typeIdAt(btf, 25))).toBe("big");
  expect(stringAt(btf, btf.stringEnd - 1)).toBe("a");
  expect(sameName(btf, btf.stringEnd - 1, btf, btf.stringEnd - 1, "essential")).toBe(true);
});
