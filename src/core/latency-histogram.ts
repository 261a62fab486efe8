// How long things took, as counts in buckets that grow by a quarter: quantiles within 12 %, from 1 ms to three days.

const growth = 1.25;
/** The last one has all that took longer. */
const buckets = 88;

export class LatencyHistogram {
  readonly #counts = new Uint32Array(buckets);
  #total = 0;

  add(latencyMs: number): void {
    const bucket = Math.ceil(Math.log(Math.max(latencyMs, 1)) / Math.log(growth));
    const index = Math.min(bucket, buckets - 1);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
  }

  /** The time that this share (0 to 1) stayed within, in whole ms; undefined when there was nothing. */
  quantile(share: number): number | undefined {
    if (this.#total === 0) return undefined;
    let left = Math.max(1, Math.ceil(this.#total * share));
    const bucket = this.#counts.findIndex((count) => (left -= count) <= 0);
    return Math.round(growth ** (bucket - 0.5));
  }
}
