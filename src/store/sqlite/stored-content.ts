// A body, read chunk by chunk; a small one came with its claim, and one that arrives has its last chunk in memory.
import { StoreError, type Content } from '../../relay/ports.ts';
import { chunkBytes } from './chunks.ts';
import type { ThreadLink } from './thread-link.ts';

export interface StoredContentOptions {
  readonly link: ThreadLink;
  readonly body: number;
  readonly sizeBytes: number;
  /** The whole body, where it is known. */
  readonly bytes?: Uint8Array | undefined;
  /** Of a body that still arrives. */
  readonly arriving?: ArrivingChunks;
}

export interface ArrivingChunks {
  /** The last chunk, which is not in the store yet. */
  readonly tail: Uint8Array;
  /** Resolves when all others are, some of which may be on their way. Throws why they are not. */
  stored(): Promise<void>;
}

export class StoredContent implements Content {
  readonly sizeBytes: number;
  readonly #options: StoredContentOptions;

  constructor(options: StoredContentOptions) {
    this.sizeBytes = options.sizeBytes;
    this.#options = options;
  }

  async *read(range: { readonly start?: number; readonly end?: number } = {}) {
    const start = Math.max(range.start ?? 0, 0);
    const end = Math.min(range.end ?? this.sizeBytes, this.sizeBytes);
    if (start >= end) return;
    const { bytes, arriving } = this.#options;
    await arriving?.stored();
    if (bytes !== undefined) yield bytes.subarray(start, end);
    else yield* this.#readChunks(start, end);
  }

  async *#readChunks(start: number, end: number): AsyncGenerator<Uint8Array> {
    const last = Math.floor((end - 1) / chunkBytes);
    let ahead: Promise<Uint8Array> | undefined;
    try {
      for (let position = start; position < end;) {
        const sequence = Math.floor(position / chunkBytes);
        const chunkStart = sequence * chunkBytes;
        const reading = ahead ?? this.#chunk(sequence);
        // Who asks for a second one mostly wants all.
        ahead = position > start && sequence < last ? this.#chunkAhead(sequence + 1) : undefined;
        const chunk = await reading;
        yield* this.#lend(chunk, position - chunkStart, end - chunkStart);
        position = chunkStart + chunkBytes;
      }
    } finally {
      ahead?.then((chunk) => this.#free(chunk)).catch(() => undefined);
    }
  }

  /** Until the next piece is asked for. */
  *#lend(chunk: Uint8Array, start: number, end: number): Generator<Uint8Array> {
    try {
      yield chunk.subarray(start, end);
    } finally {
      this.#free(chunk);
    }
  }

  /** Its trouble is that of who waits for it. */
  #chunkAhead(sequence: number): Promise<Uint8Array> {
    const chunk = this.#chunk(sequence);
    chunk.catch(() => undefined);
    return chunk;
  }

  /** @throws StoreError `corrupt` when it is not as long as it was */
  async #chunk(sequence: number): Promise<Uint8Array> {
    const { link, body, sizeBytes, arriving } = this.#options;
    if (arriving && (sequence + 1) * chunkBytes >= sizeBytes) return arriving.tail;
    const chunk = await link.call('readChunk', { ask: { body, sequence } });
    const expectedBytes = Math.min(chunkBytes, sizeBytes - sequence * chunkBytes);
    if (chunk.length === expectedBytes) return chunk;
    throw new StoreError(
      'corrupt',
      `Chunk ${sequence} of the body ${body} has ${chunk.length} bytes instead of ${expectedBytes}`,
    );
  }

  /** Gives memory back at once: V8 would let 64 MB of chunks gather before it looks for those that nobody needs. */
  #free(chunk: Uint8Array): void {
    if (chunk === this.#options.arriving?.tail) return;
    if (chunk.buffer instanceof ArrayBuffer) chunk.buffer.transfer(0);
  }
}
