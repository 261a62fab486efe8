// Which Message-IDs clients gave: most are new, and are known to be without a question to the thread.
import { givenIdKey, type GivenId } from '../given-id.ts';
import { GivenIdFilter } from './given-id-filter.ts';
import type { ThreadLink } from './thread-link.ts';

/** One or two milliseconds. */
const keysPerStep = 2_000;

export class GivenIds {
  readonly #link: ThreadLink;
  /** Absent until it was asked for the first time. */
  #filter: GivenIdFilter | undefined;
  /** While it is made. */
  #next: GivenIdFilter | undefined;

  constructor(link: ThreadLink) {
    this.#link = link;
  }

  /** As `Store.bodyDigestsOf`. */
  async bodyDigestsOf(messageId: string): Promise<readonly string[]> {
    const key = givenIdKey(messageId);
    if (!this.#filter || this.#filter.isWorn) void this.#learn();
    if (this.#filter?.mayHave(key) === false) return [];
    return await this.#link.call('bodyDigestsOf', { ask: { key } });
  }

  /** Before its commit: whoever asks from now on must not take the Message-ID for a new one. */
  add({ key }: Pick<GivenId, 'key'>): void {
    this.#filter?.add(key);
    this.#next?.add(key);
  }

  /** Where they cannot be read, each question goes to the thread. Never rejects. */
  async #learn(): Promise<void> {
    if (this.#next) return;
    const filter = new GivenIdFilter();
    this.#next = filter;
    try {
      for (let after: bigint | undefined = -(2n ** 63n); after !== undefined;) {
        const ask: { after: bigint; limit: number } = { after, limit: keysPerStep };
        const keys: readonly bigint[] = await this.#link.call('givenIds', { ask });
        for (const key of keys) filter.add(key);
        after = keys.length < keysPerStep ? undefined : keys.at(-1);
      }
      filter.begin();
      this.#filter = filter;
    } catch {
      this.#filter = undefined;
    } finally {
      this.#next = undefined;
    }
  }
}
