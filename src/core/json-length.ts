// How long a message becomes in Graph's JSON, at most: told from its outline, so that none is accepted in vain.
import { base64Length } from './base64-length.ts';
import type { HeaderFacts, HeaderField, Mailbox } from './message.ts';
import type { MessageOutline, MessagePart } from './outline.ts';

/** A message that is to leave; its header may have been edited since the outline was read. */
interface Outlined {
  readonly outline: MessageOutline;
  /** Of the message that is to leave. */
  readonly sizeBytes: number;
}

/** Names of properties, brackets and quotes around each field, mailbox, file and message. */
const bytesAroundField = 100;
const bytesAroundMailbox = 60;
const bytesAroundFile = 400;
const bytesAroundMessage = 4_000;
/** For what a header may get that is edited before it leaves: other names for From, addresses for Bcc. */
const bytesForEdits = 16_000;
/** JSON of an address of five letters, which is a byte of a list each, has not eight times as many. */
const growthOfEdits = 8;
/** A domain that is not ASCII becomes longer, to at most this (RFC 1035 §2.3.4). */
const longestDomain = 255;

/** Bytes of the body of JSON sendMail, at most. */
export function jsonLength(message: Outlined): number {
  return message.outline.files.reduce((sum, file) => sum + fileLength(file), textLength(message));
}

/** The same for the message without its files. */
export function textLength({ outline, sizeBytes }: Outlined): number {
  const ofBody = outline.body?.jsonBytes ?? 0;
  const ofEdits = editsLength(sizeBytes - outline.sizeBytes);
  return headerLength(outline.header) + ofBody + ofEdits + bytesAroundMessage;
}

function editsLength(grownBytes: number): number {
  return grownBytes === 0 ? 0 : bytesForEdits + Math.max(grownBytes, 0) * growthOfEdits;
}

function fileLength({ name, contentType, contentId, decodedBytes }: MessagePart): number {
  const facts = [name, contentType, contentId].reduce((sum, text) => sum + stringLength(text), 0);
  return base64Length(decodedBytes) + facts + bytesAroundFile;
}

/** Any field may go as a property. */
function headerLength({ fields, subject, from, to, cc, bcc, replyTo }: HeaderFacts): number {
  const ofFields = fields.map(fieldLength);
  const ofMailboxes = [from, to, cc, bcc, replyTo].flat().map(mailboxLength);
  return [...ofFields, ...ofMailboxes].reduce((sum, bytes) => sum + bytes, stringLength(subject));
}

/** Those of a thread go as two properties. */
const twice = /^(in-reply-to|references)$/i;

function fieldLength({ name, value }: HeaderField): number {
  const length = stringLength(name) + stringLength(value) + bytesAroundField;
  return twice.test(name) ? 2 * length : length;
}

function mailboxLength({ name, address }: Mailbox): number {
  const isAscii = /^[\x20-\x7e]*$/.test(address);
  const growth = isAscii ? 0 : longestDomain;
  return stringLength(name) + stringLength(address) + growth + bytesAroundMailbox;
}

const encoder = new TextEncoder();

/** Bytes of the text as a string of JSON, without its quotes. */
function stringLength(text: string): number {
  return encoder.encode(JSON.stringify(text)).length - 2;
}
