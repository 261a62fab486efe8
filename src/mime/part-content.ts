// Reads one part out of a stored message: no more of it than its own bytes, decoded piece by piece.
import type { MessagePart } from '../core/outline.ts';
import type { Content, PartContent } from '../relay/ports.ts';
import { createPartDecoder } from './part-decoder.ts';

export function readPart(content: Content, part: MessagePart): PartContent {
  return { sizeBytes: part.decodedBytes, read: () => decodePart(content, part) };
}

async function* decodePart(content: Content, part: MessagePart): AsyncGenerator<Uint8Array> {
  const { start, end, decodedBytes } = part;
  if (start === end) return;
  const decoder = createPartDecoder(part.encoding);
  let bytes = 0;
  for await (const piece of content.read({ start, end })) {
    const decoded = decoder.write(piece);
    bytes += decoded.length;
    if (decoded.length > 0) yield decoded;
  }
  const last = decoder.end();
  if (last.length > 0) yield last;
  if (bytes + last.length === decodedBytes) return;
  throw new Error(`A part of ${decodedBytes} bytes gave ${bytes + last.length}`);
}
