// How many bytes came within the last minute, counted by the second.

/** What came in one second, and which one it was since 1970. */
interface Second {
  readonly number: number;
  bytes: number;
}

const windowMs = 60_000;

export class ByteWindow {
  /** Oldest first. */
  readonly #seconds: Second[] = [];
  #totalBytes = 0;

  add(bytes: number, now: number): void {
    this.#forget(now);
    const number = Math.floor(now / 1000);
    const last = this.#seconds.at(-1);
    if (last?.number === number) last.bytes += bytes;
    else this.#seconds.push({ number, bytes });
    this.#totalBytes += bytes;
  }

  /**
   * In how many ms so many bytes fit beside those of the minute before; 0: now. What is more than `most` by itself
   * waits until nothing else is left: it must not wait for ever.
   */
  waitMs(bytes: number, { most, now }: { readonly most: number; readonly now: number }): number {
    this.#forget(now);
    let total = this.#totalBytes;
    for (const second of this.#seconds) {
      if (total + Math.max(bytes, 1) <= most) break;
      total -= second.bytes;
      const isLast = second === this.#seconds.at(-1);
      if (isLast || total + Math.max(bytes, 1) <= most) return endOf(second) - now;
    }
    return 0;
  }

  #forget(now: number): void {
    // A clock that was set back must not keep a client out until it has caught up.
    const isOutside = (second: Second) => endOf(second) <= now || second.number * 1000 > now;
    for (let first = this.#seconds[0]; first && isOutside(first); first = this.#seconds[0]) {
      this.#seconds.shift();
      this.#totalBytes -= first.bytes;
    }
  }
}

function endOf({ number }: Second): number {
  return (number + 1) * 1000 + windowMs;
}
