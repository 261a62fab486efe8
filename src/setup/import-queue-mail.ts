// A message as SMTP2Graph stored it, without what SMTP2Graph wrote into its parts.
import { finished } from 'node:stream/promises';
import { Splitter, type MimeNode } from '@zone-eu/mailsplit';

const maxParts = 10_000;
const maxHeaderBytes = 4_000_000;

/**
 * SMTP2Graph adds a From and a Bcc with all recipients to the header of each part, where their readers could see who
 * was hidden. They go; the rest stays byte for byte.
 */
export async function withoutAddedFields(raw: Uint8Array): Promise<Buffer> {
  const splitter = new Splitter({ maxChildNodes: maxParts, maxHeadSize: maxHeaderBytes });
  const pieces: Buffer[] = [];
  splitter.on('data', (chunk) => {
    if (chunk.type === 'node' && isPart(chunk)) removeAdded(chunk);
    pieces.push((chunk.type === 'node' ? chunk.getHeaders() : chunk.value) || Buffer.alloc(0));
  });
  const done = finished(splitter);
  splitter.end(Buffer.from(raw));
  await done;
  return Buffer.concat(pieces);
}

/** The header of the message itself, and of a message within it, is none of a part. */
function isPart({ parentNode }: MimeNode): boolean {
  return parentNode !== false && !parentNode.rfc822;
}

function removeAdded({ headers }: MimeNode): void {
  if (headers === false) return;
  for (const field of ['From', 'Bcc']) {
    if (headers.hasHeader(field)) headers.remove(field);
  }
}
