// A body on its way into PostgreSQL: up to one chunk in memory, the chunks before it in the database.
import { StoreError, type BodyWriter, type Content } from '../../relay/ports.ts';
import { chunkBytes, type Bodies } from './bodies.ts';
import { StoredContent } from './stored-content.ts';

const smallestBufferBytes = 4096;

/** What a commit needs of a body that has ended. */
export interface FinishedBody {
  /** Absent where all of it is in `tail`. */
  readonly body?: number;
  readonly sizeBytes: number;
  readonly chunksStored: number;
  readonly tail: Uint8Array;
}

export class Body implements BodyWriter {
  readonly #bodies: Bodies;
  readonly #messageId: string;
  #state: 'open' | 'finished' | 'discarded' = 'open';
  #failure: StoreError | undefined;
  #number: number | undefined;
  #buffer = new ArrayBuffer(0);
  /** Bytes in `#buffer`. */
  #used = 0;
  #chunksStored = 0;
  #storing: Promise<void> | undefined;

  constructor(bodies: Bodies, messageId: string) {
    this.#bodies = bodies;
    this.#messageId = messageId;
  }

  get sizeBytes(): number {
    return this.#chunksStored * chunkBytes + this.#used;
  }

  /** One chunk at a time: waiting for it is what slows a client down. */
  async write(piece: Uint8Array): Promise<void> {
    this.#check();
    let rest = piece;
    while (rest.length > 0) {
      if (this.#used === chunkBytes) await this.#storeChunk();
      const part = rest.subarray(0, chunkBytes - this.#used);
      this.#append(part);
      rest = rest.subarray(part.length);
    }
  }

  content(): Content {
    const tail = new Uint8Array(this.#buffer, 0, this.#used);
    return new StoredContent({
      bodies: this.#bodies,
      body: this.#number ?? 0,
      sizeBytes: this.sizeBytes,
      bytes: this.#chunksStored === 0 ? tail : undefined,
      tail,
    });
  }

  async discard(): Promise<void> {
    if (this.#state === 'open') await this.abandon();
  }

  /** Ends the body. Throws when it has ended before, or a chunk could not be stored. */
  finish(): FinishedBody {
    this.#check();
    this.#state = 'finished';
    return {
      ...(this.#number !== undefined && { body: this.#number }),
      sizeBytes: this.sizeBytes,
      chunksStored: this.#chunksStored,
      tail: new Uint8Array(this.#buffer, 0, this.#used),
    };
  }

  /** Gives up a body, also one that `finish` ended but no commit took. Never throws. */
  async abandon(): Promise<void> {
    this.#state = 'discarded';
    this.#buffer = new ArrayBuffer(0);
    this.#used = 0;
    await this.#storing?.catch(() => undefined);
    if (this.#number !== undefined) await this.#bodies.discard(this.#number);
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

  async #storeChunk(): Promise<void> {
    this.#storing = this.#store(new Uint8Array(this.#buffer));
    try {
      await this.#storing;
    } catch (error) {
      this.#failure = error instanceof StoreError ? error : new StoreError('away', String(error));
    }
    // It may have been given up meanwhile.
    this.#check();
    this.#chunksStored += 1;
    this.#used = 0;
  }

  async #store(bytes: Uint8Array): Promise<void> {
    this.#number ??= await this.#bodies.nextNumber();
    await this.#bodies.write({ body: this.#number, sequence: this.#chunksStored }, bytes);
  }
}
