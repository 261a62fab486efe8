// How often something failed within the last minute, by key.

const windowMs = 60_000;
/** Bounds the memory that somebody who invents keys can take. */
const maxKeys = 10_000;

/** Times are epoch ms, and never go back. */
export class RecentFailures {
  readonly #times = new Map<string, readonly number[]>();

  count(key: string, now: number): number {
    return this.#recent(key, now).length;
  }

  /** Returns how many there are now, this one included. */
  add(key: string, now: number): number {
    const times = [...this.#recent(key, now), now];
    // Taken out first, so that the map is in the order of the last failure.
    this.#times.delete(key);
    this.#times.set(key, times);
    if (this.#times.size > maxKeys) this.#forgetOldest();
    return times.length;
  }

  #recent(key: string, now: number): readonly number[] {
    return (this.#times.get(key) ?? []).filter((time) => now - time < windowMs);
  }

  #forgetOldest(): void {
    const [oldest] = this.#times.keys();
    if (oldest !== undefined) this.#times.delete(oldest);
  }
}
