import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LaneKey } from '../core/lane.ts';
import type { PaceLimit } from '../core/pace.ts';
import { Pace } from './pace.ts';

const lane = 'a lane' as LaneKey;
const one = { messages: 1, requests: 1, uploadBytes: 0 };
const perMinute: PaceLimit = {
  measure: 'messages',
  amount: 3,
  windowMs: 60_000,
  key: 'limits.messagesPerMinute',
};
const uploads: PaceLimit = {
  measure: 'uploadBytes',
  amount: 150,
  windowMs: 300_000,
  key: 'limits.uploadPer5Minutes',
};

describe('Pace.take()', () => {
  test('lets pass what a limit allows, and names the time at which there is room', () => {
    const pace = new Pace();
    const limits = [perMinute];
    for (const now of [0, 1_000, 2_000])
      expect(pace.take(lane, one, { limits, now })).toBe(undefined);
    expect(pace.take(lane, one, { limits, now: 3_000 })).toEqual({
      roomAt: 61_000,
      limit: perMinute,
    });
    expect(pace.take(lane, one, { limits, now: 60_999 })).toBeDefined();
    expect(pace.take(lane, one, { limits, now: 61_000 })).toBe(undefined);
  });

  test('counts each lane by itself', () => {
    const pace = new Pace();
    const limits = [{ ...perMinute, amount: 1 }];
    expect(pace.take(lane, one, { limits, now: 0 })).toBe(undefined);
    expect(pace.take('another' as LaneKey, one, { limits, now: 0 })).toBe(undefined);
    expect(pace.take(lane, one, { limits, now: 0 })).toBeDefined();
  });

  test('names the limit that has room last, and counts nothing of what must wait', () => {
    const pace = new Pace();
    const limits = [{ ...perMinute, amount: 1 }, uploads];
    pace.take(lane, { ...one, uploadBytes: 100 }, { limits, now: 0 });
    for (let repeat = 0; repeat < 5; repeat++) {
      const over = pace.take(lane, { ...one, uploadBytes: 60 }, { limits, now: 1 });
      expect(over?.limit).toBe(uploads);
    }
    expect(pace.take(lane, one, { limits, now: 61_000 })).toBe(undefined);
    expect(pace.take(lane, { ...one, uploadBytes: 50 }, { limits, now: 122_000 })).toBe(undefined);
  });

  test('lets a send pass alone that is larger than the limit', () => {
    const pace = new Pace();
    const limits = [uploads];
    expect(pace.take(lane, { ...one, uploadBytes: 400 }, { limits, now: 0 })).toBe(undefined);
    expect(pace.take(lane, { ...one, uploadBytes: 1 }, { limits, now: 1 })).toBeDefined();
  });

  test('never lets more than a limit pass in any window, and wastes little of it', () => {
    const steps = fc.array(fc.nat(4_000), { minLength: 50, maxLength: 400 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 20 }), (waits, amount) => {
        const pace = new Pace();
        const limits = [{ ...perMinute, amount }];
        const passed: number[] = [];
        let now = 1_000_000;
        for (const wait of waits) {
          now += wait;
          if (pace.take(lane, one, { limits, now }) === undefined) passed.push(now);
        }
        passed.forEach((at, index) => {
          const inWindow = passed.slice(index).filter((other) => other < at + 60_000);
          expect(inWindow.length).toBeLessThanOrEqual(amount);
        });
        // A slot of a second at the end of the window is all that is wasted.
        const windows = Math.floor((now - 1_000_000) / 61_000);
        const isBusy = waits.every((wait) => wait < 61_000 / amount / 2);
        const expected = isBusy ? Math.min(windows * amount, waits.length) : 1;
        expect(passed.length).toBeGreaterThanOrEqual(expected);
      }),
    );
  });
});
