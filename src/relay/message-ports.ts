// A message on its way in: what brings it, what reads it, and what answers for it.
import type { Client } from '../core/client.ts';
import type { ContentFacts } from '../core/content.ts';
import type { Envelope } from '../core/envelope.ts';
import type { HeaderEdit } from '../core/header-edit.ts';
import type { HeaderFacts } from '../core/message.ts';
import type { Failed, Refusal } from '../core/outcome.ts';
import type { MessageOutline, MessagePart } from '../core/outline.ts';

export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Resolves after `delayMs`, or at once, without error, when `signal` is aborted. */
  wait(delayMs: number, options: { readonly signal: AbortSignal }): Promise<void>;
}

/** Bytes that can be read more than once, in pieces of bounded size. */
export interface Content {
  readonly sizeBytes: number;
  /**
   * The bytes from `start` (0) up to, not including, `end` (`sizeBytes`).
   * Throws `StoreError` when they cannot be read. A piece is valid until the next one is asked for.
   */
  read(range?: { readonly start?: number; readonly end?: number }): AsyncIterable<Uint8Array>;
}

/** One mail transaction of RFC 5321 §3.3, at its DATA. */
export interface Transaction {
  readonly client: Client;
  readonly envelope: Envelope;
  /** The message with CRLF line ends and dots unstuffed. Throws when the client vanishes before the final dot. */
  readonly content: AsyncIterable<Uint8Array>;
  /** Aborted when the client is gone: nobody is left to hear the answer. Default: it never goes. */
  readonly signal?: AbortSignal;
  /** Known when `content` has ended: what in the bytes themselves forbids to accept them (size, NUL). */
  refusal(): Refusal | undefined;
}

export interface Accepted {
  readonly kind: 'accepted';
  readonly id: string;
  /** Every recipient took a rule that drops: there is no message of that id. */
  readonly isDropped?: boolean;
}

export type Acceptance = Accepted | Refusal;

/**
 * Takes responsibility for a message, or says why not; the content is read to its end in both cases.
 * Throws what `content` throws, and for bugs; nothing of the message is kept then.
 */
export type Accept = (transaction: Transaction) => Promise<Acceptance>;

/** SHA-256 of what it is given. */
export interface Digest {
  update(piece: Uint8Array): void;
  /** In base64. */
  end(): string;
}

/** What acceptance writes into a header that lacks it. */
export interface CompletedHeader {
  readonly header: Uint8Array;
  readonly fromWasMissing: boolean;
  /** With its angle brackets. */
  readonly messageId: string;
}

/** Header work on bytes. A header ends with the empty line that closes it; its line ends are CRLF. */
export interface Mime {
  /** Bytes of the header at the start of a message, closing empty line included; -1 when it has not ended yet. */
  headerLength(start: Uint8Array, searchFrom?: number): number;
  /** The header of a message that ended without an empty line. */
  endHeader(start: Uint8Array): Uint8Array;
  /** What forbids to work with this header: no field at all, or more than 256 KiB. */
  checkHeader(header: Uint8Array): Failed | undefined;
  readHeader(header: Uint8Array): HeaderFacts;
  /** The header with Received on top (RFC 5321 §4.4), and with Message-ID, Date and From where they were missing. */
  completeHeader(
    header: Uint8Array,
    facts: HeaderFacts,
    options: {
      readonly id: string;
      readonly hostname: string;
      readonly now: number;
      readonly client: Client;
      readonly envelope: Envelope;
    },
  ): CompletedHeader;
  /** The header with the edits carried out in order; every other byte as it was. */
  editHeader(header: Uint8Array, edits: readonly HeaderEdit[]): Uint8Array;
}

/** Reads the content of one message while it arrives, for rules that ask about body or attachments. */
export interface ContentReading {
  /** The next piece, from the header on; resolves when another may come. The bytes are copied. Never throws. */
  write(piece: Uint8Array): Promise<void>;
  /** What was read, or why it was not: 5.6.0 when it cannot be parsed. Never throws. */
  end(): Promise<ContentFacts | Refusal>;
  /** Forgets it; does nothing after `end`. */
  discard(): void;
}

export interface ContentReader {
  open(): ContentReading;
}

/** Decoded content of a part: the same bytes each time. */
export interface PartContent {
  readonly sizeBytes: number;
  /** A piece is valid until the next one is asked for. Throws as `Content.read`, and when the size is another. */
  read(): AsyncIterable<Uint8Array>;
}

/** Work on the parts of a message. Memory is bounded, whatever the message. All throw what `content` throws. */
export interface MessageParts {
  /** Never throws for a message that is malformed: it is `inseparable`. Throws when `signal` is aborted. */
  readOutline(
    content: Content,
    options?: { readonly signal?: AbortSignal },
  ): Promise<MessageOutline>;
  readPart(content: Content, part: MessagePart): PartContent;
  /** The whole text of a part in memory, from its charset. */
  readText(content: Content, part: MessagePart): Promise<string>;
  /** The message with its quoted-printable text in base64; the same content where there is none, or it is signed. */
  withoutQuotedPrintable(content: Content): Promise<Content>;
}
