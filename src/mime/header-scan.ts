// Cuts a header into its fields and puts it together again, without changing a byte.
import { Buffer } from 'node:buffer';

/**
 * A field with its continuation lines (RFC 5322 §2.2.3), or a line that is no field.
 * Bytes are kept as characters of the same number (latin1), so that whatever stands there survives.
 */
export interface RawField {
  /** The whole field, closing CRLF included. */
  readonly raw: string;
  /** The name in lower case; '' for a line that is no field. */
  readonly key: string;
  /** Where the value begins in `raw`: after the colon. */
  readonly valueStart: number;
}

export interface ScannedHeader {
  readonly fields: readonly RawField[];
  /** The empty line that closes the header, and what stands after it. */
  readonly rest: string;
}

/** A larger header would stay in memory for nothing. */
const maxKeptBytes = 16_384;

const crlf = '\r\n';

/** RFC 5322 §3.6.8, with the blanks before the colon of §4.5, and with the 8-bit names that some devices write. */
const nameAndColon = /^([!-9;-~\x80-\xff]+)[ \t]*:/;

/** A header is checked, read and edited in one go, so that the last one is asked for again and again. */
let last: { readonly header: Uint8Array; readonly scanned: ScannedHeader } | undefined;

/** @param header never changed afterwards */
export function scanHeader(header: Uint8Array): ScannedHeader {
  if (last?.header === header) return last.scanned;
  const scanned = scan(header);
  if (header.length <= maxKeptBytes) last = { header, scanned };
  return scanned;
}

function scan(header: Uint8Array): ScannedHeader {
  const text = Buffer.from(header.buffer, header.byteOffset, header.byteLength).toString('latin1');
  const fields: RawField[] = [];
  let start = 0;
  while (start < text.length && !text.startsWith(crlf, start)) {
    const end = endOfField(text, start);
    fields.push(toRawField(text.slice(start, end)));
    start = end;
  }
  return { fields, rest: text.slice(start) };
}

/** @param raw with its closing CRLF, in latin1 */
export function toRawField(raw: string): RawField {
  const match = nameAndColon.exec(raw);
  if (match?.[1] === undefined) return { raw, key: '', valueStart: 0 };
  return { raw, key: match[1].toLowerCase(), valueStart: match[0].length };
}

/** The name as it was written. */
export function nameOf({ raw, key }: RawField): string {
  return raw.slice(0, key.length);
}

/** The value on one line (RFC 5322 §2.2.3), still in latin1. */
export function unfoldedValue({ raw, valueStart }: RawField): string {
  return raw.slice(valueStart).replaceAll(crlf, '');
}

export function fieldsNamed(fields: readonly RawField[], name: string): readonly RawField[] {
  const key = name.toLowerCase();
  return fields.filter((field) => field.key === key);
}

export function joinHeader({ fields, rest }: ScannedHeader): Uint8Array {
  return Buffer.from(fields.map(({ raw }) => raw).join('') + rest, 'latin1');
}

/** The envelope line of an mbox file (RFC 4155), which some scripts leave on top of a message. */
export function isMboxLine({ key, raw }: RawField): boolean {
  return key === '' && /^>?From /.test(raw);
}

function endOfField(text: string, start: number): number {
  let lineEnd = text.indexOf(crlf, start);
  while (lineEnd >= 0 && isContinued(text, lineEnd)) lineEnd = text.indexOf(crlf, lineEnd + 2);
  return lineEnd < 0 ? text.length : lineEnd + 2;
}

function isContinued(text: string, lineEnd: number): boolean {
  const next = text[lineEnd + 2];
  return next === ' ' || next === '\t';
}
