// Bytes as base64 in one line, piece by piece: how Graph takes a MIME message, and a file within JSON.
import { base64Length } from '../core/base64-length.ts';
import type { PartContent } from '../relay/ports.ts';
import type { RequestBody } from './request-body.ts';

/** Reading throws where `content` has not the size that it claims, or cannot be read. */
export function base64Body(content: PartContent): RequestBody {
  return { contentLength: base64Length(content.sizeBytes), open: () => encode(content) };
}

/**
 * Gathered before it goes out: each piece costs a TLS record and a write, and a large one a copy as large. Divisible by 3.
 * Letters of 128 KiB or more would get pages of their own from V8, and a string take four times as long.
 */
const roomBytes = 96_000;

async function* encode(content: PartContent): AsyncGenerator<Uint8Array> {
  const room = Buffer.allocUnsafe(Math.min(content.sizeBytes, roomBytes));
  let filled = 0;
  let readBytes = 0;
  for await (const piece of content.read()) {
    readBytes += piece.length;
    if (readBytes > content.sizeBytes) break;
    for (let rest = piece; rest.length > 0;) {
      const part = rest.subarray(0, room.length - filled);
      room.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
      if (filled < room.length) continue;
      yield toBase64(room);
      filled = 0;
    }
  }
  if (readBytes !== content.sizeBytes) {
    throw new Error(`Content of ${content.sizeBytes} bytes gave ${readBytes} or more`);
  }
  if (filled > 0) yield toBase64(room.subarray(0, filled));
}

function toBase64(bytes: Buffer): Uint8Array {
  return Buffer.from(bytes.toString('base64'), 'latin1');
}
