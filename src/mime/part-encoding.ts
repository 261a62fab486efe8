// Sends quoted-printable text as base64, because Exchange has been seen to damage it: the text stays, byte for byte.
import { Buffer } from 'node:buffer';
import type { HeaderEdit } from '../core/header-edit.ts';
import { base64Length } from '../core/base64-length.ts';
import type { Integrity, MessagePart } from '../core/outline.ts';
import type { Content } from '../relay/ports.ts';
import { editHeader } from './header-edit.ts';
import { readOutline, readRootHeader } from './outline.ts';
import { readPart } from './part-content.ts';

/** What signs the body as it was (RFC 6376 §3.7), and would be wrong of the new one. */
const bodySignatures: readonly HeaderEdit[] = [
  { kind: 'remove', name: 'DKIM-Signature' },
  { kind: 'remove', name: 'X-Google-DKIM-Signature' },
];
const saysBase64: HeaderEdit = { kind: 'set', name: 'Content-Transfer-Encoding', text: 'base64' };

/**
 * The message with its quoted-printable text parts in base64. The same content when it has none, is signed or
 * encrypted, or cannot be taken apart. Throws what `content` throws.
 */
export async function withoutQuotedPrintable(content: Content): Promise<Content> {
  if (!(await mentionsQuotedPrintable(content))) return content;
  const { integrity, parts } = await readOutline(content);
  const texts = parts.filter(isQuotedPrintableText);
  const mayChange = changeable.has(integrity);
  if (!mayChange || texts.length === 0) return content;
  return joinSegments(await planSegments(content, texts));
}

/** Another transfer encoding changes no letter, whatever the charset. */
const changeable: ReadonlySet<Integrity> = new Set(['free', 'calendar', 'unreadable']);

function isQuotedPrintableText({ contentType, encoding, start, end }: MessagePart): boolean {
  return contentType.startsWith('text/') && encoding === 'quoted-printable' && end > start;
}

/** Looks at the bytes alone, so that other mail costs no parser. */
async function mentionsQuotedPrintable(content: Content): Promise<boolean> {
  const seamBytes = encodingName.length - 1;
  let carried: Buffer = Buffer.alloc(0);
  for await (const piece of content.read()) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    const seam = Buffer.concat([carried, bytes.subarray(0, seamBytes)]);
    if (namesQuotedPrintable(seam) || namesQuotedPrintable(bytes)) return true;
    carried = Buffer.concat([carried, bytes.subarray(-seamBytes)]).subarray(-seamBytes);
  }
  return false;
}

const encodingName = Buffer.from('quoted-printable');
const hyphenAt = encodingName.indexOf('-');
/** What a message has little of, unless it has an encoding of that name. */
const rareLetters = [Buffer.from('-p'), Buffer.from('-P')];

/** In letters of any case. Node finds two of them; a pattern would need a text of all that there is. */
function namesQuotedPrintable(bytes: Buffer): boolean {
  return rareLetters.some((letters) => {
    let at = bytes.indexOf(letters);
    while (at !== -1 && !isEncodingName(bytes, at - hyphenAt)) at = bytes.indexOf(letters, at + 1);
    return at !== -1;
  });
}

function isEncodingName(bytes: Buffer, start: number): boolean {
  return encodingName.every(
    (letter, index) => ((bytes[start + index] ?? 0) | lowerCase) === letter,
  );
}

const lowerCase = 0x20;

/** A stretch of the new message. */
interface Segment {
  readonly sizeBytes: number;
  read(range: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
}

/** The header, each text with its own header, and what lies between them. */
async function planSegments(
  content: Content,
  texts: readonly MessagePart[],
): Promise<readonly Segment[]> {
  const header = await readRootHeader(content);
  const isRoot = texts.some(({ headerStart }) => headerStart === 0);
  const edits = isRoot ? [...bodySignatures, saysBase64] : bodySignatures;
  const segments = [segmentOf(editHeader(header, edits))];
  let at = header.length;
  for (const text of texts) {
    segments.push(stretch(content, { start: at, end: Math.max(at, text.headerStart) }));
    if (text.headerStart > 0) segments.push(segmentOf(await editedHeader(content, text)));
    segments.push(encoded(content, text));
    at = text.end;
  }
  return [...segments, stretch(content, { start: at, end: content.sizeBytes })];
}

async function editedHeader(content: Content, part: MessagePart): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const range = { start: part.headerStart, end: part.start };
  for await (const piece of content.read(range)) pieces.push(Buffer.from(piece));
  return editHeader(Buffer.concat(pieces), [saysBase64]);
}

function segmentOf(bytes: Uint8Array): Segment {
  return {
    sizeBytes: bytes.length,
    async *read({ start, end }) {
      yield bytes.subarray(start, end);
    },
  };
}

function stretch(
  content: Content,
  { start, end }: { readonly start: number; readonly end: number },
): Segment {
  return {
    sizeBytes: end - start,
    read: (range) => content.read({ start: start + range.start, end: start + range.end }),
  };
}

function encoded(content: Content, part: MessagePart): Segment {
  return {
    sizeBytes: encodedLength(part.decodedBytes),
    read: (range) => slice(encodeLines(readPart(content, part).read()), range),
  };
}

/** 76 letters, the longest line of RFC 2045 §6.8. */
const bytesPerLine = 57;

function encodedLength(bytes: number): number {
  const rest = bytes % bytesPerLine;
  const lines = (bytes - rest) / bytesPerLine;
  return lines * 78 + (rest === 0 ? 0 : base64Length(rest) + 2);
}

/** Each line with its CRLF. */
async function* encodeLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let carried = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = Buffer.concat([carried, piece]);
    const wholeBytes = bytes.length - (bytes.length % bytesPerLine);
    carried = bytes.subarray(wholeBytes);
    yield toLines(bytes.subarray(0, wholeBytes));
  }
  yield toLines(carried);
}

function toLines(bytes: Buffer): Uint8Array {
  return Buffer.from(bytes.toString('base64').replaceAll(/.{1,76}/g, '$&\r\n'), 'latin1');
}

/** A stretch of bytes that cannot be read from the middle. */
async function* slice(
  pieces: AsyncIterable<Uint8Array>,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of pieces) {
    const wanted = piece.subarray(Math.max(start - at, 0), Math.max(end - at, 0));
    if (wanted.length > 0) yield wanted;
    at += piece.length;
    if (at >= end) return;
  }
}

function joinSegments(segments: readonly Segment[]): Content {
  const sizeBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  return {
    sizeBytes,
    async *read({ start = 0, end = sizeBytes } = {}) {
      let at = 0;
      for (const segment of segments) {
        const from = Math.max(start - at, 0);
        const to = Math.min(end - at, segment.sizeBytes);
        if (from < to) yield* segment.read({ start: from, end: to });
        at += segment.sizeBytes;
      }
    },
  };
}
