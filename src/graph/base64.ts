// A message as base64 in one line, piece by piece: the body of Graph's MIME form of sendMail.
import type { Content } from '../relay/ports.ts';
import type { RequestBody } from './request-body.ts';

/** Bytes of base64 (RFC 4648 §4, padded, no line breaks) for so many bytes. */
export function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}

/** The most bytes whose base64 keeps within `maxLength`. */
export function bytesWithin(maxLength: number): number {
  return 3 * Math.floor(maxLength / 4);
}

/** Reading throws where `content` has not the size that it claims, or cannot be read. */
export function base64Body(content: Content): RequestBody {
  return { contentLength: base64Length(content.sizeBytes), open: () => encode(content) };
}

async function* encode(content: Content): AsyncGenerator<Uint8Array> {
  let carried = Buffer.alloc(0);
  let readBytes = 0;
  for await (const piece of content.read()) {
    readBytes += piece.length;
    if (readBytes > content.sizeBytes) break;
    const bytes = Buffer.concat([carried, piece]);
    const wholeBytes = bytes.length - (bytes.length % 3);
    carried = bytes.subarray(wholeBytes);
    if (wholeBytes > 0) yield toBase64(bytes.subarray(0, wholeBytes));
  }
  if (readBytes !== content.sizeBytes) {
    throw new Error(`A message of ${content.sizeBytes} bytes gave ${readBytes} or more`);
  }
  if (carried.length > 0) yield toBase64(carried);
}

function toBase64(bytes: Buffer): Uint8Array {
  return Buffer.from(bytes.toString('base64'), 'latin1');
}
