// From the bytes of a field to the text that people read.
import { Buffer, isUtf8 } from 'node:buffer';
import libmime from 'libmime';
import { unfoldedValue, type RawField } from './header-scan.ts';

export interface FieldText {
  /** The value on one line, encoded words as they stand. */
  readonly text: string;
  /** False when the bytes were no UTF-8 (RFC 6532) and were taken for latin1. */
  readonly isUtf8: boolean;
}

/** Control characters and line separators: none of them may get from an encoded word into a log or another field. */
const lineBreaksAndControls = /[\p{Cc}\u2028\u2029]/gu;

export function readText(field: RawField): FieldText {
  const value = unfoldedValue(field);
  if (!/[\x80-\xff]/.test(value)) return { text: value, isUtf8: true };
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes)
    ? { text: bytes.toString('utf8'), isUtf8: true }
    : { text: value, isUtf8: false };
}

/** The value decoded (RFC 2047), on one line, each control character a space. */
export function decodeValue(field: RawField): string {
  return decodeText(readText(field).text);
}

export function decodeText(text: string): string {
  const decoded = text.includes('=?') ? libmime.decodeWords(text) : text;
  return decoded.replace(lineBreaksAndControls, ' ').trim();
}
