// Cuts the raw value of an address field at its top-level commas, and tells the mailboxes that every reader understands alike.

/** One mailbox, or what stands in its place. */
export interface MailboxPiece {
  /** As written, without the blanks around it. */
  readonly text: string;
  /** It is a mailbox by the letter of RFC 5322 §3.4, so no two parsers can disagree about its address. */
  readonly isPlain: boolean;
}

export interface MailboxPieces {
  /** None of them blank; groups (RFC 5322 §3.4) are dissolved. */
  readonly pieces: readonly MailboxPiece[];
  /** Nothing but commas stands between the pieces: no group, no semicolon, no blank piece. */
  readonly isPlain: boolean;
}

/** Longer ones do not fit on one line (RFC 5322 §2.1.1). */
const maxPlainLength = 500;

/** What may bear on the structure of a masked list: domain literals and angle brackets hide the separators inside. */
const marks = /@[ \t]*\[[^\],;]*|<[^>]*>?|[,;:]/g;

const specials = String.raw`\s\p{Cc}\p{Cf}()<>[\]:;@\\,."`;
const quoted = String.raw`"\\*"`;
const dotAtom = String.raw`[^${specials}]+(?:\.[^${specials}]+)*`;
const addrSpec = String.raw`((?:${dotAtom}|${quoted})@(?:${dotAtom}|\[[A-Za-z0-9:.]+\]))`;
const phrase = String.raw`(?:[^${specials}]|${quoted})(?:[^${specials}]|[. \t]|${quoted})*`;
const encodedWords = /=\?[\w*-]+\?[bq]\?[^?\s]*\?=/gi;
/** Of a masked piece. There is one way only to match a character, so that no input makes it slow. */
const plainShape = new RegExp(`^(?:${addrSpec}|(?:${phrase})?<${addrSpec}>)$`, 'u');

/** @param value unfolded */
export function splitMailboxes(value: string): MailboxPieces {
  const shape = mask(value);
  const pieces: MailboxPiece[] = [];
  let isPlain = true;
  let start = 0;
  const endPiece = (end: number): void => {
    const text = value.slice(start, end).trim();
    if (text === '') isPlain = false;
    else pieces.push({ text, isPlain: isPlainShape(shape.slice(start, end).trim()) });
  };
  for (const { 0: mark, index } of shape.matchAll(marks)) {
    if (mark === ',' || mark === ';') endPiece(index);
    else if (mark !== ':') continue;
    // The name of a group, between the last mark and this one, is forgotten.
    if (mark !== ',') isPlain = false;
    start = index + 1;
  }
  endPiece(value.length);
  return { pieces, isPlain };
}

/** Readers differ about encoded words in an address, and about those that are not closed. */
function isPlainShape(shape: string): boolean {
  if (shape.length > maxPlainLength) return false;
  const match = plainShape.exec(shape);
  const address = match?.[1] ?? match?.[2] ?? '=?';
  return !address.includes('=?') && !shape.replace(encodedWords, '').includes('=?');
}

/**
 * The value with what must not be looked into painted over, each character by one: the text of quoted strings
 * by backslashes, comments by blanks, and what is never closed by `(`, which no plain shape has.
 */
function mask(value: string): string {
  const opening = /["(]/g;
  let masked = '';
  let index = 0;
  for (let match = opening.exec(value); match; match = opening.exec(value)) {
    const isQuoted = match[0] === '"';
    const end = isQuoted ? endOfQuoted(value, match.index) : endOfComment(value, match.index);
    masked += value.slice(index, match.index);
    if (end < 0) return masked + '('.repeat(value.length - match.index);
    const length = end - match.index;
    masked += isQuoted ? `"${'\\'.repeat(length - 2)}"` : ' '.repeat(length);
    opening.lastIndex = index = end;
  }
  return masked + value.slice(index);
}

/** -1 when the quoted string is not closed. */
function endOfQuoted(value: string, start: number): number {
  for (let index = start + 1; index < value.length; index++) {
    if (value[index] === '\\') index++;
    else if (value[index] === '"') return index + 1;
  }
  return -1;
}

/** Comments nest (RFC 5322 §3.2.2). -1 when the comment is not closed. */
function endOfComment(value: string, start: number): number {
  let depth = 0;
  for (let index = start; index < value.length; index++) {
    if (value[index] === '\\') index++;
    else if (value[index] === '(') depth++;
    else if (value[index] === ')' && --depth === 0) return index + 1;
  }
  return -1;
}
