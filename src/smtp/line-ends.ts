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
      const strays = countStrays(piece, last);
      const repaired = strays === 0 ? piece : repair(piece, { strays, last });
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

/**
 * How many CRs without LF and LFs without CR there are, after a byte `last`. A CR at the very end is not judged yet.
 * Every byte of every message passes here: an iterator would take three times as long.
 */
function countStrays(piece: Uint8Array, last: number): number {
  let strays = 0;
  let previous = last;
  for (let index = 0; index < piece.length; index++) {
    const byte = piece[index] ?? 0;
    if (byte === lf) {
      if (previous !== cr) strays++;
    } else if (previous === cr) strays++;
    previous = byte;
  }
  return strays;
}

function repair(
  piece: Uint8Array,
  options: { readonly strays: number; readonly last: number },
): Uint8Array {
  const repaired = new Uint8Array(piece.length + options.strays);
  let length = 0;
  let previous = options.last;
  for (const byte of piece) {
    if (byte === lf && previous !== cr) repaired[length++] = cr;
    if (byte !== lf && previous === cr) repaired[length++] = lf;
    repaired[length++] = byte;
    previous = byte;
  }
  return repaired;
}
