// What the sandbox "sent": the newest messages, as the bytes that Exchange would have handed on.
import type { SandboxMailbox, SandboxMessage, SandboxMessageSummary } from '../relay/ports.ts';
import type { Address } from '../core/address.ts';
import { decodeWords } from './encoded-word.ts';
import type { ExtendedProperty } from './json-message.ts';
import { valueOf, type MimeMessage } from './mime-message.ts';
import { readContent } from './readable.ts';

/** A message on its way out. */
export interface SentMessage {
  readonly id: string;
  /** Epoch ms. */
  readonly sentAt: number;
  readonly sendAs: Address;
  readonly message: MimeMessage;
  /** A copy lies in Sent Items, where it can be looked up. */
  readonly inSentItems: boolean;
  readonly properties: readonly ExtendedProperty[];
}

export interface SentMessagesLimits {
  readonly messages: number;
  readonly bytes: number;
}

export class SentMessages implements SandboxMailbox {
  readonly #limits: SentMessagesLimits;
  /** Oldest first. */
  readonly #messages = new Map<string, SentMessage>();
  #bytes = 0;

  constructor(limits: SentMessagesLimits) {
    this.#limits = limits;
  }

  /** Keeps a message, at the cost of the oldest ones, never of itself. */
  keep(sent: SentMessage): void {
    this.#messages.set(sent.id, sent);
    this.#bytes += sent.message.sizeBytes;
    for (const [id, oldest] of this.#messages) {
      const fits =
        this.#messages.size <= this.#limits.messages && this.#bytes <= this.#limits.bytes;
      if (fits || id === sent.id) break;
      this.#messages.delete(id);
      this.#bytes -= oldest.message.sizeBytes;
    }
  }

  /** The copies in a mailbox's Sent Items, newest first. */
  sentItems(mailbox: Address): readonly SentMessage[] {
    const key = mailbox.toLowerCase();
    return this.#newestFirst().filter(
      ({ sendAs, inSentItems }) => inSentItems && sendAs.toLowerCase() === key,
    );
  }

  list(): readonly SandboxMessageSummary[] {
    return this.#newestFirst().map(toSummary);
  }

  async get(id: string): Promise<SandboxMessage | undefined> {
    const sent = this.#messages.get(id);
    if (sent === undefined) return undefined;
    const { to, cc, bcc } = sent.message;
    const raw = sent.message.raw();
    return { ...toSummary(sent), to, cc, bcc, ...(await readContent(raw)), raw };
  }

  #newestFirst(): SentMessage[] {
    return [...this.#messages.values()].reverse();
  }
}

function toSummary({ id, sentAt, sendAs, message }: SentMessage): SandboxMessageSummary {
  return {
    id,
    sentAt,
    sendAs,
    from: message.from[0]?.address ?? '',
    recipients: message.recipients,
    subject: decodeWords(valueOf(message.fields, 'subject')),
    sizeBytes: message.sizeBytes,
  };
}
