import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MinuteWindow } from './minute-window.ts';

describe('MinuteWindow', () => {
  test('says when there is room again', () => {
    const window = new MinuteWindow();
    window.add(600, 500);
    window.add(300, 10_000);
    expect(window.waitMs(100, { most: 1000, now: 10_000 })).toBe(0);
    expect(window.waitMs(101, { most: 1000, now: 10_000 })).toBe(51_000);
    expect(window.waitMs(900, { most: 1000, now: 10_000 })).toBe(61_000);
    expect(window.waitMs(101, { most: 1000, now: 61_000 })).toBe(0);
  });

  test('takes what says no size until it is full', () => {
    const window = new MinuteWindow();
    window.add(999, 0);
    expect(window.waitMs(0, { most: 1000, now: 0 })).toBe(0);
    window.add(1, 0);
    expect(window.waitMs(0, { most: 1000, now: 0 })).toBe(61_000);
  });

  test('takes what is larger than a minute allows once nothing else is left', () => {
    const window = new MinuteWindow();
    expect(window.waitMs(5000, { most: 1000, now: 0 })).toBe(0);
    window.add(5000, 0);
    expect(window.waitMs(1, { most: 1000, now: 1000 })).toBe(60_000);
    expect(window.waitMs(5000, { most: 1000, now: 61_000 })).toBe(0);
  });

  test('keeps nobody out because the clock was set back', () => {
    const window = new MinuteWindow();
    window.add(1000, 3_600_000);
    expect(window.waitMs(1, { most: 1000, now: 0 })).toBe(0);
  });

  test('never lets more through in a minute, and always keeps its word', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 500 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const window = new MinuteWindow();
        const taken: { at: number; bytes: number }[] = [];
        let now = 0;
        for (const [delayMs, bytes] of steps) {
          now += delayMs;
          now += window.waitMs(bytes, { most: 1000, now });
          expect(window.waitMs(bytes, { most: 1000, now })).toBe(0);
          window.add(bytes, now);
          taken.push({ at: now, bytes });
          const recent = taken.filter(({ at }) => now - at < 60_000);
          expect(recent.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThanOrEqual(1000);
        }
      }),
    );
  });
});
