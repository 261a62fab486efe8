// A fixed number of buffers of one chunk: who wants to store more than the disk takes waits here.
import type { StoreError } from '../../relay/ports.ts';
import { chunkBytes } from './chunks.ts';

export class ChunkPool {
  readonly #waiting: PromiseWithResolvers<ArrayBuffer>[] = [];
  readonly #free: ArrayBuffer[] = [];
  #unmade: number;
  #end: StoreError | undefined;

  /** @param size buffers in all; they are made when they are first needed */
  constructor(size: number) {
    this.#unmade = size;
  }

  /** A buffer of `chunkBytes`, as soon as there is one. Throws what the pool ended with. */
  take(): Promise<ArrayBuffer> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const free = this.#free.pop() ?? this.#make();
    if (free !== undefined) return Promise.resolve(free);
    const waiting = Promise.withResolvers<ArrayBuffer>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** Brings back a buffer, or another one in its place. */
  give(buffer: ArrayBuffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next.resolve(buffer);
  }

  /** Fails those that wait, and all that come later. */
  end(error: StoreError): void {
    this.#end ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#end);
  }

  #make(): ArrayBuffer | undefined {
    if (this.#unmade === 0) return undefined;
    this.#unmade -= 1;
    return new ArrayBuffer(chunkBytes);
  }
}
