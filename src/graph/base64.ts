// Bytes as base64 in one line, piece by piece: how Graph takes a MIME message, and a file within JSON.
import { base64Length } from '../core/base64-length.ts';
import type { PartContent } from '../relay/ports.ts';
import type { RequestBody } from './request-body.ts';

/** Reading throws where `content` has not the size that it claims, or cannot be read. */
export function base64Body(content: PartContent): RequestBody {
  return { contentLength: base64Length(content.sizeBytes), open: () => encode(content) };
}

async function* encode(content: PartContent): AsyncGenerator<Uint8Array> {
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
    throw new Error(`Content of ${content.sizeBytes} bytes gave ${readBytes} or more`);
  }
  if (carried.length > 0) yield toBase64(carried);
}

function toBase64(bytes: Buffer): Uint8Array {
  return Buffer.from(bytes.toString('base64'), 'latin1');
}
