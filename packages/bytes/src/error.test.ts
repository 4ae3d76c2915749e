import { expect, expectTypeOf, test } from "vitest";
import { CoreError, type Site } from "./index.js";

class LayerError extends CoreError<"one" | "other"> {
  override readonly name = "LayerError";

  constructor(message: string, site?: Site, cause?: unknown) {
    super("layer", "one", message, site, cause);
  }
}

test("says which layer, what, and where", () => {
  const error = new LayerError("a type is missing", { offset: 0x9f3c, typeId: 412 });
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toBe("layer: a type is missing (offset 0x9f3c)");
  expect(String(error)).toBe("LayerError: layer: a type is missing (offset 0x9f3c)");
  expect(error.code).toBe("one");
  expect(error.site).toEqual({ offset: 0x9f3c, typeId: 412 });
});

test("needs no site and no cause", () => {
  const error = new LayerError("no");
  expect(error.message).toBe("layer: no");
  expect(error.site).toEqual({});
  expect("cause" in error).toBe(false);
});

test("offset 0 is a place; a cause is kept", () => {
  expect(new LayerError("no", { offset: 0 }).message).toBe("layer: no (offset 0x0)");
  const cause = new RangeError("below");
  expect(new LayerError("no", {}, cause).cause).toBe(cause);
});

test("a name from an input cannot write to the terminal", () => {
  expect(new LayerError("no type \x1b]0;pwned\x07").message).toBe("layer: no type \\x1b]0;pwned\\x07");
});

test("codes are literals", () => {
  expectTypeOf<LayerError["code"]>().toEqualTypeOf<"one" | "other">();
});
