import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatId } from './id.ts';

const time = fc.integer({ min: 0, max: 32 ** 9 - 1 });
const random = fc.uint8Array({ minLength: 7, maxLength: 16 });

describe('formatId()', () => {
  test('writes time, then chance', () => {
    expect(formatId(0, new Uint8Array(7))).toBe('0000000000000000');
    expect(formatId(33, Uint8Array.of(0, 1, 30, 31, 32, 255, 10))).toBe('00000001101yz0za');
  });

  test('has 16 letters that nobody confuses', () => {
    fc.assert(
      fc.property(time, random, (epochMs, bytes) => {
        expect(formatId(epochMs, bytes)).toMatch(/^[0-9a-hjkmnp-tv-z]{16}$/);
      }),
    );
  });

  test('sorts by time, whatever chance adds', () => {
    fc.assert(
      fc.property(time, time, random, random, (one, other, oneBytes, otherBytes) => {
        fc.pre(one < other);
        expect(formatId(one, oneBytes) < formatId(other, otherBytes)).toBe(true);
      }),
    );
  });

  test('differs within a millisecond wherever chance does', () => {
    const ids = Array.from({ length: 32 }, (_, letter) =>
      formatId(1_800_000_000_000, Uint8Array.of(0, 0, 0, 0, 0, 0, letter)),
    );
    expect(new Set(ids).size).toBe(32);
  });
});
