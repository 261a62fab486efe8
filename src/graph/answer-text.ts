// Reads the body of an answer, of which nothing is believed: not that it is small, nor that it ends, nor that it is text.
import type { Readable } from 'node:stream';
import type { Deadline } from './deadline.ts';

/** Enough for any answer but those that list something. */
const defaultMaxBytes = 65_536;

export interface AnswerTextOptions {
  readonly deadline: Deadline;
  /** Default: 64 KiB. */
  readonly maxBytes?: number | undefined;
}

/**
 * What came of the body until its end, its limit, the deadline or a broken connection. The status has been said by
 * then, so nothing of this is an error. A body that ends leaves its connection open for the next request.
 */
export async function readAnswerText(
  body: Readable,
  { deadline, maxBytes = defaultMaxBytes }: AnswerTextOptions,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  await Promise.race([collect(body, { pieces, maxBytes }), deadline.ended]);
  return Buffer.concat(pieces).subarray(0, maxBytes).toString('utf8');
}

/** Never rejects: what came before the connection broke has to do. */
function collect(
  body: Readable,
  { pieces, maxBytes }: { readonly pieces: Uint8Array[]; readonly maxBytes: number },
): Promise<void> {
  let bytes = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  body.on('error', () => resolve());
  body.on('close', resolve);
  body.on('end', resolve);
  body.on('data', (piece: Uint8Array) => {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= maxBytes) body.destroy();
  });
  return promise;
}

/** @returns undefined when the text is no JSON: gateways on the way answer with HTML, or with nothing */
export function parseJson(text: string): unknown {
  // The answer to most requests, and an exception would cost more than all else here.
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
