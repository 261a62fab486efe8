// Identifiers as the service makes them, from the sandbox's source of randomness.

/** Good randomness: `size` bytes. */
export type RandomBytes = (size: number) => Uint8Array;

/** Fetched at once: to ask the system for each identifier would cost more than the rest of a request. */
const poolBytes = 4_096;

export class Identifiers {
  readonly #randomBytes: RandomBytes;
  #pool: Buffer = Buffer.alloc(0);

  constructor(randomBytes: RandomBytes) {
    this.#randomBytes = randomBytes;
  }

  /** A GUID, such as `request-id` and `trace_id`. */
  guid(): string {
    const hex = this.#take(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /** An id of an item in a mailbox: long, case-sensitive, with the `=` that must survive a URL. */
  itemId(): string {
    return `AAMk${this.#take(32).toString('base64url')}=`;
  }

  /** A token, secret or other text that cannot be guessed. */
  secret(): string {
    return this.#take(32).toString('base64url');
  }

  #take(size: number): Buffer {
    if (this.#pool.length < size) this.#pool = Buffer.from(this.#randomBytes(poolBytes));
    const taken = this.#pool.subarray(0, size);
    this.#pool = this.#pool.subarray(size);
    return taken;
  }
}
