// The body of a request, and how much of it was given to the connection: by that alone a lost answer is judged.

export interface RequestBody {
  /** Exact. */
  readonly contentLength: number;
  /** The bytes from the first on; may be called again for another try. */
  open(): AsyncIterable<Uint8Array>;
}

/**
 * A body that counts what is taken of it. undici takes nothing before a connection stands, so `givenBytes` below the
 * content length says that no server has the whole request. Error codes say no such thing: a reset before, within and
 * after the body looks the same.
 */
export class GivenBody {
  readonly #body: RequestBody;
  readonly #signal: AbortSignal;
  #givenBytes = 0;
  #sourceError: unknown;

  constructor(body: RequestBody, options: { readonly signal: AbortSignal }) {
    this.#body = body;
    this.#signal = options.signal;
  }

  get givenBytes(): number {
    return this.#givenBytes;
  }

  /** Why the bytes could not be read; undefined when they could. */
  get sourceError(): unknown {
    return this.#sourceError;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const piece of this.#read()) {
      // After the deadline `givenBytes` has been judged, and must stay true.
      this.#signal.throwIfAborted();
      this.#givenBytes += piece.length;
      yield piece;
    }
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#body.open();
    } catch (error) {
      this.#sourceError = error;
      throw error;
    }
  }
}
