// The mail of a crash run: each transaction has a message of its own, which can be known again wherever it turns up.
import { createHash } from 'node:crypto';
import type { Random } from './random.ts';

/** What became of one SMTP transaction, as its client saw it. */
export type Transaction =
  /** 250 after the dot. */
  | 'accepted'
  /** 4yz or 5yz, to any command. */
  | 'refused'
  /** The connection broke before the dot was written. */
  | 'unfinished'
  /** The connection broke after the dot, before its answer. */
  | 'unanswered';

export interface Mail {
  /** Stands in its Subject. */
  readonly id: string;
  readonly sender: string;
  /** Those of RCPT TO. */
  readonly recipients: readonly string[];
  /** With CRLF line ends; no line begins with a dot. */
  readonly text: string;
  /** SHA-256 of what follows the header. */
  readonly bodyDigest: string;
}

const lineBytes = 72;

/** A message from one of eight mailboxes: mostly small, now and then of several chunks of the store. */
export function createMail(id: string, random: Random): Mail {
  const sender = `app${random.between(1, 8)}@contoso.com`;
  const hidden = random.next() < 0.2 ? ['hidden@example.com'] : [];
  const ownMessageId = random.next() < 0.5 ? `Message-ID: <${id}@client.example>\r\n` : '';
  const header = `From: ${sender}\r\nTo: ann@example.com\r\n${ownMessageId}Subject: ${id}\r\n\r\n`;
  const body = createBody(
    id,
    random.next() < 0.03 ? random.between(300, 900) * 1_000 : random.between(100, 8_000),
  );
  return {
    id,
    sender,
    recipients: ['ann@example.com', ...hidden],
    text: header + body,
    bodyDigest: digestOf(Buffer.from(body)),
  };
}

function createBody(id: string, sizeBytes: number): string {
  const line = `${id} `.padEnd(lineBytes, 'x') + '\r\n';
  return line.repeat(Math.ceil(sizeBytes / line.length));
}

/** Of what follows the header of a whole message. */
export function bodyDigestOf(message: Uint8Array): string {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  return digestOf(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4));
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
