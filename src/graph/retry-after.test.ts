import { expect, test } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const now = Date.parse('Sun, 22 Nov 2026 17:00:00 GMT');

test.each([
  ['120', 120_000],
  [' 7 ', 7_000],
  ['2.128', 2_128],
  ['0', 1_000],
  ['1000000000', 3_600_000],
  ['9'.repeat(400), 3_600_000],
  ['Sun, 22 Nov 2026 17:02:00 GMT', 120_000],
  ['Sunday, 22-Nov-26 17:02:00 GMT', 120_000],
  ['Sun, 22 Nov 2026 16:00:00 GMT', 1_000],
  ['Sun, 22 Nov 2030 16:00:00 GMT', 3_600_000],
  ['soon', undefined],
  ['-5', undefined],
  ['12s', undefined],
  ['Sun, nonsense', undefined],
  ['', undefined],
  [undefined, undefined],
])('parseRetryAfter(%j) is %s ms', (text, ms) => {
  expect(parseRetryAfter(text, now)).toBe(ms);
});
