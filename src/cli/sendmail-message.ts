// The message that sendmail is given: up to its end, with what was missing, and who is to get it.
import type { HeaderEdit } from '../core/header-edit.ts';
import { hasField, removalOf } from '../core/header-field.ts';
import { formatDateTime } from '../core/date-time.ts';
import type { HeaderFacts } from '../core/message.ts';
import { readText } from '../mime/decode.ts';
import { maxHeaderBytes } from '../mime/header-bounds.ts';
import { scanHeader } from '../mime/header-scan.ts';
import { parseMailboxes } from '../mime/mailbox-facts.ts';
import { mime } from '../mime/mime.ts';
import { withCrlf } from '../trial/trial.ts';

export interface GivenMessage {
  /** With CRLFs, its empty line included. */
  readonly header: Uint8Array;
  readonly facts: HeaderFacts;
  /** As it comes. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The header was longer than a gateway takes. */
export class HeaderTooLong extends Error {
  override readonly name = 'HeaderTooLong';
}

/** Throws `HeaderTooLong`, and what `pieces` throws. A message without a header gets an empty one. */
export async function readMessage(pieces: AsyncIterator<Uint8Array>): Promise<GivenMessage> {
  let start: Uint8Array = new Uint8Array(0);
  let end = -1;
  let isOver = false;
  while (end < 0 && !isOver) {
    if (start.length > maxHeaderBytes) throw new HeaderTooLong('The header is longer than 256 KiB');
    const next = await pieces.next();
    isOver = next.done === true;
    if (!next.done) start = Buffer.concat([start, next.value]);
    end = lengthOfHeader(start, isOver);
  }
  const raw = Buffer.from(start.subarray(0, end)).toString('latin1');
  const header = mime.endHeader(withCrlf(Buffer.from(withoutMboxLine(raw), 'latin1')));
  return { header, facts: mime.readHeader(header), body: rest(start.subarray(end), pieces) };
}

/** Where the first line is no field, all of it is body. -1: more of it has to be seen. */
function lengthOfHeader(start: Uint8Array, isOver: boolean): number {
  const text = Buffer.from(start).toString('latin1');
  const firstLine = /^(?:From [^\n]*\n)?([^\n]*)\n/.exec(text)?.[1];
  if (firstLine === undefined && !isOver) return -1;
  if (!/^[!-9;-~]+[ \t]*:/.test(firstLine ?? text) && !/^\r?$/.test(firstLine ?? '')) return 0;
  const blank = /(?:^|\n)\r?\n/.exec(text);
  if (blank) return blank.index + blank[0].length;
  return isOver ? start.length : -1;
}

/** Old programs begin like a mailbox file. */
function withoutMboxLine(header: string): string {
  return header.replace(/^From [^\n]*\n/, '');
}

async function* rest(
  first: Uint8Array,
  pieces: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value;
}

const [dot, lf, cr] = [0x2e, 0x0a, 0x0d];

/** Up to a line that has a dot alone. */
export async function* untilDot(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  /** What a line has so far that may be its end: '', '.', or '.' and CR; undefined within any other line. */
  let pending: number[] | undefined = [];
  for await (const piece of pieces) {
    let from = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const byte = piece[at] ?? 0;
      if (pending === undefined) {
        const end = piece.indexOf(lf, at);
        if (end < 0) break;
        at = end;
        pending = [];
      } else if (byte === dot && pending.length === 0) {
        if (at > from) yield piece.subarray(from, at);
        pending.push(byte);
        from = at + 1;
      } else if (byte === cr && pending.length === 1) {
        pending.push(byte);
        from = at + 1;
      } else if (byte === lf && pending.length > 0) return;
      else {
        if (pending.length > 0) yield Uint8Array.from(pending);
        pending = byte === lf ? [] : undefined;
      }
    }
    if (from < piece.length) yield piece.subarray(from);
  }
}

export interface Sender {
  /** `user@host` */
  readonly address: string;
  /** '' for none. */
  readonly fullName: string;
}

/** From and Date where there is none: when it was given away is known here alone. */
export function completeHeader(
  { header, facts }: GivenMessage,
  {
    sender,
    now,
    hidesBcc,
  }: { readonly sender: Sender; readonly now: number; readonly hidesBcc: boolean },
): Uint8Array {
  const mailboxes = [{ name: sender.fullName, address: sender.address }];
  const edits: readonly HeaderEdit[] = [
    ...(hasField(facts, 'From')
      ? []
      : [{ kind: 'setMailboxes', name: 'From', mailboxes } as const]),
    ...(facts.hasDate ? [] : [{ kind: 'set', name: 'Date', text: formatDateTime(now) } as const]),
    ...(hidesBcc ? ['Bcc', 'Resent-Bcc'].flatMap((name) => removalOf(facts, name)) : []),
  ];
  return mime.editHeader(header, edits);
}

/** For `-t`: a message that was sent on goes to those to whom it was sent on. */
export function recipientsOf({ header, facts }: GivenMessage): readonly string[] {
  const { to, cc, bcc, resent } = facts;
  const ofResent = [
    ...[...resent.to, ...resent.cc].map(({ address }) => address),
    ...valuesOf(header, ['Resent-Bcc']).flatMap(addressesIn),
    ...valuesOf(header, ['Resent-To', 'Resent-Cc']).flatMap(bareNames),
  ];
  if (ofResent.length > 0) return ofResent;
  const bare = valuesOf(header, ['To', 'Cc', 'Bcc']).flatMap(bareNames);
  return [...[...to, ...cc, ...bcc].map(({ address }) => address), ...bare];
}

/** Encoded words as they stand: within them a comma parts nobody. */
function valuesOf(header: Uint8Array, names: readonly string[]): readonly string[] {
  const keys = names.map((name) => name.toLowerCase());
  const { fields } = scanHeader(header);
  return fields.filter(({ key }) => keys.includes(key)).map((field) => readText(field).text);
}

/** Of a list as a header or a command line has it. */
export function addressesIn(text: string): readonly string[] {
  return [...parseMailboxes(text).map(({ address }) => address), ...bareNames(text)];
}

/** What may hold a comma, and names nobody: quoted strings, encoded words (RFC 2047), and comments. */
const quotedParts = /"(?:[^"\\]|\\.)*"|=\?[^?\s]+\?[bq]\?[^?\s]*\?=/gi;
const comments = /\([^()]*\)/g;

/** Users of this machine, such as `root`: names without a domain. */
function bareNames(list: string): readonly string[] {
  const words = list
    .replaceAll(quotedParts, '"')
    .replaceAll(comments, '')
    .split(',')
    .map((word) => word.trim().replace(/^<(.*)>$/, '$1'));
  return words.filter((word) => /^[\w.+-]+$/.test(word));
}
