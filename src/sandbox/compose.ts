// Makes the MIME message out of a JSON one, as Exchange does when it is sent. Its parts are encoded when somebody reads it.
import { base64Length } from '../core/base64-length.ts';
import type { Address } from '../core/address.ts';
import { encodeWords } from './encoded-word.ts';
import type { Identifiers } from './identifiers.ts';
import type { FileAttachment, JsonMailbox, JsonMessage } from './json-message.ts';

export interface ComposeOptions {
  /** The mailbox that it leaves from; its From when it names none. */
  readonly mailbox: Address;
  readonly attachments: readonly FileAttachment[];
  readonly now: number;
  readonly identifiers: Identifiers;
}

export interface ComposedMessage {
  /** All of it but the content of its parts, which cannot break a line or disclose anything. */
  readonly frame: Buffer;
  readonly sizeBytes: number;
  readonly raw: () => Buffer;
}

/** Lines as they are, or content that becomes lines of base64. */
type Piece = string | { readonly content: Buffer };

/** A MIME entity: header lines and what follows them. */
interface Entity {
  readonly header: readonly string[];
  readonly body: readonly Piece[];
}

/** MAPI's properties that stand for header fields (PS_INTERNET_HEADERS, MS-OXCMAIL §2.1.3.2.4). */
const headerProperty =
  /^String \{00020386-0000-0000-C000-000000000046\} Name ([\x21-\x39\x3b-\x7e]+)$/i;
/** Fields that Exchange makes of other properties. */
const ownField =
  /^(from|to|cc|bcc|sender|reply-to|subject|date|message-id|importance|mime-version|content-.*)$/i;
/** Bytes that make whole lines of 76 letters, encoded at once. */
const encodedAtOnce = 57 * 4_096;

export function composeMime(message: JsonMessage, options: ComposeOptions): ComposedMessage {
  const { attachments } = options;
  const inline = attachments.filter((attachment) => attachment.isInline);
  const files = attachments.filter((attachment) => !attachment.isInline);
  const related = multipart('related', [textPart(message), ...inline.map(filePart)], options);
  const root = multipart('mixed', [related, ...files.map(filePart)], options);
  const header = [...headerOf(message, options), 'MIME-Version: 1.0', ...root.header];
  const pieces = [...header.map((line) => `${line}\r\n`), '\r\n', ...root.body];
  const lines = pieces.filter((piece) => typeof piece === 'string');
  return {
    frame: Buffer.from(lines.join('')),
    sizeBytes: pieces.reduce((sum, piece) => sum + lengthOf(piece), 0),
    raw: () => Buffer.concat(pieces.flatMap(toBytes)),
  };
}

function lengthOf(piece: Piece): number {
  if (typeof piece === 'string') return Buffer.byteLength(piece);
  const letters = base64Length(piece.content.length);
  return letters + Math.ceil(letters / lineLetters) * crlf.length;
}

function toBytes(piece: Piece): readonly Buffer[] {
  return typeof piece === 'string' ? [Buffer.from(piece)] : encodeLines(piece.content);
}

function headerOf(message: JsonMessage, options: ComposeOptions): readonly string[] {
  const from = message.from ?? { address: options.mailbox, name: undefined };
  const id = message.internetMessageId ?? `<${options.identifiers.guid()}@sandbox.invalid>`;
  return [
    `From: ${formatMailbox(from)}`,
    ...mailboxLines('To', message.to),
    ...mailboxLines('Cc', message.cc),
    ...mailboxLines('Bcc', message.bcc),
    ...mailboxLines('Reply-To', message.replyTo),
    `Subject: ${encodeWords(message.subject)}`,
    `Date: ${new Date(options.now).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: ${id}`,
    ...(message.importance === undefined ? [] : [`Importance: ${message.importance}`]),
    ...message.headers.map(({ name, value }) => `${name}: ${encodeWords(value)}`),
    ...propertyLines(message),
  ];
}

function propertyLines({ properties }: JsonMessage): readonly string[] {
  return properties.flatMap(({ id, value }) => {
    const name = headerProperty.exec(id)?.[1];
    if (name === undefined || ownField.test(name)) return [];
    return [`${name}: ${encodeWords(value)}`];
  });
}

function mailboxLines(name: string, mailboxes: readonly JsonMailbox[]): readonly string[] {
  if (mailboxes.length === 0) return [];
  return [`${name}: ${mailboxes.map(formatMailbox).join(',\r\n ')}`];
}

function formatMailbox({ name, address }: JsonMailbox): string {
  if (name === undefined || name === '') return `<${address}>`;
  const encoded = encodeWords(name);
  const phrase = encoded === name ? `"${name.replace(/["\\]/g, '\\$&')}"` : encoded;
  return `${phrase} <${address}>`;
}

function textPart({ body }: JsonMessage): Entity {
  const subtype = body.contentType === 'html' ? 'html' : 'plain';
  return {
    header: [`Content-Type: text/${subtype}; charset=utf-8`, 'Content-Transfer-Encoding: base64'],
    body: [{ content: Buffer.from(body.content) }],
  };
}

function filePart(attachment: FileAttachment): Entity {
  const { name, contentType, contentId, isInline, content } = attachment;
  const disposition = isInline ? 'inline' : 'attachment';
  return {
    header: [
      `Content-Type: ${contentType ?? 'application/octet-stream'}`,
      `Content-Disposition: ${disposition}; filename*=utf-8''${encodeURIComponent(name)}`,
      ...(contentId === undefined ? [] : [`Content-ID: <${contentId}>`]),
      'Content-Transfer-Encoding: base64',
    ],
    body: [{ content }],
  };
}

/** One part needs no multipart around it. */
function multipart(subtype: string, parts: readonly Entity[], options: ComposeOptions): Entity {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only;
  const boundary = `=_${options.identifiers.secret()}`;
  return {
    header: [`Content-Type: multipart/${subtype}; boundary="${boundary}"`],
    body: [
      ...parts.flatMap(({ header, body }) => [
        `--${boundary}\r\n${header.join('\r\n')}\r\n\r\n`,
        ...body,
      ]),
      `--${boundary}--\r\n`,
    ],
  };
}

/** Base64 in lines of 76 letters, each closed. */
function encodeLines(content: Buffer): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0; start < content.length; start += encodedAtOnce) {
    pieces.push(toLines(Buffer.from(content.toString('base64', start, start + encodedAtOnce))));
  }
  return pieces;
}

function toLines(letters: Buffer): Buffer {
  const count = Math.ceil(letters.length / lineLetters);
  const lines = Buffer.allocUnsafe(letters.length + count * crlf.length);
  let end = 0;
  for (let start = 0; start < letters.length; start += lineLetters) {
    end += letters.copy(lines, end, start, start + lineLetters);
    end += crlf.copy(lines, end);
  }
  return lines;
}

const lineLetters = 76;
const crlf = Buffer.from('\r\n');
