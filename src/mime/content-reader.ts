// Reads the contents of messages on a thread of its own: what hangs or kills it costs the messages under way a 451.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ContentFacts } from '../core/content.ts';
import { deferred, failed, type Deferred } from '../core/outcome.ts';
import type { ContentReader, ContentReading } from '../relay/ports.ts';
import type { ContentAnswer, ContentAsk } from './content-thread.ts';

export interface ContentReaderOptions {
  /** Time that the thread may take for one piece of a message. */
  readonly deadlineMs: number;
  /** Called when the thread has died, or was killed because it took too long. */
  readonly fault: (error: unknown) => void;
  /** Default: the thread beside this file. */
  readonly createThread?: () => Worker;
}

/** Starts its thread when the first message comes, and again after the thread has died. */
export class ThreadedContentReader implements ContentReader, AsyncDisposable {
  readonly #options: ContentReaderOptions;
  #thread: ContentThread | undefined;
  #readings = 0;

  constructor(options: ContentReaderOptions) {
    this.#options = options;
  }

  open(): ContentReading {
    if (!this.#thread?.isAlive) this.#thread = new ContentThread(this.#options);
    return new Reading(this.#thread, ++this.#readings);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.stop();
  }
}

/** One message. Every ask of a thread that has died is answered at once by `away`. */
class Reading implements ContentReading {
  readonly #thread: ContentThread;
  readonly #reading: number;
  #lastWrite: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(thread: ContentThread, reading: number) {
    this.#thread = thread;
    this.#reading = reading;
  }

  /** One piece is on its way while the next one is awaited. */
  async write(piece: Uint8Array): Promise<void> {
    if (piece.length === 0) return;
    // A view of a larger buffer would take all of it along; its owner needs it.
    const copy = new Uint8Array(piece);
    await this.#lastWrite;
    this.#lastWrite = this.#thread.ask(
      { kind: 'write', reading: this.#reading, piece: copy },
      copy.buffer,
    );
  }

  async end(): Promise<ContentFacts | typeof unparsable | Deferred> {
    this.#isOver = true;
    const answer = await this.#thread.ask({ kind: 'end', reading: this.#reading });
    return answer === undefined ? unparsable : answer;
  }

  discard(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#thread.ask({ kind: 'discard', reading: this.#reading });
  }
}

type Answered = ContentAnswer | Deferred;

/** The thread, from here. It answers in the order in which it was asked. */
class ContentThread {
  readonly #worker: Worker;
  readonly #options: ContentReaderOptions;
  readonly #pending: ((answer: Answered) => void)[] = [];
  #deadline: NodeJS.Timeout | undefined;
  #isAlive = true;

  constructor(options: ContentReaderOptions) {
    this.#options = options;
    this.#worker = (options.createThread ?? createThread)();
    // It must not keep the process from ending.
    this.#worker.unref();
    this.#worker.on('message', (answer: ContentAnswer) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', (code) => this.#die(new Error(`The thread has ended with ${code}`)));
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  ask(ask: ContentAsk, lent?: ArrayBuffer): Promise<Answered> {
    if (!this.#isAlive) return Promise.resolve(away);
    const { promise, resolve } = Promise.withResolvers<Answered>();
    this.#pending.push(resolve);
    this.#worker.postMessage(ask, lent ? [lent] : []);
    if (this.#pending.length === 1) this.#watch();
    return promise;
  }

  async stop(): Promise<void> {
    this.#end();
    await this.#worker.terminate();
  }

  #settle(answer: ContentAnswer): void {
    this.#pending.shift()?.(answer);
    this.#watch();
  }

  /** The time for the oldest ask begins. */
  #watch(): void {
    clearTimeout(this.#deadline);
    if (this.#pending.length === 0) return;
    const { deadlineMs } = this.#options;
    this.#deadline = setTimeout(() => {
      void this.#worker.terminate();
      this.#die(new Error(`The thread took more than ${deadlineMs} ms for a piece of a message`));
    }, deadlineMs);
  }

  #die(error: unknown): void {
    if (!this.#isAlive) return;
    this.#end();
    this.#options.fault(error);
  }

  #end(): void {
    this.#isAlive = false;
    clearTimeout(this.#deadline);
    for (const resolve of this.#pending.splice(0)) resolve(away);
  }
}

/** So much that no message comes near it. */
const maxHeapMB = 256;

function createThread(): Worker {
  const entry = `./content-thread${extname(import.meta.filename)}`;
  return new Worker(new URL(entry, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMB },
  });
}

const unparsable = failed('5.6.0', {
  reason: 'content',
  diagnostic: 'A rule asks about body or attachments, and the message cannot be parsed',
  reply: 'Message content cannot be parsed',
});

const away = deferred('4.3.0', {
  reason: 'internal',
  diagnostic: 'A rule asks about body or attachments, and the thread that reads them has died',
});
