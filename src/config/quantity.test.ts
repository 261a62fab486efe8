import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDuration, parseShare, parseSize } from './quantity.ts';

describe('parseSize()', () => {
  test.each([
    ['4000000', 4_000_000],
    ['1B', 1],
    ['64k', 64_000],
    ['64kB', 64_000],
    ['64KiB', 65_536],
    ['35MB', 35_000_000],
    ['35 MB', 35_000_000],
    ['35mb', 35_000_000],
    ['32MiB', 33_554_432],
    ['1.5GB', 1_500_000_000],
    ['2GiB', 2_147_483_648],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(['', '0', '0MB', '-1', '1TB', '1 MBytes', 'MB', '1,5MB', '1e6', '9999999999999GB'])(
    'refuses %j',
    (text) => {
      expect(parseSize(text)).toBeUndefined();
    },
  );

  test('takes MB for a million bytes and MiB for 1,048,576', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (count) => {
        expect(parseSize(`${count}MB`)).toBe(count * 1_000_000);
        expect(parseSize(`${count}MiB`)).toBe(count * 1_048_576);
      }),
    );
  });
});

describe('parseDuration()', () => {
  test.each([
    ['500ms', 500],
    ['0s', 0],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['2h', 7_200_000],
    ['2d', 172_800_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', '30', '5 m', '1min', '-5m', 's', '1w', '1h30m', '1e3s', '99999999999999999d'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('parseShare()', () => {
  test.each([
    ['0%', 0],
    ['10%', 0.1],
    ['12.5 %', 0.125],
    ['100%', 1],
  ])('reads %s', (text, share) => {
    expect(parseShare(text)).toBe(share);
  });

  test.each(['10', '101%', '-1%', '%', '0.1'])('refuses %j', (text) => {
    expect(parseShare(text)).toBeUndefined();
  });
});
