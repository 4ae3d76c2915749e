/** Reads bytes one after another that are there from the start, or that come in pieces. */
export interface Source {
  /** Bytes that were read or skipped so far. */
  readonly position: number;
  /** The next bytes without moving: `length` of them, or what is left. Good until the next call. */
  peek(length: number): Uint8Array;
  /** The next `length` bytes, or what is left. */
  read(length: number): Uint8Array;
  /** Moves on by `length` bytes, or to the end. */
  skip(length: number): void;
}

/** What {@link Source.read} returns are views. */
export function sourceOfBytes(bytes: Uint8Array): Source {
  let at = 0;
  const peek = (length: number) => bytes.subarray(at, at + length);
  return {
    get position() {
      return at;
    },
    peek,
    read(length) {
      const found = peek(length);
      at += found.length;
      return found;
    },
    skip(length) {
      at = Math.min(at + length, bytes.length);
    },
  };
}

const NOTHING = new Uint8Array(0);

/** Of pieces that are good until the next one is asked for. What {@link Source.read} returns are copies. */
export function sourceOfPieces(pieces: Iterator<Uint8Array>): Source {
  let piece: Uint8Array = NOTHING;
  let isDone = false;
  let position = 0;

  /** The next piece, unless the current one has something left; false at the end. */
  const refill = (): boolean => {
    while (piece.length === 0 && !isDone) {
      const step = pieces.next();
      if (step.done) isDone = true;
      else piece = step.value;
    }
    return piece.length > 0;
  };

  /** Copies; takes memory for what really comes, not for what is asked for. */
  const read = (length: number): Uint8Array => {
    let found = new Uint8Array(Math.min(length, Math.max(piece.length, 2 ** 16)));
    let filled = 0;
    while (filled < length && refill()) {
      const part = piece.subarray(0, length - filled);
      if (filled + part.length > found.length) {
        const grown = new Uint8Array(Math.min(length, Math.max(2 * found.length, filled + part.length)));
        grown.set(found.subarray(0, filled));
        found = grown;
      }
      found.set(part, filled);
      filled += part.length;
      piece = piece.subarray(part.length);
    }
    position += filled;
    return found.subarray(0, filled);
  };

  return {
    get position() {
      return position;
    },
    peek(length) {
      if (refill() && piece.length < length) {
        const start = read(length);
        position -= start.length;
        // What is left of the current piece comes behind it.
        const joined = new Uint8Array(start.length + piece.length);
        joined.set(start);
        joined.set(piece, start.length);
        piece = joined;
      }
      return piece.subarray(0, length);
    },
    read,
    skip(length) {
      for (let left = length; left > 0 && refill(); ) {
        const part = Math.min(left, piece.length);
        piece = piece.subarray(part);
        left -= part;
        position += part;
      }
    },
  };
}
