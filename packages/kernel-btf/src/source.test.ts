import fc from "fast-check";
import { expect, it } from "vitest";
import { sourceOfBytes, sourceOfPieces } from "./source.js";

/** Pieces that are good until the next one is asked for: then they are overwritten. */
function* piecesOf(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const piece = bytes.slice(at, at + (sizes[i % sizes.length] ?? 1));
    at += piece.length;
    yield piece;
    piece.fill(0xee);
  }
}

it("reads the same in pieces as from memory", () => {
  const step = fc.record({ what: fc.constantFrom("peek", "read", "skip"), length: fc.nat(60) });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.nat(20), { minLength: 1 }).filter((sizes) => sizes.some((size) => size > 0)),
      fc.array(step),
      (bytes, sizes, steps) => {
        const whole = sourceOfBytes(bytes);
        const inPieces = sourceOfPieces(piecesOf(bytes, sizes));
        const kept: [Uint8Array, Uint8Array][] = [];
        for (const { what, length } of steps) {
          if (what === "skip") {
            whole.skip(length);
            inPieces.skip(length);
          } else if (what === "peek") {
            expect(inPieces.peek(length)).toEqual(whole.peek(length));
          } else {
            kept.push([inPieces.read(length), whole.read(length)]);
          }
          expect(inPieces.position).toBe(whole.position);
        }
        // What was read stays as it was.
        for (const [a, b] of kept) expect(a).toEqual(b);
      },
    ),
  );
});
