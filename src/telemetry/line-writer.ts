// Writes lines to a file descriptor in the background, so that a log reader who stalls, dies or fills its disk
// costs lines of the log and never holds up the mail or the end of the process.
import { write, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** What may wait for a reader who stalls; lines beyond it are dropped. */
const maxWaitingLetters = 16 * 1024 * 1024;
/** After a piece, so that the lines of a busy moment are written together: each write costs a thread's time, too. */
const gatherMs = 25;
/** Before a full pipe is tried again. */
const retryAfterMs = 5;
/** The longest that `flush` waits for a reader who stalls. */
const flushPatienceMs = 1_000;
/** How often a full pipe is tried again when the process ends. */
const lastRetries = 100;

export class LineWriter {
  readonly #fd: number;
  #waiting = '';
  /** What goes before `waiting`: the end of a piece that the descriptor took in part. */
  #rest: Buffer = Buffer.alloc(0);
  #isWriting = false;
  /** Runs between two pieces. */
  #gathering: NodeJS.Timeout | undefined;
  #isHurried = false;
  #idle = Promise.withResolvers<void>();

  constructor(fd: number) {
    this.#fd = fd;
    process.once('exit', () => this.#writeLast());
  }

  /** Never throws. */
  write(line: string): void {
    if (this.#waiting.length + line.length > maxWaitingLetters) return;
    this.#waiting += line;
    if (!this.#isWriting) this.#writeNext();
  }

  /** The lines so far are not held back for others. */
  hurry(): void {
    this.#isHurried = true;
    if (this.#gathering === undefined) return;
    clearTimeout(this.#gathering);
    this.#writeNext();
  }

  /** Resolves when all lines so far are written, or lost; a reader who stalls is not waited for. */
  async flush(): Promise<void> {
    if (!this.#isWriting) return;
    await Promise.race([this.#idle.promise, delay(flushPatienceMs, undefined, { ref: false })]);
  }

  #writeNext(): void {
    const bytes = this.#takeAll();
    this.#gathering = undefined;
    this.#isHurried = false;
    this.#isWriting = bytes.length > 0;
    if (!this.#isWriting) {
      this.#idle.resolve();
      this.#idle = Promise.withResolvers();
      return;
    }
    write(this.#fd, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') {
        this.#rest = bytes;
        setTimeout(() => this.#writeNext(), retryAfterMs).unref();
        return;
      }
      // Any other error means that these lines are lost; the next may fare better.
      if (error === null) this.#rest = bytes.subarray(written);
      if (this.#rest.length > 0 || this.#isHurried) this.#writeNext();
      else this.#gathering = setTimeout(() => this.#writeNext(), gatherMs);
    });
  }

  #takeAll(): Buffer {
    const bytes = Buffer.concat([this.#rest, Buffer.from(this.#waiting)]);
    this.#rest = Buffer.alloc(0);
    this.#waiting = '';
    return bytes;
  }

  #writeLast(): void {
    let bytes = this.#takeAll();
    for (let retries = 0; bytes.length > 0 && retries < lastRetries;) {
      try {
        bytes = bytes.subarray(writeSync(this.#fd, bytes));
      } catch (error) {
        if (!isFullPipe(error)) return;
        retries += 1;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryAfterMs);
      }
    }
  }
}

function isFullPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
