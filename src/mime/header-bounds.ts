// Where a header ends, and whether it is one that can be worked with.
import { Buffer } from 'node:buffer';
import { failed, type Failed } from '../core/outcome.ts';
import { isMboxLine, scanHeader, type RawField } from './header-scan.ts';

/** Longer headers are refused: the work on a header is done in memory, several times. */
export const maxHeaderBytes = 262_144;

const emptyLine = Buffer.from('\r\n');
const endOfHeader = Buffer.from('\r\n\r\n');

/**
 * Bytes of the header at the start of a message, closing empty line included; -1 when it has not ended yet.
 * @param searchFrom bytes that cannot hold the end, because an earlier call has seen all but the last three of them
 */
export function headerLength(start: Uint8Array, searchFrom = 0): number {
  const bytes = toBuffer(start);
  if (startsWith(bytes, emptyLine)) return emptyLine.length;
  const end = bytes.indexOf(endOfHeader, searchFrom);
  return end < 0 ? -1 : end + endOfHeader.length;
}

/** The header of a message that ended without an empty line: all of it is header (RFC 5322 §2.1). */
export function endHeader(start: Uint8Array): Uint8Array {
  if (headerLength(start) >= 0) return start;
  const bytes = toBuffer(start);
  const endsLine = bytes.length === 0 || bytes.subarray(-2).equals(emptyLine);
  return Buffer.concat([bytes, endsLine ? emptyLine : endOfHeader]);
}

/** What forbids to work with this header: 554 5.6.0. */
export function checkHeader(header: Uint8Array): Failed | undefined {
  if (header.length > maxHeaderBytes) return tooLong;
  if (header.includes(0)) return holdsNul;
  const { fields } = scanHeader(header);
  const first = fields.findIndex((field) => !isMboxLine(field));
  if (first < 0) return noField;
  if (fields[first]?.key === '') return beginsWithoutField;
  return hasStrayLine(fields.slice(first)) ? strayLine : undefined;
}

/**
 * A line between fields that is none. Some readers skip it, some begin the body there, and some join it to the line
 * after it: who gets the mail, and from whom, would depend on the reader. At the end, such lines are body to all.
 */
function hasStrayLine(fields: readonly RawField[]): boolean {
  const stray = fields.findIndex(({ key }) => key === '');
  return stray >= 0 && fields.slice(stray).some(({ key }) => key !== '');
}

const tooLong = malformed(`Message header is longer than ${maxHeaderBytes} bytes`);
const holdsNul = malformed('Message header holds a NUL character');
const noField = malformed('Message has no header field');
const beginsWithoutField = malformed('Message begins with a line that is no header field');
const strayLine = malformed('Message header has a line between its fields that is no header field');

function malformed(sentence: string): Failed {
  return failed('5.6.0', { reason: 'content', diagnostic: sentence, reply: sentence });
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  return bytes.subarray(0, prefix.length).equals(prefix);
}
