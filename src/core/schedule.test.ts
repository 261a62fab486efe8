import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryDelayMs, type RetrySchedule } from './schedule.ts';

const schedule: RetrySchedule = {
  firstMs: 30_000,
  longestMs: 3_600_000,
  giveUpAfterMs: 5 * 86_400_000,
};

const schedules = fc.record({
  firstMs: fc.integer({ min: 1, max: 86_400_000 }),
  longestMs: fc.integer({ min: 1, max: 86_400_000 }),
  giveUpAfterMs: fc.constant(1),
});
const chance = fc.double({ min: 0, max: 1, noNaN: true });
const attempts = fc.integer({ min: 1, max: 100_000 });

describe('retryDelayMs()', () => {
  test.each([
    [1, 1, 30_000],
    [1, 0, 24_000],
    [2, 1, 60_000],
    [3, 0.5, 108_000],
    [7, 1, 1_920_000],
    [8, 1, 3_600_000],
    [8, 0, 2_880_000],
    [1_000_000, 1, 3_600_000],
  ])('after %d attempts with chance %d is %d', (made, luck, delayMs) => {
    expect(retryDelayMs(schedule, made, luck)).toBe(delayMs);
  });

  test('never shrinks from one attempt to the next, chance aside', () => {
    fc.assert(
      fc.property(schedules, attempts, chance, (any, made, luck) => {
        expect(retryDelayMs(any, made + 1, luck)).toBeGreaterThanOrEqual(
          retryDelayMs(any, made, luck),
        );
      }),
    );
  });

  test('stays between four fifths of the first delay and the longest', () => {
    fc.assert(
      fc.property(schedules, attempts, chance, (any, made, luck) => {
        const delayMs = retryDelayMs(any, made, luck);
        const leastMs = Math.floor(Math.min(any.firstMs, any.longestMs) * 0.8);
        expect(delayMs).toBeGreaterThanOrEqual(leastMs);
        expect(delayMs).toBeLessThanOrEqual(any.longestMs);
        expect(Number.isInteger(delayMs)).toBe(true);
      }),
    );
  });
});
