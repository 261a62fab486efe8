import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Content } from '../relay/ports.ts';
import { base64Body } from './base64.ts';

/** Reuses one buffer for all pieces, as a store may. */
function contentOf(pieces: readonly Uint8Array[], sizeBytes: number): Content {
  return {
    sizeBytes,
    async *read() {
      const shared = new Uint8Array(64);
      for (const piece of pieces) {
        shared.set(piece);
        yield shared.subarray(0, piece.length);
      }
    },
  };
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString('latin1');
}

describe('base64Body()', () => {
  test('is the base64 of the whole in one line, of the length that it says, however it is split', async () => {
    const piece = fc.uint8Array({ maxLength: 64 });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
        const whole = Buffer.concat(pieces);
        const body = base64Body(contentOf(pieces, whole.length));
        expect(await textOf(body.open())).toBe(whole.toString('base64'));
        expect(body.contentLength).toBe(whole.toString('base64').length);
      }),
    );
  });

  test('can be opened again', async () => {
    const body = base64Body(contentOf([Buffer.from('abcd')], 4));
    expect(await textOf(body.open())).toBe(await textOf(body.open()));
  });

  test.each([3, 5])('throws when %i bytes were said, and four came', async (sizeBytes) => {
    const body = base64Body(contentOf([Buffer.from('abcd')], sizeBytes));
    await expect(textOf(body.open())).rejects.toThrow(`Content of ${sizeBytes} bytes`);
  });
});
