import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SlidingSum } from './sliding-sum.ts';

describe('SlidingSum', () => {
  test('forgets what is older than its window', () => {
    const sum = new SlidingSum(10_000);
    sum.add(5, 0);
    sum.add(7, 4_000);
    expect(sum.total(9_999)).toBe(12);
    expect(sum.total(10_000)).toBe(7);
    expect(sum.total(14_000)).toBe(0);
  });

  test('says when it eases', () => {
    const sum = new SlidingSum(10_000);
    expect(sum.easesInMs(0)).toBe(0);
    sum.add(1, 2_000);
    expect(sum.easesInMs(5_000)).toBe(7_000);
  });

  test('lies between the exact sum and the sum without the oldest second', () => {
    const steps = fc.array(fc.tuple(fc.nat(1_500), fc.integer({ min: 1, max: 9 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, (added) => {
        const sum = new SlidingSum(10_000);
        let now = 0;
        const all = added.map(([delayMs, amount]) => {
          now += delayMs;
          sum.add(amount, now);
          return { at: now, amount };
        });
        const since = (start: number): number =>
          all.filter(({ at }) => at > start).reduce((total, { amount }) => total + amount, 0);
        const total = sum.total(now);
        expect(total).toBeLessThanOrEqual(since(now - 10_000));
        expect(total).toBeGreaterThanOrEqual(since(now - 9_000));
      }),
    );
  });
});
