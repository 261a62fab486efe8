// A body on its way into the store: up to one chunk in memory, the chunks before it with the thread.
import { StoreError, type BodyWriter, type Content } from '../../relay/ports.ts';
import type { ChunkPool } from './chunk-pool.ts';
import { chunkBytes } from './chunks.ts';
import { StoredContent } from './stored-content.ts';
import type { ThreadLink } from './thread-link.ts';

const smallestBufferBytes = 4096;

export interface BodyOptions {
  readonly link: ThreadLink;
  readonly pool: ChunkPool;
  /** The number under which its chunks are stored; no other body has it. */
  readonly body: number;
  readonly messageId: string;
}

/** What a commit needs of a body that has ended. */
export interface FinishedBody {
  readonly body: number;
  readonly sizeBytes: number;
  readonly chunksStored: number;
  /** With a buffer of its own, to be given away. */
  readonly tail: Uint8Array<ArrayBuffer>;
}

export class Body implements BodyWriter {
  readonly #link: ThreadLink;
  readonly #pool: ChunkPool;
  readonly #body: number;
  readonly #messageId: string;
  readonly #onTheWay = new Set<Promise<void>>();
  #state: 'open' | 'finished' | 'discarded' = 'open';
  #failure: StoreError | undefined;
  #buffer = new ArrayBuffer(0);
  /** Bytes in `#buffer`. */
  #used = 0;
  #chunksPosted = 0;
  #waitedMs = 0;

  constructor({ link, pool, body, messageId }: BodyOptions) {
    this.#link = link;
    this.#pool = pool;
    this.#body = body;
    this.#messageId = messageId;
  }

  get sizeBytes(): number {
    return this.#chunksPosted * chunkBytes + this.#used;
  }

  async write(piece: Uint8Array): Promise<void> {
    this.#check();
    let rest = piece;
    while (rest.length > 0) {
      if (this.#used === chunkBytes) await this.#postChunk();
      const part = rest.subarray(0, chunkBytes - this.#used);
      this.#append(part);
      rest = rest.subarray(part.length);
    }
  }

  content(): Content {
    const tail = new Uint8Array(this.#buffer, 0, this.#used);
    return new StoredContent({
      link: this.#link,
      body: this.#body,
      sizeBytes: this.sizeBytes,
      bytes: this.#chunksPosted === 0 ? tail : undefined,
      arriving: { tail, stored: () => this.#stored() },
    });
  }

  async #stored(): Promise<void> {
    await Promise.all(this.#onTheWay);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async discard(): Promise<void> {
    if (this.#state !== 'open') return;
    await this.#giveUp();
  }

  /** Ends the body: resolves once all chunks but the last are durable. When it throws, nothing of the body is kept. */
  async finish(): Promise<FinishedBody> {
    this.#check();
    this.#state = 'finished';
    try {
      await this.#stored();
    } catch (error) {
      await this.#giveUp();
      throw error;
    }
    const tail = new Uint8Array(this.#buffer.transfer(this.#used));
    return {
      body: this.#body,
      sizeBytes: this.#chunksPosted * chunkBytes + tail.length,
      chunksStored: this.#chunksPosted,
      tail,
    };
  }

  /** Gives up a body that `finish` ended but no commit took. Never throws. */
  async abandon(): Promise<void> {
    await this.#giveUp();
  }

  async #giveUp(): Promise<void> {
    this.#state = 'discarded';
    this.#buffer = new ArrayBuffer(0);
    await Promise.all(this.#onTheWay);
    if (this.#chunksPosted === 0) return;
    // Where the thread does not hear of it, the next start sweeps the chunks.
    await this.#link.call('discard', { ask: { body: this.#body } }).catch(() => undefined);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state === 'open') return;
    throw new StoreError('away', `The body of message "${this.#messageId}" has ended`);
  }

  #append(part: Uint8Array): void {
    const needed = this.#used + part.length;
    if (needed > this.#buffer.byteLength) this.#grow(needed);
    new Uint8Array(this.#buffer).set(part, this.#used);
    this.#used = needed;
  }

  #grow(needed: number): void {
    const doubled = Math.max(needed, 2 * this.#buffer.byteLength, smallestBufferBytes);
    this.#buffer = this.#buffer.transfer(Math.min(doubled, chunkBytes));
  }

  /** Sends the full buffer off and goes on with one of the pool: waiting for that is what slows a client down. */
  async #postChunk(): Promise<void> {
    const fresh = await this.#takeBuffer();
    try {
      this.#check();
    } catch (error) {
      this.#pool.give(fresh);
      throw error;
    }
    const full = this.#buffer;
    this.#buffer = fresh;
    this.#used = 0;
    const posted = this.#store(full).finally(() => this.#onTheWay.delete(posted));
    this.#onTheWay.add(posted);
  }

  async #takeBuffer(): Promise<ArrayBuffer> {
    const startedAt = performance.now();
    const progress = { chunksStored: this.#chunksPosted, waitedMs: this.#waitedMs };
    const buffer = await this.#pool.take(progress);
    this.#waitedMs += performance.now() - startedAt;
    return buffer;
  }

  /** Never throws: the next write or the commit does. */
  async #store(bytes: ArrayBuffer): Promise<void> {
    const sequence = this.#chunksPosted;
    this.#chunksPosted += 1;
    const ask = { body: this.#body, sequence, bytes };
    try {
      this.#pool.give(await this.#link.call('writeChunk', { ask, lent: [bytes] }));
    } catch (error) {
      this.#failure ??= error instanceof StoreError ? error : new StoreError('away', String(error));
      this.#pool.give(new ArrayBuffer(chunkBytes));
    }
  }
}
