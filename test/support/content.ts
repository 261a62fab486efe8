// Messages in memory that give their bytes as a store does: in pieces, each overwritten by the next.
import type { Content } from '../../src/relay/ports.ts';

/** @param message in latin1, or bytes; line ends as they stand */
export function contentOf(message: string | Uint8Array, pieceBytes = 65_536): Content {
  const bytes = typeof message === 'string' ? Buffer.from(message, 'latin1') : message;
  return {
    sizeBytes: bytes.length,
    async *read({ start = 0, end = bytes.length } = {}) {
      const shared = new Uint8Array(pieceBytes);
      for (let at = start; at < end; at += pieceBytes) {
        const piece = bytes.subarray(at, Math.min(at + pieceBytes, end));
        shared.set(piece);
        yield shared.subarray(0, piece.length);
        shared.fill(0);
      }
    },
  };
}

/** The message as one buffer. */
export async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

/** A message from its lines. */
export function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\r\n`).join('');
}
