// A fixed number of buffers of one chunk: who wants to store more than the disk takes waits here.
import type { StoreError } from '../../relay/ports.ts';
import { chunkBytes } from './chunks.ts';

/** Who has waited this long in all is not overtaken any more: SMTP's clients have minutes of patience (RFC 5321 §4.5.3.2.5). */
const patienceMs = 5_000;
/** 2 MiB. A body below it may soon be whole. */
const youngChunks = 8;

/** The body that a buffer is for. */
export interface BodyProgress {
  readonly chunksStored: number;
  /** For its buffers before. */
  readonly waitedMs: number;
}

interface Waiting extends BodyProgress, PromiseWithResolvers<ArrayBuffer> {
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
   * A buffer of `chunkBytes`, as soon as there is one. Throws what the pool ended with. Of large bodies the one is served
   * first that has most of it behind it: they become whole one after the other, and leave while others still arrive.
   */
  take(body: BodyProgress): Promise<ArrayBuffer> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const free = this.#free.pop() ?? this.#make();
    if (free !== undefined) return Promise.resolve(free);
    const waiting = Promise.withResolvers<ArrayBuffer>();
    this.#waiting.push({ ...waiting, ...body, sinceMs: performance.now() });
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

  /** Of equals the one that came first. */
  #takeNext(): Waiting | undefined {
    const now = performance.now();
    const ranks = this.#waiting.map((each) => rankOf(each, now));
    const [next] = this.#waiting.splice(ranks.indexOf(Math.max(...ranks)), 1);
    return next;
  }

  #make(): ArrayBuffer | undefined {
    if (this.#unmade === 0) return undefined;
    this.#unmade -= 1;
    return new ArrayBuffer(chunkBytes);
  }
}

function rankOf({ chunksStored, waitedMs, sinceMs }: Waiting, now: number): number {
  if (waitedMs + now - sinceMs > patienceMs) return Number.POSITIVE_INFINITY;
  return chunksStored < youngChunks ? Number.MAX_VALUE : chunksStored;
}
