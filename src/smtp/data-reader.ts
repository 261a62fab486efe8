// The content of one DATA on its way from the client to `accept`: line ends made right, limits and deadlines kept.
import type { SMTPServerDataStream } from 'smtp-server';
import { deferred, failed, type Refusal } from '../core/outcome.ts';
import type { Clock } from '../relay/ports.ts';
import { createLineEnds } from './line-ends.ts';
import { toRejection, type Rejection } from './reply.ts';

/** How long a DATA may take. */
export interface DataPace {
  /** Each period of this length that is spent waiting for the client must keep to `minBytesPerSecond`. */
  readonly graceMs: number;
  readonly minBytesPerSecond: number;
  /** From DATA to the final dot. */
  readonly longestMs: number;
  /** For `accept`: over one piece of the message, and from the final dot to its answer. */
  readonly acceptTimeoutMs: number;
}

export interface DataReaderParts {
  readonly maxBytes: number;
  readonly pace: DataPace;
  readonly clock: Clock;
  /** Tells the client why, and ends the connection. */
  readonly hangUp: (rejection: Rejection) => void;
}

/** A client that knows no SIZE is let finish, and told at the dot; one that goes far beyond the limit is cut off. */
const floodFactor = 1.1;

/** Until its end is reached or it throws, either the client or `accept` is being waited for. */
export class DataReader implements AsyncIterable<Uint8Array> {
  readonly #stream: SMTPServerDataStream;
  readonly #parts: DataReaderParts;
  readonly #lineEnds = createLineEnds();
  readonly #overdue = Promise.withResolvers<'overdue'>();
  readonly #startedAt: number;
  #receivedBytes = 0;
  #sizeBytes = 0;
  #holdsNul = false;
  #isLate = false;
  #isBroken = false;
  #isRead = false;
  /** Resolved by whatever happens to the stream. */
  #change = Promise.withResolvers<void>();
  #wasCut = false;
  #awaited: 'client' | 'accept' = 'accept';
  /** Epoch ms since which it is awaited. */
  #since: number;
  /** Time spent waiting for the client, and what came before the present period of it. */
  #waitedMs = 0;
  #period = { startMs: 0, startBytes: 0 };

  constructor(stream: SMTPServerDataStream, parts: DataReaderParts) {
    this.#stream = stream;
    this.#parts = parts;
    this.#startedAt = this.#since = parts.clock.now();
    const changed = () => this.#change.resolve();
    // Nobody may be reading when the client vanishes.
    for (const event of ['readable', 'end', 'close', 'error']) stream.on(event, changed);
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** The client vanished, or was cut off, before the final dot. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** We hung up on it. */
  get wasCut(): boolean {
    return this.#wasCut;
  }

  /** Resolves when `accept` has taken too long. */
  get overdue(): Promise<'overdue'> {
    return this.#overdue.promise;
  }

  /** There is no `return`: what one reader leaves is still to be swallowed. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return { next: () => this.#next() };
  }

  /** What in the bytes, or in the time that they took, forbids to accept them. */
  refusal(): Refusal | undefined {
    if (this.#sizeBytes > this.#parts.maxBytes) return tooLarge(this.#parts.maxBytes);
    if (this.#holdsNul) return holdsNul;
    return this.#isLate ? acceptTooSlow : undefined;
  }

  /** Reads what is left, so that the reply comes after the final dot. Never throws: `isBroken` tells. */
  async swallow(): Promise<void> {
    try {
      while ((await this.#pull()).done !== true);
    } catch {
      // What broke it was noted where it happened.
    }
  }

  /** Called every second or so. */
  checkPace(now: number): void {
    if (this.#isBroken) return;
    const { pace } = this.#parts;
    if (this.#awaited === 'accept') {
      if (now - this.#since <= pace.acceptTimeoutMs) return;
      this.#isLate = true;
      this.#overdue.resolve('overdue');
    } else if (now - this.#startedAt > pace.longestMs || this.#isTooSlow(now)) this.#cut(tooSlow);
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#isLate) throw new Error('The message was given up: reading it went on too late');
    return await this.#pull();
  }

  async #pull(): Promise<IteratorResult<Uint8Array>> {
    this.#await('client');
    try {
      const value = await this.#readPiece();
      return value ? { value } : { value, done: true };
    } catch (error) {
      this.#isBroken = true;
      throw error;
    } finally {
      this.#await('accept');
    }
  }

  #await(whom: 'client' | 'accept'): void {
    const now = this.#parts.clock.now();
    if (this.#awaited === 'client') this.#waitedMs += now - this.#since;
    this.#awaited = whom;
    this.#since = now;
  }

  /** Undefined at the end. What is to be refused is read on, but no longer passed on. */
  async #readPiece(): Promise<Uint8Array | undefined> {
    while (!this.#isRead) {
      const chunk = await this.#readChunk();
      this.#isRead = chunk === undefined;
      const piece = chunk ? this.#lineEnds.push(this.#noted(chunk)) : this.#lineEnds.end();
      this.#sizeBytes += piece.length;
      if (piece.length > 0 && this.refusal() === undefined) return piece;
    }
    return undefined;
  }

  #noted(chunk: Buffer): Buffer {
    this.#receivedBytes += chunk.length;
    this.#holdsNul ||= chunk.includes(0);
    if (this.#receivedBytes > floodFactor * this.#parts.maxBytes) this.#cut(this.#flood());
    return chunk;
  }

  /** Undefined at the end. Node's own iterator over a stream is dearer than all else that is done with a small message. */
  async #readChunk(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.#stream.errored) throw this.#stream.errored;
      const chunk: Buffer | null = this.#stream.read();
      if (chunk !== null) return chunk;
      if (this.#stream.readableEnded) return undefined;
      if (this.#stream.destroyed) throw new Error('The client vanished');
      await this.#change.promise;
      this.#change = Promise.withResolvers();
    }
  }

  #isTooSlow(now: number): boolean {
    const { graceMs, minBytesPerSecond } = this.#parts.pace;
    const waitedMs = this.#waitedMs + now - this.#since;
    const periodMs = waitedMs - this.#period.startMs;
    if (periodMs < graceMs) return false;
    const bytes = this.#receivedBytes - this.#period.startBytes;
    this.#period = { startMs: waitedMs, startBytes: this.#receivedBytes };
    return bytes < (minBytesPerSecond * periodMs) / 1000;
  }

  #flood(): Rejection {
    return toRejection(tooLarge(this.#parts.maxBytes));
  }

  /** The stream's end is an error from here on, which whoever reads it gets. */
  #cut(rejection: Rejection): void {
    this.#wasCut = true;
    this.#parts.hangUp(rejection);
    this.#stream.destroy(new Error(rejection.diagnostic));
  }
}

function tooLarge(maxBytes: number): Refusal {
  return failed('5.3.4', {
    reason: 'tooLarge',
    diagnostic: `The message is larger than ${maxBytes} bytes`,
    reply: `The message is too large: at most ${maxBytes} bytes are taken`,
  });
}

const holdsNul = failed('5.6.0', {
  reason: 'content',
  diagnostic: 'The message holds a NUL character',
  reply: 'The message holds a NUL character',
});

const acceptTooSlow = deferred('4.4.5', {
  reason: 'timeout',
  diagnostic: 'The message was not accepted in time',
});

const tooSlow: Rejection = {
  reply: { code: 421, status: '4.4.2', text: 'The message came too slowly' },
  reason: 'timeout',
  diagnostic: 'The client sent its message too slowly',
};
