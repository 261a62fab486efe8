// The drafts in all mailboxes, with the files that were attached to them so far.
import { sameAddress, type Address } from '../core/address.ts';
import type { FileAttachment, JsonMessage } from './json-message.ts';
import type { MimeMessage } from './mime-message.ts';

export type DraftContent =
  | { readonly form: 'mime'; readonly message: MimeMessage }
  | { readonly form: 'json'; readonly message: JsonMessage };

export interface Draft {
  readonly id: string;
  readonly mailbox: Address;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly content: DraftContent;
  /** Grows until the draft is sent. */
  readonly attachments: FileAttachment[];
}

const maxDrafts = 1_000;

export class Drafts {
  /** Oldest first. */
  readonly #drafts = new Map<string, Draft>();

  /** Keeps a draft, at the cost of the oldest one. */
  add(draft: Draft): void {
    this.#drafts.set(draft.id, draft);
    const [oldest] = this.#drafts.keys();
    if (this.#drafts.size > maxDrafts && oldest !== undefined) this.#drafts.delete(oldest);
  }

  /** The draft of that id, if it lies in that mailbox. */
  find(mailbox: Address, id: string): Draft | undefined {
    const draft = this.#drafts.get(id);
    return draft !== undefined && sameAddress(draft.mailbox, mailbox) ? draft : undefined;
  }

  /** Newest first. */
  of(mailbox: Address): readonly Draft[] {
    return [...this.#drafts.values()]
      .filter((draft) => sameAddress(draft.mailbox, mailbox))
      .reverse();
  }

  /** Oldest first. */
  ids(): readonly string[] {
    return [...this.#drafts.keys()];
  }

  remove(draft: Draft): void {
    this.#drafts.delete(draft.id);
  }
}
