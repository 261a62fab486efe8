// From text to header fields of RFC 5322: encoded words (RFC 2047), quoting, folding. No text can end its field.
import { Buffer } from 'node:buffer';
import libmime from 'libmime';
import { parseAddress } from '../core/address.ts';
import type { Mailbox } from '../core/message.ts';

/** RFC 5322 §2.1.1: lines ought to be no longer, CRLF not counted. */
const maxLineLength = 78;
/** RFC 5322 §3.6.8, and short enough for a line. */
const fieldName = /^[!-9;-~]{1,76}$/;
/** Leaves room on the first line for most field names; RFC 2047 §2 allows 75. */
const maxEncodedWordLength = 60;
/** Longer words do not fit on a line (998 octets) and are encoded, so that they can be cut. */
const maxPlainWordLength = 500;
const maxPlainNameLength = 60;
/** RFC 5321 §4.5.3.1, with room for local parts that need escapes and domains that are no A-labels yet. */
const maxAddressLength = 400;

/**
 * An unstructured field in latin1, closing CRLF included.
 * Throws for a name that is none: names come from us or from a configuration that was checked.
 */
export function formatTextField(name: string, text: string): string {
  const plain = toPlainText(text);
  const words = plain === '' ? [] : ` ${plain}`.split(/(?<! )(?= )/);
  const first = words.findIndex(mustBeEncoded);
  if (first < 0) return fold(name, words);
  const end = words.findLastIndex(mustBeEncoded) + 1;
  const encoded = words.slice(first, end).join('');
  const blanks = encoded.slice(0, encoded.search(/[^ ]/));
  const encodedWords = encodeWords(encoded.slice(blanks.length)).map((word, index) =>
    index === 0 ? blanks + word : ` ${word}`,
  );
  return fold(name, [...words.slice(0, first), ...encodedWords, ...words.slice(end)]);
}

/** An address field in latin1, closing CRLF included; '' when no mailbox can be written. Throws as `formatTextField`. */
export function formatMailboxField(name: string, mailboxes: readonly Mailbox[]): string {
  return foldMailboxes(name, mailboxes.map(formatMailbox));
}

/** @param mailboxes of each the words that a line may break between; one without words is left out */
export function foldMailboxes(name: string, mailboxes: readonly (readonly string[])[]): string {
  const written = mailboxes.filter((words) => words.length > 0);
  if (written.length === 0) return '';
  const words = written.flatMap((mailbox, index) => {
    const separator = index < written.length - 1 ? ',' : '';
    return mailbox.map((word, at) => ` ${word}${at === mailbox.length - 1 ? separator : ''}`);
  });
  return fold(name, words);
}

/** The words of a mailbox (RFC 5322 §3.4); none when its address cannot be written so that it reads as one. */
export function formatMailbox({ name, address }: Mailbox): readonly string[] {
  const written = formatAddress(address);
  if (written === undefined) return [];
  const words = formatDisplayName(name, address);
  const isBare = words.length === 0 && !written.startsWith('"');
  return isBare ? [written] : [...words, `<${written}>`];
}

/** A name that only repeats the address is left out: Exchange takes its `@` amiss (ErrorSendAsDenied). */
function formatDisplayName(name: string, address: string): readonly string[] {
  const text = toPlainText(name);
  const repeatsAddress = text.includes('@') && text.toLowerCase() === address.toLowerCase();
  if (text === '' || repeatsAddress) return [];
  if (mustBeEncoded(text) || text.length > maxPlainNameLength) return encodeWords(text);
  return atoms.test(text) ? text.split(' ') : [quote(text)];
}

const atoms = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+( [A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*$/;
const atomsAndDots = /^[^\s\p{Cc}\p{Cf}()<>[\]:;@\\,"]+$/u;
const dotAtom = /^[^\s\p{Cc}\p{Cf}()<>[\]:;@\\,."]+(\.[^\s\p{Cc}\p{Cf}()<>[\]:;@\\,."]+)*$/u;
const quotedString = /^"([^\p{Cc}"\\]|\\[^\p{Cc}])*"$/u;
const domainLiteral = /^\[[A-Za-z0-9:.]+\]$/;

/** Domains leave as A-labels. Non-ASCII local parts leave as they are (RFC 6532), for no other form of them exists. */
function formatAddress(address: string): string | undefined {
  if (address.length > maxAddressLength) return undefined;
  const canonical = parseAddress(address);
  const isAsciiDomain = /@[ -~]*$/.test(address);
  const written = canonical === undefined || isAsciiDomain ? address : canonical;
  const at = written.lastIndexOf('@');
  const localPart = formatLocalPart(written.slice(0, Math.max(at, 0)));
  const domain = written.slice(at + 1);
  const isDomain = domainLiteral.test(domain) || (dotAtom.test(domain) && !/[=?]/.test(domain));
  return localPart !== undefined && isDomain ? `${localPart}@${domain}` : undefined;
}

/** Quotes make a local part legal whose dots are not, and keep an encoded word from being decoded (RFC 2047 §5). */
function formatLocalPart(localPart: string): string | undefined {
  if (quotedString.test(localPart)) return localPart;
  if (dotAtom.test(localPart) && !localPart.includes('=?')) return localPart;
  return atomsAndDots.test(localPart) ? quote(localPart) : undefined;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;
}

/** One line without control characters. */
function toPlainText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
}

/** Plain text that looks like an encoded word would be read as one. */
function mustBeEncoded(word: string): boolean {
  return /[^ -~]|=\?/.test(word) || word.length > maxPlainWordLength;
}

/** Q where most of the text is ASCII: it can be read in a log. */
function encodeWords(text: string): readonly string[] {
  const encodedCharacters = text.replace(/[ -~]/g, '').length;
  const encoding = encodedCharacters * 2 > text.length ? 'B' : 'Q';
  return libmime.encodeWord(text, encoding, maxEncodedWordLength).split(' ');
}

/** @param words each with the blanks before it, where a line may break (RFC 5322 §2.2.3) */
function fold(name: string, words: readonly string[]): string {
  if (!fieldName.test(name)) throw new Error(`Field name is not valid: ${JSON.stringify(name)}`);
  let field = `${name}:`;
  let lineLength = field.length;
  for (const [index, word] of words.entries()) {
    // No break after the colon: some readers take an empty first line for an empty field.
    const breaks = index > 0 && lineLength + word.length > maxLineLength;
    field += breaks ? `\r\n${word}` : word;
    lineLength = breaks ? word.length : lineLength + word.length;
  }
  return Buffer.from(`${field}\r\n`, 'utf8').toString('latin1');
}
