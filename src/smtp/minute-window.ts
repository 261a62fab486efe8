// How much came within the last minute, counted by the second: messages, recipients or bytes.

/** What came in one second, and which one it was since 1970. */
export interface Second {
  readonly number: number;
  amount: number;
}

const windowMs = 60_000;
const toleratedMs = 5_000;

export class MinuteWindow {
  /** Oldest first. */
  readonly #seconds: Second[] = [];
  #total = 0;
  /** What came to other processes. */
  #elsewhere: readonly Second[] = [];

  /** Of this process. */
  seconds(now: number): readonly Second[] {
    this.#forget(now);
    return this.#seconds;
  }

  hear(elsewhere: readonly Second[]): void {
    this.#elsewhere = elsewhere;
  }

  add(amount: number, now: number): void {
    this.#forget(now);
    const number = Math.floor(now / 1000);
    const last = this.#seconds.at(-1);
    if (last?.number === number) last.amount += amount;
    else this.#seconds.push({ number, amount });
    this.#total += amount;
  }

  /**
   * In how many ms so much fits beside what came in the minute before; 0: now. What is more than `most` by itself waits
   * until nothing else is left: it must not wait for ever.
   */
  waitMs(amount: number, { most, now }: { readonly most: number; readonly now: number }): number {
    this.#forget(now);
    const elsewhere = this.#elsewhere.filter((second) => !isOutside(second, now));
    let total = elsewhere.reduce((sum, second) => sum + second.amount, this.#total);
    let waitMs = 0;
    const all = [...this.#seconds, ...elsewhere].toSorted(
      (one, other) => one.number - other.number,
    );
    for (const second of all) {
      if (total + Math.max(amount, 1) <= most) return waitMs;
      total -= second.amount;
      waitMs = endOf(second) - now;
    }
    return waitMs;
  }

  #forget(now: number): void {
    for (let first = this.#seconds[0]; first && isOutside(first, now); first = this.#seconds[0]) {
      this.#seconds.shift();
      this.#total -= first.amount;
    }
  }
}

/** A clock that was set back must not keep a client out until it has caught up; those of replicas differ a little. */
function isOutside(second: Second, now: number): boolean {
  return endOf(second) <= now || second.number * 1000 > now + toleratedMs;
}

function endOf({ number }: Second): number {
  return (number + 1) * 1000 + windowMs;
}
