// Which mailboxes an address field names.
import addressparser from 'nodemailer/lib/addressparser';
import type { Mailbox } from '../core/message.ts';
import { decodeText, readText } from './decode.ts';
import type { RawField } from './header-scan.ts';

/** The mailboxes in the fields, in order. Entries without an address are none. */
export function readMailboxes(fields: readonly RawField[]): readonly Mailbox[] {
  return fields.flatMap((field) => parseMailboxes(readText(field).text));
}

/**
 * Reads the list before it decodes the names, so that no encoded word can make an address or a comma.
 * @param value unfolded
 */
export function parseMailboxes(value: string): readonly Mailbox[] {
  const known = parsed.get(value);
  if (known) return known;
  const mailboxes = parse(value);
  if (parsed.size >= maxParsed) parsed.clear();
  if (value.length <= maxParsedLength) parsed.set(value, mailboxes);
  return mailboxes;
}

/** Every header is read three times on its way, and many have the same From: the library is slow. Half a MB. */
const parsed = new Map<string, readonly Mailbox[]>();
const maxParsed = 1000;
const maxParsedLength = 200;

function parse(value: string): readonly Mailbox[] {
  const mailboxes: Mailbox[] = [];
  for (const { name, address } of addressparser(hideSpecials(value), { flatten: true })) {
    if (address !== '') mailboxes.push({ name: decodeText(name), address });
  }
  return mailboxes;
}

const encodedWord = /(=\?[\w*-]+\?q\?)([^?\s]*)(?=\?=)/gi;
const specials = /[()<>[\]:;@\\,"]/g;

/**
 * Writes specials in encoded words as `=2C`: RFC 2047 §5 (3) does not allow them there, but some senders leave
 * a comma or a whole address in a name as it is.
 */
export function hideSpecials(value: string): string {
  if (!value.includes('=?')) return value;
  return value.replace(
    encodedWord,
    (_match, start: string, text: string) => start + text.replace(specials, escapeCharacter),
  );
}

function escapeCharacter(character: string): string {
  return `=${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
