// Finds the lines that part the entities of a multipart (RFC 2046 §5.1.1), in bytes that may be cut anywhere.
import { Buffer } from 'node:buffer';

/** Two dashes, a boundary, two dashes more if nothing follows, and blanks. */
export interface Delimiter<Owner> {
  /** Whose boundary it is. */
  readonly owner: Owner;
  /** The last one of its owner. */
  readonly isClosing: boolean;
  /** Where its line begins; the line end before it is part of it, too. */
  readonly start: number;
  /** Behind its own line end. */
  readonly end: number;
}

/** The next delimiter; without one, up to where there is none for sure: the rest takes more bytes to tell. */
export type Found<Owner> =
  | { readonly delimiter: Delimiter<Owner> }
  | { readonly delimiter: undefined; readonly clearTo: number };

export interface Searched {
  /** The first byte begins a line. Otherwise it follows one that is neither CR nor LF. */
  readonly startsLine: boolean;
  /** No byte follows. */
  readonly isLast: boolean;
}

/** Thrown for a message of too many parts, or that readers take apart in different ways. */
export class Inseparable extends Error {
  override readonly name = 'Inseparable';
}

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const dash = 45;
const dashes = '--';
const lineFeedAndDashes = Buffer.from('\n--');
export const lineEndBytes = 2;
/** No line has more (RFC 5322 §2.1.1). */
const maxBlanks = 998;

/** The boundaries of all multiparts that a place in the message lies in. */
export class OpenBoundaries<Owner extends object> {
  readonly #owners = new Map<string, Owner>();
  /** Of all that were ever open. */
  #longest = 0;

  /** A longer line is no delimiter. */
  get maxLineBytes(): number {
    return dashes.length + this.#longest + dashes.length + maxBlanks + lineEndBytes;
  }

  /** @param boundary ASCII; '' for none. Throws when another one owns it: to one of them belong the parts of both. */
  add(boundary: string, owner: Owner): void {
    if (boundary === '') return;
    if (this.#owners.has(boundary)) throw new Inseparable('Two multiparts with the same boundary');
    this.#owners.set(boundary, owner);
    this.#longest = Math.max(this.#longest, boundary.length);
  }

  delete(boundary: string): void {
    this.#owners.delete(boundary);
  }

  /** Throws for a line that some readers take for a delimiter, and some do not. */
  find(bytes: Buffer, { startsLine, isLast }: Searched): Found<Owner> {
    if (this.#owners.size === 0) return { delimiter: undefined, clearTo: bytes.length };
    const isAtStart = startsLine && bytes[0] === dash && bytes[1] === dash;
    for (let at = isAtStart ? 0 : nextLine(bytes, 0); at !== -1;) {
      const line = this.#readLine(bytes, at);
      if (line.lineEnd === 'cut' && !isLast) {
        return { delimiter: undefined, clearTo: Math.max(0, at - lineEndBytes) };
      }
      const match = this.#match(line.text);
      if (match) return { delimiter: checked({ ...line, ...match, start: at }, bytes) };
      at = nextLine(bytes, line.textEnd);
    }
    return { delimiter: undefined, clearTo: isLast ? bytes.length : startOfOpenEnd(bytes) };
  }

  #match(text: string): { readonly owner: Owner; readonly isClosing: boolean } | undefined {
    const opened = this.#owners.get(text);
    const closed = text.endsWith(dashes) ? this.#owners.get(text.slice(0, -2)) : undefined;
    if (opened && closed) throw new Inseparable('A delimiter of two boundaries');
    if (closed) return { owner: closed, isClosing: true };
    return opened && { owner: opened, isClosing: false };
  }

  #readLine(bytes: Buffer, start: number): Line {
    const limit = Math.min(bytes.length, start + this.maxLineBytes);
    let textEnd = start + dashes.length;
    while (textEnd < limit && !isLineEnd(bytes[textEnd])) textEnd += 1;
    let trimmed = textEnd;
    while (isBlank(bytes[trimmed - 1])) trimmed -= 1;
    const text = bytes.toString('latin1', start + dashes.length, trimmed);
    return { text, textEnd, ...lineEndAt(bytes, textEnd) };
  }
}

interface Line {
  /** Without the dashes before it, and the blanks behind it. */
  readonly text: string;
  readonly textEnd: number;
  /** Behind its line end. */
  readonly end: number;
  /** CRLF; CR or LF alone, or none within the limit; or the bytes have ended before. */
  readonly lineEnd: 'whole' | 'none' | 'cut';
}

function lineEndAt(bytes: Buffer, at: number): Pick<Line, 'end' | 'lineEnd'> {
  const isCut = at === bytes.length || (bytes[at] === carriageReturn && at + 1 === bytes.length);
  if (isCut) return { end: bytes.length, lineEnd: 'cut' };
  const isWhole = bytes[at] === carriageReturn && bytes[at + 1] === lineFeed;
  return { end: at + lineEndBytes, lineEnd: isWhole ? 'whole' : 'none' };
}

/** Of a line that begins with two dashes; -1 when there is none. */
function nextLine(bytes: Buffer, from: number): number {
  const lineEnd = bytes.indexOf(lineFeedAndDashes, from);
  return lineEnd < 0 ? -1 : lineEnd + 1;
}

/** At the end of the message, a delimiter that closes needs no line end: nothing hangs on it. */
function checked<Owner>(candidate: Delimiter<Owner> & Line, bytes: Buffer): Delimiter<Owner> {
  const { owner, isClosing, start, end, lineEnd, textEnd } = candidate;
  const isBegun = start === 0 || bytes[start - lineEndBytes] === carriageReturn;
  const isEnded = lineEnd === 'whole' || (lineEnd === 'cut' && isClosing && textEnd === end);
  if (!isBegun || !isEnded) throw new Inseparable('A delimiter that is no whole line');
  return { owner, isClosing, start, end };
}

/** A line end with less than two dashes after it may be the start of a delimiter. */
function startOfOpenEnd(bytes: Buffer): number {
  let start = bytes.length;
  if (bytes[start - 1] === dash) start -= 1;
  if (bytes[start - 1] === lineFeed) start -= 1;
  if (bytes[start - 1] === carriageReturn) start -= 1;
  return start;
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === lineFeed || byte === carriageReturn;
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab;
}
