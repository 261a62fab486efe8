// A file that only takes up room: on a full disk SQLite can delete nothing, so this is what makes room for results.
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';

/**
 * The log is emptied once it has 10 MB (database.ts), the transaction that goes over may write some 5 MB (backlog.ts), and all
 * of it may be new in the queue file: with this much room the log can be emptied.
 */
const ballastBytes = 16 * 1_048_576;
const blockBytes = 1_048_576;
/** Below this nothing new is taken in. */
const leastFreeBytes = 8 * 1_048_576;

export class Ballast {
  readonly #queueFile: string;
  readonly #file: string;
  #isThere: boolean;

  /** @param queueFile beside which it lies; it must exist */
  constructor(queueFile: string) {
    this.#queueFile = queueFile;
    this.#file = `${queueFile}-ballast`;
    this.#isThere = statSync(this.#file, { throwIfNoEntry: false })?.size === ballastBytes;
  }

  /**
   * Makes it when it is missing. False: there is no room for it, or too little beside it, so there is none for new
   * messages either. Throws when the queue file is gone.
   */
  keep(): boolean {
    const { bavail, bsize } = statfsSync(this.#queueFile);
    const freeBytes = bavail * bsize;
    if (!this.#isThere && freeBytes >= ballastBytes + leastFreeBytes) this.#isThere = this.#make();
    return this.#isThere && freeBytes >= leastFreeBytes;
  }

  drop(): void {
    this.#isThere = false;
    rmSync(this.#file, { force: true });
  }

  #make(): boolean {
    try {
      writeBlocks(this.#file);
      return true;
    } catch {
      rmSync(this.#file, { force: true });
      return false;
    }
  }
}

function writeBlocks(file: string): void {
  const descriptor = openSync(file, 'w', 0o600);
  try {
    // Of chance, because a file system may store zeros in no room at all.
    const block = randomBytes(blockBytes);
    for (let left = ballastBytes; left > 0; left -= writeSync(descriptor, block)) continue;
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
