// What a message is made of, and by which of Microsoft Graph's transports it can leave.
import type { HeaderFacts } from './message.ts';
import { failed, type Failed } from './outcome.ts';

/**
 * Whether a message may be taken apart. `signed` and `encrypted` go byte for byte (RFC 1847, RFC 8551); `calendar` has
 * no form in Graph's JSON; `inseparable` is too deep, in too many parts, or not to be understood.
 */
export type Integrity = 'free' | 'signed' | 'encrypted' | 'calendar' | 'inseparable';

/** A MIME part without parts of its own (RFC 2045), and where it lies in the message. */
export interface MessagePart {
  /** In lower case, such as `text/plain`. */
  readonly contentType: string;
  /** As the part names it; '' when it does not. */
  readonly charset: string;
  readonly encoding: 'identity' | 'base64' | 'quoted-printable';
  /** Decoded (RFC 2231, RFC 2047); '' when there is none. */
  readonly name: string;
  /** Without angle brackets; '' when there is none. */
  readonly contentId: string;
  /** Shown within the body that refers to it. */
  readonly isInline: boolean;
  /** Where the header of the part begins in the message. */
  readonly headerStart: number;
  /** Where its encoded content begins. */
  readonly start: number;
  /** Where its encoded content has ended. */
  readonly end: number;
  /** Bytes of the decoded content. */
  readonly decodedBytes: number;
}

export interface MessageOutline {
  /** Of the message itself. */
  readonly header: HeaderFacts;
  readonly integrity: Integrity;
  /** Every part, in the order of the message. */
  readonly parts: readonly MessagePart[];
  /** The one text that JSON would carry: HTML, else plain text; absent when there is none. */
  readonly body?: MessagePart;
  /** What JSON would carry beside it, as files. */
  readonly files: readonly MessagePart[];
  /** What JSON would lose of the structure, each as a noun with its article; empty when it carries the message whole. */
  readonly losses: readonly string[];
}

export type TransportKind = 'mime' | 'json' | 'draft';

/** What one connection, and the mailbox behind it, can do. */
export interface TransportCapabilities {
  /** Bytes of the body of one request. */
  readonly requestLimitBytes: number;
  /** Drafts with upload sessions may be used (Mail.ReadWrite). */
  readonly largeMessages: boolean;
  /** The largest message by draft, in bytes of the MIME message. */
  readonly maxMessageBytes: number;
}

/** A transport that Graph has refused for this message: as too large for a request, or because it could not read it. */
export interface TransportRefusal {
  readonly transport: TransportKind;
  readonly cause: 'tooLarge' | 'unreadable';
}

export interface TransportFacts {
  /** Of the MIME message. */
  readonly sizeBytes: number;
  readonly saveToSentItems: boolean;
  /** Default: none. */
  readonly refusals?: readonly TransportRefusal[];
}

export interface TransportPlan {
  readonly kind: 'planned';
  readonly transport: TransportKind;
  /** One sentence, for the operator. */
  readonly why: string;
}

/** Exchange takes no more files with one message. */
const maxFiles = 250;
/** Graph's limit for one file ("Attach large files to Outlook messages"): 150 MB. */
const maxFileBytes = 157_286_400;
/** What JSON adds to each field, file and message: names of properties, brackets, quotes. */
const bytesAroundField = 200;
const bytesAroundFile = 400;
const bytesAroundMessage = 2_000;

/** Bytes of base64 (RFC 4648 §4, padded, no line breaks) for so many bytes. */
export function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}

/** The most bytes whose base64 keeps within `maxLength`. */
export function bytesWithin(maxLength: number): number {
  return 3 * Math.floor(maxLength / 4);
}

/** The plan of a message that needs no look at its structure; undefined for all others. */
export function planBySize(
  facts: TransportFacts,
  capabilities: TransportCapabilities,
): TransportPlan | undefined {
  const isPlain = facts.saveToSentItems && mimeFits(facts, capabilities);
  return isPlain ? planned('mime', 'it fits into one request') : undefined;
}

/**
 * Which transport carries the message, or why none does (5.3.4). A signed, encrypted or calendar message goes as MIME
 * or not at all; a text over the request limit has no way.
 */
export function planTransport(
  facts: TransportFacts & { readonly outline: MessageOutline },
  capabilities: TransportCapabilities,
): TransportPlan | Failed {
  const { outline, saveToSentItems } = facts;
  const refusedJson = isRefused(facts, 'json');
  const jsonFits = !refusedJson && jsonLength(outline) <= capabilities.requestLimitBytes;
  const canBeJson = outline.integrity === 'free' && jsonFits;
  if (canBeJson && !saveToSentItems && outline.losses.length === 0) {
    return planned('json', 'no copy in Sent Items is wanted, and JSON carries it whole');
  }
  if (mimeFits(facts, capabilities)) return planned('mime', whyMime(facts, jsonFits));
  if (canBeJson && isUnreadable(facts)) {
    return planned('json', `Exchange could not read it as MIME${lossesOf(outline)}`);
  }
  return whyNoDraft(facts, capabilities) ?? planned('draft', whyDraft(facts));
}

