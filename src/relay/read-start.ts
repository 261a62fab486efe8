// The beginning of a stored message, in memory: its header, above all.
import type { Content } from './ports.ts';

/** The first `bytes` bytes, or all where there are fewer. Throws what `content` throws. */
export async function readStart(content: Content, bytes: number): Promise<Uint8Array> {
  const start = new Uint8Array(Math.min(bytes, content.sizeBytes));
  let filled = 0;
  for await (const piece of content.read({ end: start.length })) {
    start.set(piece, filled);
    filled += piece.length;
  }
  return start;
}
