import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endHeader, headerLength } from '../mime/header-bounds.ts';
import { readHead } from './receive.ts';

const mime = { headerLength, endHeader } as Parameters<typeof readHead>[1];

/** Each piece is gone when the next one is asked for. */
async function* lent(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let start = 0, index = 0; start < bytes.length; index++) {
    const end = start + (cuts[index % cuts.length] ?? 1);
    const piece = Uint8Array.from(bytes.subarray(start, end));
    yield piece;
    piece.buffer.transfer(0);
    start = end;
  }
}

describe('readHead()', () => {
  const header = 'Subject: a long story\r\nX-A: b\r\n\r\n';

  test.each([
    { message: `${header}and a body`, end: header, body: 'and a body' },
    { message: header, end: header, body: '' },
    { message: 'Subject: a\r\n', end: 'Subject: a\r\n\r\n', body: '' },
  ])('reads $message wherever it is cut, and keeps no piece', async ({ message, end, body }) => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, async (cuts) => {
        const pieces = lent(Buffer.from(message), cuts);
        const head = await readHead(pieces, mime);
        if ('kind' in head) throw new Error(head.diagnostic);
        let rest = Buffer.from(head.bodyStart).toString();
        expect(Buffer.from(head.header).toString()).toBe(end);
        for await (const piece of pieces) rest += Buffer.from(piece).toString();
        expect(rest).toBe(body);
      }),
    );
  });
});
