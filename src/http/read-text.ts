// The body of a request as text, no more of it than is wanted.
import type { Context } from 'hono';

/** Undefined when it has more than `maxBytes`: the rest is not read. */
export async function readText(c: Context, maxBytes: number): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of c.req.raw.body ?? []) {
    bytes += piece.length;
    if (bytes > maxBytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
