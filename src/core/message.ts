// An accepted message, and what its header says in decoded form.
import type { Client } from './client.ts';
import type { Envelope } from './envelope.ts';

/** A mailbox of RFC 5322 §3.4: display name and address, as the header has them, decoded. */
export interface Mailbox {
  /** '' when there is none. */
  readonly name: string;
  /** As written; not necessarily a valid address; never ''. */
  readonly address: string;
}

export interface HeaderField {
  /** As written. Names compare without case. */
  readonly name: string;
  /** Unfolded, encoded words decoded (RFC 2047), no line breaks. */
  readonly value: string;
}

/** Who sent a message on, and to whom: for readers alone, the message went by the envelope (RFC 5322 §3.6.6). */
export interface ResentFacts {
  readonly from: readonly Mailbox[];
  readonly sender: readonly Mailbox[];
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
}

/** What the header says. Lists join all fields of that name; groups are dissolved. */
export interface HeaderFacts {
  /** In the order of the message. */
  readonly fields: readonly HeaderField[];
  readonly from: readonly Mailbox[];
  readonly sender: readonly Mailbox[];
  readonly replyTo: readonly Mailbox[];
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly bcc: readonly Mailbox[];
  /** Those of Resent-From, Resent-Sender, Resent-To and Resent-Cc, of all blocks (RFC 5322 §3.6.6). */
  readonly resent: ResentFacts;
  /**
   * Names, in lower case, of the address fields that another reader (Exchange above all) may take otherwise than
   * these lists say: what stays of such a field is to be written anew.
   */
  readonly unclear: readonly string[];
  /** '' when there is none. */
  readonly subject: string;
  /** With its angle brackets; absent when there is none. */
  readonly messageId?: string;
  readonly hasDate: boolean;
}

export interface InboundMessage {
  /** The queue id, in the 250, the log and the store. */
  readonly id: string;
  /** Epoch ms of the end of DATA. */
  readonly receivedAt: number;
  readonly client: Client;
  readonly envelope: Envelope;
  /** Of the message as stored: fields that were added at acceptance included. */
  readonly sizeBytes: number;
  readonly subject: string;
  /** With its angle brackets. */
  readonly messageId: string;
  /** The From address as received; '' when it had none. */
  readonly from: string;
}
