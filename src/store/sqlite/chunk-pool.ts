// A fixed number of buffers of one chunk: who wants to store more than the disk takes waits here.
import type { StoreError } from '../../relay/ports.ts';
import { chunkBytes } from './chunks.ts';

/** So long at most is a body overtaken: SMTP's clients wait for minutes to get rid of a block of data (RFC 5321 §4.5.3.2.5). */
const patienceMs = 5_000;

interface Waiting extends PromiseWithResolvers<ArrayBuffer> {
  readonly chunksStored: number;
  /** Of `performance.now()`. */
  readonly sinceMs: number;
}

export class ChunkPool {
  /** The longest wait first. */
  readonly #waiting: Waiting[] = [];
  readonly #free: ArrayBuffer[] = [];
  #unmade: number;
  #end: StoreError | undefined;

  /** @param size buffers in all; they are made when they are first needed */
  constructor(size: number) {
    this.#unmade = size;
  }

  /**
   * A buffer of `chunkBytes`, as soon as there is one. Throws what the pool ended with.
   * @param chunksStored of the body that it is for: who has most of it behind it is served first, so that of messages that
   * arrive together one after the other is whole, and on its way while the others still arrive
   */
  take(chunksStored: number): Promise<ArrayBuffer> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const free = this.#free.pop() ?? this.#make();
    if (free !== undefined) return Promise.resolve(free);
    const waiting = Promise.withResolvers<ArrayBuffer>();
    this.#waiting.push({ ...waiting, chunksStored, sinceMs: performance.now() });
    return waiting.promise;
  }

  /** Brings back a buffer, or another one in its place. */
  give(buffer: ArrayBuffer): void {
    const next = this.#takeNext();
    if (next === undefined) this.#free.push(buffer);
    else next.resolve(buffer);
  }

  /** Fails those that wait, and all that come later. */
  end(error: StoreError): void {
    this.#end ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#end);
  }

  #takeNext(): Waiting | undefined {
    const [longest] = this.#waiting;
    if (longest === undefined) return undefined;
    if (performance.now() - longest.sinceMs > patienceMs) return this.#waiting.shift();
    const furthest = this.#waiting.reduce((best, each) =>
      each.chunksStored > best.chunksStored ? each : best,
    );
    this.#waiting.splice(this.#waiting.indexOf(furthest), 1);
    return furthest;
  }

  #make(): ArrayBuffer | undefined {
    if (this.#unmade === 0) return undefined;
    this.#unmade -= 1;
    return new ArrayBuffer(chunkBytes);
  }
}
