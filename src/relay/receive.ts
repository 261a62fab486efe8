// Reads a message off the wire: its header into memory, its body into the store.
import { failed, type Failed } from '../core/outcome.ts';
import type { BodyWriter, Mime } from './ports.ts';

/** Headers beyond this are refused, so that memory per message is bounded. */
const maxHeaderBytes = 262_144;

type Pieces = AsyncIterator<Uint8Array>;

/** The start of a message: its whole header, and what came with it of the body. */
export interface Head {
  readonly header: Uint8Array;
  readonly bodyStart: Uint8Array;
}

/** Reads up to the end of the header. Throws what `pieces` throws. */
export async function readHead(pieces: Pieces, mime: Mime): Promise<Head | Failed> {
  const start = new GrowingBuffer();
  for (;;) {
    const searchFrom = Math.max(0, start.bytes.length - 3);
    const next = await pieces.next();
    if (next.done === true) return { header: mime.endHeader(start.bytes), bodyStart: nothing };
    start.append(next.value);
    const length = mime.headerLength(start.bytes, searchFrom);
    if (length > maxHeaderBytes || (length < 0 && start.bytes.length > maxHeaderBytes)) {
      return headerTooLong;
    }
    if (length >= 0) return split(start.bytes, length);
    start.keep();
  }
}

/** Copies the rest of a message into the store. Throws what `pieces` throws, and `StoreError`. */
export async function copyBody(
  pieces: Pieces,
  head: Head,
  body: Pick<BodyWriter, 'write'>,
): Promise<void> {
  if (head.bodyStart.length > 0) await body.write(head.bodyStart);
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
    await body.write(next.value);
  }
}

/** Reads the rest and forgets it: the reply to a refused message comes after its final dot. */
export async function swallow(pieces: Pieces): Promise<void> {
  for (let next = await pieces.next(); next.done !== true;) next = await pieces.next();
}

const nothing = new Uint8Array(0);

const headerTooLong = failed('5.6.0', {
  reason: 'content',
  diagnostic: `The header is longer than ${maxHeaderBytes} bytes`,
  reply: `Message header is longer than ${maxHeaderBytes} bytes`,
});

function split(bytes: Uint8Array, headerLength: number): Head {
  return { header: bytes.subarray(0, headerLength), bodyStart: bytes.subarray(headerLength) };
}

/** Doubles its room, so that a header that arrives byte by byte is not copied once for each of them. */
class GrowingBuffer {
  #room: Uint8Array = nothing;
  #length = 0;
  #isBorrowed = false;

  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  /** The first piece is not copied: most headers come in one. It is valid until the next, unless `keep` is called. */
  append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    this.#isBorrowed = this.#length === 0;
    if (this.#isBorrowed) {
      this.#room = piece;
    } else {
      if (length > this.#room.length) this.#grow(length);
      this.#room.set(piece, this.#length);
    }
    this.#length = length;
  }

  keep(): void {
    if (this.#isBorrowed) this.#room = Uint8Array.from(this.#room);
    this.#isBorrowed = false;
  }

  #grow(length: number): void {
    const larger = new Uint8Array(Math.max(length, this.#room.length * 2));
    larger.set(this.bytes);
    this.#room = larger;
  }
}
