// The bodies with which clients of direct connections gave their Message-IDs of late: the mail itself is kept nowhere.
import type { StoredMessage } from './ports.ts';

/** Messages that are remembered; some hundred bytes each. */
const maxMessages = 5_000;

export class RecentDigests {
  /** By Message-ID, the latest last. */
  readonly #digests = new Map<string, ReadonlySet<string>>();

  /** A message without a digest has a Message-ID that was made here, and no other has it. */
  add({ bodyDigest, messageId, reusedMessageId }: StoredMessage): void {
    if (bodyDigest === undefined) return;
    const id = reusedMessageId ?? messageId;
    const digests = new Set([...(this.#digests.get(id) ?? []), bodyDigest]);
    this.#digests.delete(id);
    this.#digests.set(id, digests);
    const [oldest] = this.#digests.keys();
    if (this.#digests.size > maxMessages && oldest !== undefined) this.#digests.delete(oldest);
  }

  /** As `Store.bodyDigestsOf`. */
  bodyDigestsOf(messageId: string): Promise<readonly string[]> {
    return Promise.resolve([...(this.#digests.get(messageId) ?? [])]);
  }
}
