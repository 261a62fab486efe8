// Reads an answer, of which nothing is believed: not that it is small, nor that it ends, nor that it is text.
import type { Dispatcher } from 'undici';

/** Enough for any answer but those that list something. */
const defaultMaxBytes = 65_536;
/** The final ones of RFC 9110 §15; others announce them. */
const firstFinalStatus = 200;

export interface AnswerReaderOptions {
  /** Default: 64 KiB. */
  readonly maxBytes?: number | undefined;
  /** Called when the status is known, before anything else of the answer is read. */
  readonly onStatus: () => void;
}

type Control = Dispatcher.DispatchController;
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

/**
 * Takes what undici tells of one request. Its own handler for that makes a stream of each answer, which costs as much as the
 * rest of a small request. A body that ends leaves its connection open for the next one.
 */
export class AnswerReader implements Dispatcher.DispatchHandler {
  /**
   * Resolves when nothing more comes: with an error where that was before the status was known. What breaks off later has
   * said its status, and is no error.
   */
  readonly ended: Promise<Error | undefined>;
  readonly #end: (error?: Error) => void;
  readonly #options: AnswerReaderOptions;
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;
  #status: number | undefined;
  #headers: Headers = {};
  #control: Control | undefined;
  #abortedBy: Error | undefined;

  constructor(options: AnswerReaderOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.ended = promise;
    this.#end = resolve;
  }

  /** Undefined until it is known. */
  get status(): number | undefined {
    return this.#status;
  }

  /** By lower-case name; the first of several. */
  headers(): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.#headers)) {
      headers[name] = (Array.isArray(value) ? value[0] : value) ?? '';
    }
    return headers;
  }

  /** What has come of the body, at most `maxBytes`. */
  text(): string {
    return Buffer.concat(this.#pieces).subarray(0, this.#maxBytes).toString('utf8');
  }

  /** Ends the request, and its connection with it, wherever it is. */
  abort(reason: Error): void {
    this.#abortedBy = reason;
    this.#control?.abort(reason);
  }

  onRequestStart(control: Control): void {
    this.#control = control;
    if (this.#abortedBy) control.abort(this.#abortedBy);
  }

  onResponseStart(_control: Control, status: number, headers: Headers): void {
    if (status < firstFinalStatus) return;
    this.#options.onStatus();
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(control: Control, piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= this.#maxBytes) control.abort(enough);
  }

  onResponseEnd(): void {
    this.#end();
  }

  onResponseError(_control: Control, error: Error): void {
    this.#end(this.#status === undefined ? error : undefined);
  }

  get #maxBytes(): number {
    return this.#options.maxBytes ?? defaultMaxBytes;
  }
}

/** One for all: nobody reads it. */
const enough = new Error('The rest of the answer is not wanted');

/** @returns undefined when the text is no JSON: gateways on the way answer with HTML, or with nothing */
export function parseJson(text: string): unknown {
  // The answer to most requests, and an exception would cost more than all else here.
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