function planned(transport: TransportKind, why: string): TransportPlan {
  return { kind: 'planned', transport, why };
}

function mimeFits(facts: TransportFacts, { requestLimitBytes }: TransportCapabilities): boolean {
  return !isRefused(facts, 'mime') && base64Length(facts.sizeBytes) <= requestLimitBytes;
}

function isRefused({ refusals = [] }: TransportFacts, transport: TransportKind): boolean {
  return refusals.some((refusal) => refusal.transport === transport);
}

function isUnreadable({ refusals = [] }: TransportFacts): boolean {
  return refusals.some(({ cause }) => cause === 'unreadable');
}

function whyMime(
  { outline, saveToSentItems }: TransportFacts & { readonly outline: MessageOutline },
  jsonFits: boolean,
): string {
  if (saveToSentItems) return 'it fits into one request';
  return `only MIME carries it, which leaves a copy in Sent Items: ${whyNoJson(outline, jsonFits)}`;
}

function whyNoJson({ integrity, losses }: MessageOutline, jsonFits: boolean): string {
  if (integrity !== 'free') return `it is ${integrityWords[integrity]}`;
  return jsonFits ? `JSON would lose ${losses.join(', ')}` : 'it is too large for JSON';
}

const integrityWords = {
  signed: 'signed',
  encrypted: 'encrypted',
  calendar: 'a calendar message',
  inseparable: 'in parts that cannot be told apart',
} satisfies Record<Exclude<Integrity, 'free'>, string>;

function whyDraft(facts: TransportFacts & { readonly outline: MessageOutline }): string {
  const cause = isUnreadable(facts)
    ? 'Exchange could not read it as MIME'
    : `its ${facts.sizeBytes} bytes are too many for one request`;
  const copy = facts.saveToSentItems ? '' : '; a draft leaves a copy in Sent Items';
  return `${cause}${copy}${lossesOf(facts.outline)}`;
}

function lossesOf({ losses }: MessageOutline): string {
  return losses.length === 0 ? '' : `; it loses ${losses.join(', ')}`;
}

/** Undefined when a draft carries the message. */
function whyNoDraft(
  { outline, sizeBytes }: TransportFacts & { readonly outline: MessageOutline },
  { largeMessages, maxMessageBytes, requestLimitBytes }: TransportCapabilities,
): Failed | undefined {
  const { integrity, files } = outline;
  const oneRequest = { sizeBytes, maxBytes: bytesWithin(requestLimitBytes) };
  if (integrity !== 'free') {
    return tooLarge(`is ${integrityWords[integrity]} and must not be taken apart`, oneRequest);
  }
  if (!largeMessages) return tooLarge('is large, which largeMessages forbids', oneRequest);
  if (
    sizeBytes > maxMessageBytes ||
    files.some(({ decodedBytes }) => decodedBytes > maxFileBytes)
  ) {
    return tooLarge('is larger than Exchange takes', { sizeBytes, maxBytes: maxMessageBytes });
  }
  if (textLength(outline) > requestLimitBytes) {
    const text = { sizeBytes: outline.body?.decodedBytes ?? 0, maxBytes: requestLimitBytes };
    return tooLarge('has a text that does not fit into one request', text);
  }
  return files.length > maxFiles ? tooManyFiles(files.length) : undefined;
}

/** @param sizes what was to be carried, and the most that can be */
function tooLarge(
  trait: string,
  { sizeBytes, maxBytes }: { readonly sizeBytes: number; readonly maxBytes: number },
): Failed {
  return failed('5.3.4', {
    reason: 'tooLarge',
    diagnostic: `The message ${trait}: ${sizeBytes} bytes, and at most ${maxBytes} can be carried`,
    reply: `Message is too large: ${sizeBytes} bytes, at most ${maxBytes} of this kind can be sent`,
  });
}

function tooManyFiles(count: number): Failed {
  return failed('5.3.4', {
    reason: 'tooLarge',
    diagnostic: `The message has ${count} files, and Exchange takes ${maxFiles} with one message`,
    reply: `Message has too many files: at most ${maxFiles} can be sent`,
  });
}

/** An estimate of the JSON of sendMail, seldom too small. */
function jsonLength(outline: MessageOutline): number {
  const files = outline.files.map(({ decodedBytes }) => base64Length(decodedBytes));
  return files.reduce((sum, bytes) => sum + bytes + bytesAroundFile, textLength(outline));
}

/** The same for the message without its files. */
function textLength({ header, body }: MessageOutline): number {
  const fields = header.fields.map(({ name, value }) => 2 * name.length + 3 * value.length);
  const text = body === undefined ? 0 : body.decodedBytes * growthOf(body);
  return fields.reduce((sum, bytes) => sum + bytes + bytesAroundField, text + bytesAroundMessage);
}

/** Line ends and quotes are escaped; letters of the older charsets take more bytes in UTF-8. */
function growthOf({ charset }: MessagePart): number {
  return /^(us-ascii|utf-?8|)$/i.test(charset) ? 1.1 : 2;
}
