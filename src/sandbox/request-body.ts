// The body of one request: read once, in the way that its resource asks for, with every byte counted.
import type { IncomingMessage } from 'node:http';
import { Base64Decoder } from './base64.ts';

/** The client went away before its request was whole. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';

  constructor() {
    super('The client went away before its request was whole');
  }
}

export class RequestBody {
  /** Content-Length; undefined when there is none, as with a chunked request. */
  readonly declaredBytes: number | undefined;
  receivedBytes = 0;
  readonly #stream: IncomingMessage;
  readonly #kept: Buffer[] | undefined;

  /** @param options.keep the raw bytes are kept for `raw()` */
  constructor(stream: IncomingMessage, options: { readonly keep: boolean }) {
    const length = stream.headers['content-length'];
    this.declaredBytes = length === undefined ? undefined : Number(length);
    this.#stream = stream;
    this.#kept = options.keep ? [] : undefined;
  }

  /** What has arrived, when it is kept. */
  raw(): Buffer | undefined {
    return this.#kept && Buffer.concat(this.#kept);
  }

  /** Throws `ClientGone`, as all of these do. */
  async bytes(): Promise<Buffer> {
    const pieces: Buffer[] = [];
    await this.#read((piece) => pieces.push(piece));
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  }

  /** The decoded bytes; undefined when the body is no strict base64. */
  async base64(): Promise<Buffer | undefined> {
    const decoder = new Base64Decoder(this.declaredBytes ?? 0);
    await this.#read((piece) => decoder.write(piece));
    return decoder.end();
  }

  async discard(): Promise<void> {
    await this.#read(() => undefined);
  }

  /** Resolves when half of the body has arrived; the rest is never read. */
  async half(): Promise<void> {
    const half = (this.declaredBytes ?? 0) / 2;
    const enough = Promise.withResolvers<void>();
    const read = this.#read(() => {
      if (this.receivedBytes >= half) enough.resolve();
    });
    await Promise.race([read, enough.promise]);
  }

  #read(take: (piece: Buffer) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream = this.#stream;
      if (stream.destroyed) return reject(new ClientGone());
      stream.on('data', (piece: Buffer) => {
        this.receivedBytes += piece.length;
        this.#kept?.push(piece);
        take(piece);
      });
      const fail = (): void => reject(new ClientGone());
      stream.once('close', fail);
      stream.once('end', () => {
        stream.off('close', fail);
        resolve();
      });
    });
  }
}
