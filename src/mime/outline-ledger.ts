// Checks that what comes out of a splitter is what went in, byte for byte: only then do lengths tell positions.
import type { Buffer } from 'node:buffer';

export class ByteLedger {
  /** What went in and has not come out, oldest first. */
  readonly #pending: Buffer[] = [];

  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }

  /** @param piece is kept until it has come out */
  give(piece: Buffer): void {
    if (piece.length > 0) this.#pending.push(piece);
  }

  /** False when the next bytes are others, or have not been given. */
  take(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.length) {
      const [oldest] = this.#pending;
      if (oldest === undefined) return false;
      const length = Math.min(oldest.length, bytes.length - at);
      if (oldest.compare(bytes, at, at + length, 0, length) !== 0) return false;
      if (length === oldest.length) this.#pending.shift();
      else this.#pending[0] = oldest.subarray(length);
      at += length;
    }
    return true;
  }
}
