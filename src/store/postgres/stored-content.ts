// A body, read chunk by chunk; a small one came with its claim, and one that arrives has its last chunk in memory.
import { StoreError, type Content } from '../../relay/ports.ts';
import { chunkBytes, type Bodies } from './bodies.ts';

export interface StoredContentOptions {
  readonly bodies: Bodies;
  readonly body: number;
  readonly sizeBytes: number;
  /** The whole body, where it is known. */
  readonly bytes?: Uint8Array | undefined;
  /** The last chunk, where it is not in the database yet. */
  readonly tail?: Uint8Array;
}

export class StoredContent implements Content {
  readonly sizeBytes: number;
  readonly #options: StoredContentOptions;

  constructor(options: StoredContentOptions) {
    this.sizeBytes = options.sizeBytes;
    this.#options = options;
  }

  async *read(range: { readonly start?: number; readonly end?: number } = {}) {
    const end = Math.min(range.end ?? this.sizeBytes, this.sizeBytes);
    let position = Math.max(range.start ?? 0, 0);
    while (position < end) {
      const sequence = Math.floor(position / chunkBytes);
      const chunk = await this.#chunk(sequence);
      const offset = position - sequence * chunkBytes;
      const piece = chunk.subarray(offset, Math.min(chunk.length, offset + end - position));
      yield piece;
      position += piece.length;
    }
  }

  /** @throws StoreError `corrupt` when it is not as long as it was */
  async #chunk(sequence: number): Promise<Uint8Array> {
    const { bodies, body, bytes, sizeBytes, tail } = this.#options;
    if (bytes !== undefined) return bytes;
    if (tail !== undefined && (sequence + 1) * chunkBytes >= sizeBytes) return tail;
    const chunk = await bodies.read({ body, sequence });
    const expectedBytes = Math.min(chunkBytes, sizeBytes - sequence * chunkBytes);
    if (chunk.length === expectedBytes) return chunk;
    throw new StoreError(
      'corrupt',
      `Chunk ${sequence} of the body ${body} has ${chunk.length} bytes instead of ${expectedBytes}`,
    );
  }
}
