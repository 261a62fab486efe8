// Which Message-IDs no message of the queue came with: nearly all that come are new, and need no question to the thread.

/** 2 MiB. */
const places = 2 ** 24;
const lowest = BigInt(places - 1);
/** Where in a key its places stand: they overlap by a few bits. */
const shifts = [0n, 20n, 40n];
/** With so many keys it takes one new key in fifty for one that it knows. */
const fewestWorthCleaning = 1_500_000;

/** A Bloom filter over the keys of `given-id.ts`, which are hashes. */
export class GivenIdFilter {
  readonly #bits = new Uint8Array(places / 8);
  #count = 0;
  #cleanAt = fewestWorthCleaning;

  /** Once more than it had in the beginning were added, a new one knows better which are still there. */
  get isWorn(): boolean {
    return this.#count >= this.#cleanAt;
  }

  /** What the queue holds is in it. */
  begin(): void {
    this.#cleanAt = Math.max(fewestWorthCleaning, 2 * this.#count);
  }

  add(key: bigint): void {
    this.#count += 1;
    for (const place of placesOf(key)) {
      this.#bits[place >> 3] = (this.#bits[place >> 3] ?? 0) | (1 << (place & 7));
    }
  }

  /** False: it was never added. */
  mayHave(key: bigint): boolean {
    return placesOf(key).every(
      (place) => ((this.#bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0,
    );
  }
}

function placesOf(key: bigint): readonly number[] {
  const unsigned = BigInt.asUintN(64, key);
  return shifts.map((shift) => Number((unsigned >> shift) & lowest));
}
