// A sum over the last so many milliseconds, in steps of a second: never more than the exact sum, at most a second's worth less.

const stepMs = 1000;

export class SlidingSum {
  readonly #windowMs: number;
  readonly #steps: { readonly startsAt: number; amount: number }[] = [];
  #total = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(amount: number, now: number): void {
    const startsAt = now - (now % stepMs);
    const last = this.#steps.at(-1);
    if (last?.startsAt === startsAt) last.amount += amount;
    else this.#steps.push({ startsAt, amount });
    this.#total += amount;
  }

  total(now: number): number {
    for (let oldest = this.#steps[0]; oldest !== undefined; oldest = this.#steps[0]) {
      if (oldest.startsAt + this.#windowMs > now) break;
      this.#total -= oldest.amount;
      this.#steps.shift();
    }
    return this.#total;
  }

  /** ms until the oldest amount falls out of the window. */
  easesInMs(now: number): number {
    const oldest = this.#steps[0];
    return oldest === undefined ? 0 : Math.max(oldest.startsAt + this.#windowMs - now, 0);
  }
}
