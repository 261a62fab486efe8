import { describe, expect, test } from 'vitest';
import { deferred, delivered, unsure } from '../core/outcome.ts';
import {
  toSentence,
  formatBytes,
  formatCount,
  formatDistance,
  formatDuration,
  formatList,
  formatUtc,
  troubleOf,
} from './words.ts';

describe('formatCount()', () => {
  test.each([
    [0, '0 messages'],
    [1, '1 message'],
    [1234, '1,234 messages'],
  ])('%d is %s', (count, text) => {
    expect(formatCount(count, 'message')).toBe(text);
  });
});

describe('formatDuration()', () => {
  test.each([
    [0, '0 seconds'],
    [-5, '0 seconds'],
    [59_999, '59 seconds'],
    [60_000, '1 minute'],
    [7_200_000, '2 hours'],
    [86_400_000 * 3, '3 days'],
  ])('%d ms is %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});

describe('formatDistance()', () => {
  test.each([
    [1_000_000, 'now'],
    [940_000, '1 minute ago'],
    [1_120_000, 'in 2 minutes'],
  ])('of %d from 1000000 is %s', (time, text) => {
    expect(formatDistance(time, 1_000_000)).toBe(text);
  });
});

describe('formatUtc()', () => {
  test('gives date and time of day', () => {
    expect(formatUtc(Date.UTC(2026, 10, 22, 14, 3, 22))).toBe('2026-11-22 14:03:22');
  });
});

describe('formatBytes()', () => {
  test.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1_000, '1.0 kB'],
    [18_234, '18 kB'],
    [2_412_000, '2.4 MB'],
    [150_000_000_000, '150 GB'],
    [1_500_000_000_000, '1500 GB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatList()', () => {
  test.each([
    [[], ''],
    [['a', 'b', 'c'], 'a, b, c'],
    [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
  ])('%j is %j', (entries, text) => {
    expect(formatList(entries)).toBe(text);
  });
});

describe('troubleOf()', () => {
  test('puts a reason into words, with the codes', () => {
    const outcome = deferred('4.7.0', {
      reason: 'credential',
      diagnostic: 'The secret has expired',
      remote: { code: 'AADSTS7000222', httpStatus: 401 },
    });
    expect(troubleOf(outcome)).toEqual({
      words: 'The credential was refused',
      diagnostic: 'The secret has expired',
      codes: ['4.7.0', 'HTTP 401', 'AADSTS7000222'],
    });
  });

  test.each([
    ['network', 'No answer came; it may have been sent'],
    ['timeout', 'No answer came; it may have been sent'],
    ['server', 'It may have been sent'],
  ] as const)('says of mail in doubt over %s that it may have been sent', (reason, words) => {
    expect(troubleOf(unsure('4.4.2', { reason, diagnostic: 'x' }))).toMatchObject({ words });
  });

  test.each([[undefined], [delivered('2.0.0')]])('has nothing to say of %j', (outcome) => {
    expect(troubleOf(outcome)).toBeUndefined();
  });
});

test.each([
  ['create a new secret', 'Create a new secret.'],
  ['It is mended.', 'It is mended.'],
])('toSentence() makes "%s" one', (text, sentence) => {
  expect(toSentence(text)).toBe(sentence);
});
