// Entry of the thread that reads contents: takes the pieces of many messages, one after the other, and answers in order.
import { Buffer } from 'node:buffer';
import { parentPort } from 'node:worker_threads';
import type { ContentFacts } from '../core/content.ts';
import { ContentScan } from './content-scan.ts';

/** What is asked of the thread; a reading begins with its first piece. */
export type ContentAsk =
  | { readonly kind: 'write'; readonly reading: number; readonly piece: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'end'; readonly reading: number }
  | { readonly kind: 'discard'; readonly reading: number };

/** The answer to `end`; undefined: it cannot be parsed. The others are answered by undefined. */
export type ContentAnswer = ContentFacts | undefined;

const scans = new Map<number, ContentScan>();

async function answer(ask: ContentAsk): Promise<ContentAnswer> {
  const scan = scans.get(ask.reading) ?? new ContentScan();
  switch (ask.kind) {
    case 'write':
      scans.set(ask.reading, scan);
      await scan.write(Buffer.from(ask.piece.buffer));
      return undefined;
    case 'end':
      scans.delete(ask.reading);
      return await scan.end();
    case 'discard':
      scans.delete(ask.reading);
      return undefined;
  }
}

if (parentPort !== null) {
  const port = parentPort;
  // Strictly one after the other: when no answer comes, it is the oldest ask that the thread hangs on.
  let last: Promise<unknown> = Promise.resolve();
  port.on('message', (ask: ContentAsk) => {
    last = last.then(async () => port.postMessage(await answer(ask)));
  });
}
