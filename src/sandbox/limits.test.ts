import { describe, expect, test } from 'vitest';
import { formatRetryAfter, parseRetryAfter } from './limits.ts';

const now = Date.UTC(2026, 0, 1, 10, 0, 0, 500);

describe('formatRetryAfter()', () => {
  test.each([
    ['integer', 1.2, '2'],
    ['fractional', 2, '2.128'],
    ['date', 2, 'Thu, 01 Jan 2026 10:00:03 GMT'],
  ] as const)('writes it as %s', (form, seconds, value) => {
    expect(formatRetryAfter(seconds, { form, now })).toBe(value);
  });

  test.each(['integer', 'fractional', 'date'] as const)('never asks for less, as %s', (form) => {
    for (const seconds of [0, 0.3, 1, 2.5, 3_600]) {
      const until = parseRetryAfter(formatRetryAfter(seconds, { form, now }), now) ?? 0;
      expect(until).toBeGreaterThanOrEqual(now + seconds * 1_000);
    }
  });
});

describe('parseRetryAfter()', () => {
  test.each([
    ['120', now + 120_000],
    ['2.128', now + 2_128],
    ['Thu, 01 Jan 2026 10:00:03 GMT', now + 2_500],
    ['soon', undefined],
  ])('reads %s', (value, until) => {
    expect(parseRetryAfter(value, now)).toBe(until);
  });
});
