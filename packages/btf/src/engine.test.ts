import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { parseBtf, pointerSizeOf, writeBtf } from "./index.js";

setFlagsFromString("--allow-natives-syntax");
const hasFastProperties: unknown = runInNewContext("(object) => %HasFastProperties(object)");

/** Does V8 keep an object's properties at fixed places, and not in a dictionary, reading which takes several times as long? */
const isFast = (object: object): boolean =>
  typeof hasFastProperties === "function" && hasFastProperties(object) === true;

test("parsed BTF is an object that the engine reads fast, also once something was looked up in it", () => {
  const base = parseBtf(writeBtf([], { order: "little" }));
  const split = parseBtf(writeBtf([], { order: "little", base }), { base });
  pointerSizeOf(split);
  expect([base, split].map(isFast)).toEqual([true, true]);
  // It can tell.
  const slow = { ...base, pointerSize: 8 };
  Object.defineProperty(slow, "pointerSize", { get: () => 8 });
  expect(isFast(slow)).toBe(false);
});
