import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeUtf8, encodeUtf8, printable, replaceUnprintable } from "./index.js";

describe("decodeUtf8", () => {
  test("decodes a part of the bytes, by default all of them", () => {
    const bytes = Uint8Array.of(0x61, 0x62, 0xc3, 0xa9, 0x63);
    expect(decodeUtf8(bytes)).toBe("abéc");
    expect(decodeUtf8(bytes, 1)).toBe("béc");
    expect(decodeUtf8(bytes, 1, 4)).toBe("bé");
    expect(decodeUtf8(bytes, 2, 2)).toBe("");
    expect(decodeUtf8(bytes, 4, 9)).toBe("c");
  });

  test.each([63, 64, 65, 1000])("decodes %d bytes of ASCII, wherever they begin", (length) => {
    expect(decodeUtf8(encodeUtf8(`é${"a".repeat(length)}`), 2)).toBe("a".repeat(length));
  });

  test("replaces what is malformed, a sequence that is cut off included", () => {
    expect(decodeUtf8(Uint8Array.of(0x61, 0xff, 0x62))).toBe("a\ufffdb");
    expect(decodeUtf8(Uint8Array.of(0x61, 0xc3, 0xa9), 0, 2)).toBe("a\ufffd");
    // An overlong slash, and half of a surrogate pair.
    expect(decodeUtf8(Uint8Array.of(0xc0, 0xaf))).toBe("\ufffd\ufffd");
    expect(decodeUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).toBe("\ufffd\ufffd\ufffd");
  });

  test("keeps a byte order mark, which is a part of a name", () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa");
  });

  test("decodes shared memory", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(3));
    shared.set([0x61, 0x62, 0x63]);
    expect(decodeUtf8(shared, 1)).toBe("bc");
  });

  test("reads back what encodeUtf8 wrote", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
      }),
    );
  });
});

test("encodeUtf8 replaces lone surrogates", () => {
  expect([...encodeUtf8("é\ud800")]).toEqual([0xc3, 0xa9, 0xef, 0xbf, 0xbd]);
});

describe("printable", () => {
  test.each([
    ["an escape sequence", "\x1b[2J", "\\x1b[2J"],
    ["line breaks", "a\r\nb", "a\\x0d\\x0ab"],
    ["a C1 control character", "\x9b1m", "\\x9b1m"],
    ["writing from right to left", "a\u202eb", "a\\u{202e}b"],
    ["invisible characters", "a\u200bb\u00ad\ufeff", "a\\u{200b}b\\xad\\u{feff}"],
    ["line and paragraph separators", "\u2028\u2029", "\\u{2028}\\u{2029}"],
    ["tags, beyond the first 65,536", "\u{e0001}", "\\u{e0001}"],
    ["private use", "\ue000", "\\u{e000}"],
    ["half of a surrogate pair", "\ud83d", "\\u{d83d}"],
  ])("escapes %s", (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  test("leaves what can be seen as it is", () => {
    const text = "struct task_struct { … } naïve 名前 😀 \\x1b \ufffd";
    expect(printable(text)).toBe(text);
  });

  test("leaves nothing that moves a cursor, and is stable", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ max: 0xffff }).map((code) => String.fromCharCode(code)) }),
        (text) => {
          const shown = printable(text);
          expect(shown).toBe(printable(shown));
          expect([...shown].every((char) => char >= " " && !(char >= "\x7f" && char <= "\x9f"))).toBe(true);
        },
      ),
    );
  });
});

test("replaceUnprintable lets the caller choose the notation", () => {
  expect(replaceUnprintable("a\0\u{e0001}", (char) => `<${char.length}>`)).toBe("a<1><2>");
});
