// Decodes the content of a part piece by piece (RFC 2045 §6): the same bytes come out, wherever the pieces are cut.
import { Buffer } from 'node:buffer';
import type { MessagePart } from '../core/outline.ts';

export interface PartDecoder {
  /** What can be decoded by now, valid until the next call. The piece may be used for other things afterwards. */
  write(piece: Uint8Array): Uint8Array;
  /** What was left. */
  end(): Uint8Array;
}

export function createPartDecoder(encoding: MessagePart['encoding']): PartDecoder {
  switch (encoding) {
    case 'base64':
      return new Base64Decoder();
    case 'quoted-printable':
      return new QuotedPrintableDecoder();
    case 'identity':
      return { write: (piece) => piece, end: () => nothing };
  }
}

const nothing = new Uint8Array(0);

/** Bytes decoded at once: longer texts would burden the memory for large objects. */
const bytesAtOnce = 24_576;
/** Letters that make three bytes. */
const groupLetters = 4;

/** Letters count, all else between them does not; padding ends a run of letters, after which another may begin. */
class Base64Decoder implements PartDecoder {
  /** Those that are not decoded yet; between two pieces they make no whole group. */
  readonly #letters = Buffer.allocUnsafe(bytesAtOnce + groupLetters);
  #waiting = 0;
  /** Used again for each piece. */
  #decoded = Buffer.alloc(0);
  #length = 0;

  write(piece: Uint8Array): Uint8Array {
    if (this.#decoded.length < piece.length + groupLetters) {
      this.#decoded = Buffer.allocUnsafe(piece.length + groupLetters);
    }
    this.#length = 0;
    const all = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    for (let at = 0; at < all.length; at += bytesAtOnce) {
      const bytes = all.subarray(at, at + bytesAtOnce);
      if (!this.#takeLines(bytes)) this.#takeAnything(bytes);
    }
    return this.#decoded.subarray(0, this.#length);
  }

  end(): Uint8Array {
    this.#length = 0;
    this.#decode(this.#waiting);
    return this.#decoded.subarray(0, this.#length);
  }

  /**
   * Takes what nearly all base64 is, lines of letters, as Node reads it, in a seventh of the time. False, and nothing is
   * taken, where other things lie between the letters: then they were skipped, and less came out than was counted.
   */
  #takeLines(bytes: Buffer): boolean {
    if (readOtherwise.some((code) => bytes.includes(code))) return false;
    const letters = this.#waiting + bytes.length - countLineEndBytes(bytes);
    const rest = startOfLast(letters % groupLetters, bytes);
    if (rest === undefined) return false;
    const waiting = this.#letters.toString('latin1', 0, this.#waiting);
    const text = waiting + bytes.toString('latin1', 0, rest);
    const length = this.#decoded.write(text, this.#length, 'base64');
    if (length !== Math.floor(letters / groupLetters) * 3) return false;
    this.#length += length;
    this.#waiting = gatherLetters(bytes.subarray(rest), { into: this.#letters, at: 0 });
    return true;
  }

  #takeAnything(bytes: Buffer): void {
    for (let start = 0; start < bytes.length;) {
      const padding = bytes.indexOf(equals, start);
      const end = padding === -1 ? bytes.length : padding;
      const run = bytes.subarray(start, end);
      this.#waiting = gatherLetters(run, { into: this.#letters, at: this.#waiting });
      if (padding !== -1) this.#decode(this.#waiting);
      start = end + 1;
    }
    this.#decode(this.#waiting - (this.#waiting % groupLetters));
  }

  #decode(count: number): void {
    if (count === 0) return;
    const text = this.#letters.toString('latin1', 0, count);
    this.#length += this.#decoded.write(text, this.#length, 'base64');
    this.#letters.copyWithin(0, count, this.#waiting);
    this.#waiting -= count;
  }
}

/** @returns where the letters in `into` end, those before `at` included */
function gatherLetters(
  bytes: Uint8Array,
  { into, at }: { readonly into: Uint8Array; readonly at: number },
): number {
  let end = at;
  // An iterator would take three times as long.
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (isLetter[byte] === 1) into[end++] = byte;
  }
  return end;
}

/** A CR that no LF follows counts only at the very end, where its LF may come with the next piece. */
function countLineEndBytes(bytes: Buffer): number {
  let count = bytes.at(-1) === carriageReturn ? 1 : 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) {
    count += bytes[at - 1] === carriageReturn ? 2 : 1;
  }
  return count;
}

