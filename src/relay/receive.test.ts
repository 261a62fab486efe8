import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentOf } from '../../test/support/content.ts';
import { endHeader, headerLength } from '../mime/header-bounds.ts';
import { copyBody, readHead } from './receive.ts';

const mime = { headerLength, endHeader } as Parameters<typeof readHead>[1];

describe('readHead()', () => {
  const header = 'Subject: a long story\r\nX-A: b\r\n\r\n';

  test.each([
    { message: `${header}and a body`, end: header, body: 'and a body' },
    { message: header, end: header, body: '' },
    { message: 'Subject: a\r\n', end: 'Subject: a\r\n\r\n', body: '' },
  ])('reads $message wherever it is cut, and keeps no piece', async ({ message, end, body }) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), async (pieceBytes) => {
        const pieces = contentOf(message, pieceBytes).read()[Symbol.asyncIterator]();
        const head = await readHead(pieces, mime);
        if ('kind' in head) throw new Error(head.diagnostic);
        expect(Buffer.from(head.header).toString()).toBe(end);
        let rest = '';
        const write = async (piece: Uint8Array) => void (rest += Buffer.from(piece).toString());
        await copyBody(pieces, head, { write });
        expect(rest).toBe(body);
      }),
    );
  });
});
