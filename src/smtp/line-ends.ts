// Line ends of a message on its way in: every lone CR and every lone LF becomes CRLF, so that all later readers see the same lines.

const cr = 0x0d;
const lf = 0x0a;

/** Reads a message piece by piece. */
export interface LineEnds {
  /** The next bytes of the message; `piece` itself when nothing in it needs a change. */
  push(piece: Uint8Array): Uint8Array;
  /** What is still owed when the message has ended: the LF of a final CR, or nothing. */
  end(): Uint8Array;
}

export function createLineEnds(): LineEnds {
  let last = 0;
  return {
    push(piece) {
      const repaired = hasStrays(piece, last) ? repair(piece, last) : piece;
      last = piece.at(-1) ?? last;
      return repaired;
    },
    end() {
      const owed = Uint8Array.from(last === cr ? [lf] : []);
      last = 0;
      return owed;
    },
  };
}

/** A CR at the very end is not judged yet. */
function hasStrays(piece: Uint8Array, last: number): boolean {
  const first = piece[0];
  if (first === undefined) return false;
  const isStrayAtStart = first === lf ? last !== cr : last === cr;
  // Every byte of every message passes here: V8's search is six times as fast as a loop.
  const { buffer, byteOffset, length } = piece;
  return isStrayAtStart || stray.test(Buffer.from(buffer, byteOffset, length).toString('latin1'));
}

/**
 * But for a line end at the start of the text, which follows what came before, and a CR at its end. With `[^\r]\n` instead,
 * V8 tries it at each letter, four times as slowly.
 */
const stray = /\r(?=[^\n])|(?<=[^\r])\n/;

function repair(piece: Uint8Array, last: number): Uint8Array {
  // At most, each byte is a line end that misses its other half.
  const repaired = new Uint8Array(2 * piece.length + 1);
  let length = 0;
  let previous = last;
  for (const byte of piece) {
    if (byte === lf && previous !== cr) repaired[length++] = cr;
    if (byte !== lf && previous === cr) repaired[length++] = lf;
    repaired[length++] = byte;
    previous = byte;
  }
  return repaired.subarray(0, length);
}