/** Where the last `count` bytes that are no line ends begin. Undefined when there are fewer. */
function startOfLast(count: number, bytes: Buffer): number | undefined {
  let start = bytes.length;
  for (let found = 0; found < count; found++) {
    do start -= 1;
    while (bytes[start] === lineFeed || bytes[start] === carriageReturn);
    if (start < 0) return undefined;
  }
  return start;
}

/** 1 at the codes of the letters of base64 (RFC 4648 §4). */
const isLetter = new Uint8Array(256);
for (const letter of Buffer.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
)) {
  isLetter[letter] = 1;
}

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const equals = 61;
/** Node ends at padding, and reads the letters of base64url (RFC 4648 §5) as well. */
const readOtherwise = [equals, '-'.charCodeAt(0), '_'.charCodeAt(0)];
/** Blanks in a longer run are taken as they are: no line has so many (RFC 5321 §4.5.3.1.6). */
const maxBlanks = 998;

/** Blanks before a line end vanish, as RFC 2045 §6.7 (3) says; an `=` that encodes nothing stays. */
class QuotedPrintableDecoder implements PartDecoder {
  /** From an `=` or a blank on, whose meaning depends on what follows. */
  #carried = Buffer.alloc(0);

  write(piece: Uint8Array): Uint8Array {
    return this.#decode(Buffer.concat([this.#carried, piece]), false);
  }

  end(): Uint8Array {
    return this.#decode(this.#carried, true);
  }

  #decode(data: Buffer, isLast: boolean): Uint8Array {
    const decoded = Buffer.allocUnsafe(data.length);
    let length = 0;
    let at = 0;
    while (at < data.length) {
      const byte = data[at] ?? 0;
      if (byte !== equals && !isBlank(byte)) {
        decoded[length++] = byte;
        at += 1;
        continue;
      }
      const told = byte === equals ? readEscape(data, at) : readBlanks(data, at);
      const token = told ?? (isLast ? readLast(data, at) : undefined);
      if (token === undefined) break;
      decoded.set(token.value, length);
      length += token.value.length;
      at = token.end;
    }
    this.#carried = Buffer.from(data.subarray(at));
    return decoded.subarray(0, length);
  }
}

/** What stands for `value` in the encoded text, up to `end`. Undefined: that takes more of the text to tell. */
interface Token {
  readonly end: number;
  readonly value: Uint8Array;
}

/** A run of blanks: nothing, if a line ends with it. */
function readBlanks(data: Buffer, start: number): Token | undefined {
  const end = endOfBlanks(data, start);
  if (end - start >= maxBlanks) return { end, value: data.subarray(start, end) };
  if (end === data.length) return undefined;
  const lineEnds = endOfLine(data, end);
  if (lineEnds === undefined) return undefined;
  return { end, value: lineEnds === end ? data.subarray(start, end) : nothing };
}

/** `=41`, a soft line break, or a bare `=`. */
function readEscape(data: Buffer, start: number): Token | undefined {
  if (start + 2 < data.length) {
    const code = data.toString('latin1', start + 1, start + 3);
    if (/^[0-9A-Fa-f]{2}$/.test(code)) {
      return { end: start + 3, value: Uint8Array.of(Number.parseInt(code, 16)) };
    }
  }
  const blanksEnd = endOfBlanks(data, start + 1);
  const lineEnds = blanksEnd === data.length ? undefined : endOfLine(data, blanksEnd);
  if (lineEnds !== undefined && lineEnds > blanksEnd) return { end: lineEnds, value: nothing };
  const isOpen = lineEnds === undefined && blanksEnd - start <= maxBlanks;
  if (isOpen || start + 2 >= data.length) return undefined;
  return { end: start + 1, value: Uint8Array.of(equals) };
}

/** What the end of the text leaves open: blanks, a soft line break without a line after it, or half an escape. */
function readLast(data: Buffer, start: number): Token {
  const isHalfEscape = /^=[^ \t\r]/.test(data.toString('latin1', start, start + 2));
  const literal = { end: start + 1, value: Uint8Array.of(equals) };
  return isHalfEscape ? literal : { end: data.length, value: nothing };
}

function endOfBlanks(data: Buffer, start: number): number {
  let end = start;
  while (end < data.length && end - start < maxBlanks && isBlank(data[end] ?? 0)) end += 1;
  return end;
}

/** Behind the line end at `at`; `at` itself when none is there; undefined when it may be cut in two. */
function endOfLine(data: Buffer, at: number): number | undefined {
  if (data[at] === lineFeed) return at + 1;
  if (data[at] !== carriageReturn) return at;
  if (at + 1 === data.length) return undefined;
  return data[at + 1] === lineFeed ? at + 2 : at;
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab;
}
