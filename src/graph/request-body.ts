// The body of a request, and how much of it was given to the connection: by that alone a lost answer is judged.

export interface RequestBody {
  /** Exact. */
  readonly contentLength: number;
  /** The bytes from the first on; may be called again for another try. */
  open(): AsyncIterable<Uint8Array>;
}

export function textBody(text: string): RequestBody {
  return bytesBody(Buffer.from(text));
}

/** The same body; `onEnd` is called whenever it was taken whole. */
export function notingEnd(body: RequestBody, onEnd: (() => void) | undefined): RequestBody {
  if (!onEnd) return body;
  return {
    contentLength: body.contentLength,
    async *open() {
      yield* body.open();
      onEnd();
    },
  };
}

/** The bodies, one behind the other. */
export function joinBodies(bodies: readonly RequestBody[]): RequestBody {
  return {
    contentLength: bodies.reduce((sum, { contentLength }) => sum + contentLength, 0),
    async *open() {
      for (const body of bodies) yield* body.open();
    },
  };
}

/** Small ones: of a large one TLS would make a copy as large. */
const pieceBytes = 131_072;

/** Bytes that stay as they are until the request has ended. */
export function bytesBody(bytes: Uint8Array): RequestBody {
  return { contentLength: bytes.length, open: () => pieces(bytes) };
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    yield bytes.subarray(start, start + pieceBytes);
  }
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
    let isOver = false;
    try {
      for await (const piece of this.#body.open()) {
        // After the deadline `givenBytes` has been judged, and must stay true.
        isOver = this.#signal.aborted;
        if (isOver) break;
        this.#givenBytes += piece.length;
        yield piece;
      }
    } catch (error) {
      this.#sourceError = error;
      throw error;
    }
    // Not for the signal itself: it ends with each request, and a whole body must leave its connection open.
    if (isOver) this.#signal.throwIfAborted();
  }
}
