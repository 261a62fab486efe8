// By which of Microsoft Graph's transports a message can leave.
import { base64Length, bytesWithin } from './base64-length.ts';
import { jsonLength, textLength } from './json-length.ts';
import { failed, type Failed } from './outcome.ts';
import type { Integrity, MessageOutline } from './outline.ts';

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
  const jsonFits = !refusedJson && jsonLength(facts) <= capabilities.requestLimitBytes;
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
  unreadable: 'in a charset that cannot be read here',
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
  if (textLength({ outline, sizeBytes }) > requestLimitBytes) {
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
