import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LaneKey } from '../core/lane.ts';
import type { PaceLimit } from '../core/pace.ts';
import { Pace } from './pace.ts';

const lane = 'a lane' as LaneKey;
const id = 'q1-1';
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
      expect(pace.take(lane, one, { limits, now, id })).toBe(undefined);
    expect(pace.take(lane, one, { limits, now: 3_000, id })).toEqual({
      roomAt: 61_000,
      limit: perMinute,
    });
    expect(pace.take(lane, one, { limits, now: 60_999, id })).toBeDefined();
    expect(pace.take(lane, one, { limits, now: 61_000, id })).toBe(undefined);
  });

  test('counts each lane by itself', () => {
    const pace = new Pace();
    const limits = [{ ...perMinute, amount: 1 }];
    expect(pace.take(lane, one, { limits, now: 0, id })).toBe(undefined);
    expect(pace.take('another' as LaneKey, one, { limits, now: 0, id })).toBe(undefined);
    expect(pace.take(lane, one, { limits, now: 0, id })).toBeDefined();
  });

  test('names the limit that has room last, and counts nothing of what must wait', () => {
    const pace = new Pace();
    const limits = [{ ...perMinute, amount: 1 }, uploads];
    pace.take(lane, { ...one, uploadBytes: 100 }, { limits, now: 0, id });
    for (let repeat = 0; repeat < 5; repeat++) {
      const over = pace.take(lane, { ...one, uploadBytes: 60 }, { limits, now: 1, id });
      expect(over?.limit).toBe(uploads);
    }
    expect(pace.take(lane, one, { limits, now: 61_000, id })).toBe(undefined);
    expect(pace.take(lane, { ...one, uploadBytes: 50 }, { limits, now: 122_000, id })).toBe(
      undefined,
    );
  });

  test('lets a send pass alone that is larger than the limit', () => {
    const pace = new Pace();
    const limits = [uploads];
    expect(pace.take(lane, { ...one, uploadBytes: 400 }, { limits, now: 0, id })).toBe(undefined);
    expect(pace.take(lane, { ...one, uploadBytes: 1 }, { limits, now: 1, id })).toBeDefined();
  });

  test('keeps the room for the upload that waits first, and lets small messages pass', () => {
    const pace = new Pace();
    const limits = [{ ...perMinute, amount: 100 }, uploads];
    const scan = { ...one, uploadBytes: 5 };
    const large = { ...one, uploadBytes: 140 };
    let now = 0;
    let largeAt = 600_000;
    let scans = 0;
    for (let isSent = false; !isSent; now += 60_000) {
      expect(now).toBeLessThan(1_000_000);
      if (!pace.take(lane, scan, { limits, now, id: `scan ${now}` })) scans += 1;
      if (now < largeAt) continue;
      const over = pace.take(lane, large, { limits, now, id: 'large' });
      largeAt = over?.roomAt ?? now;
      isSent = over === undefined;
      expect(pace.take(lane, one, { limits, now, id: 'small' })).toBeUndefined();
    }
    expect(scans).toBe(11);
    expect(pace.take(lane, scan, { limits, now, id: 'a scan' })).toBeUndefined();
  });

  test('keeps room no longer than a minute for an upload that never comes back', () => {
    const pace = new Pace();
    const limits = [uploads];
    const large = { ...one, uploadBytes: 140 };
    const scan = { ...one, uploadBytes: 50 };
    pace.take(lane, { ...one, uploadBytes: 100 }, { limits, now: 0, id });
    expect(pace.take(lane, large, { limits, now: 0, id: 'large' })?.roomAt).toBe(305_000);
    expect(pace.take(lane, scan, { limits, now: 0, id })?.roomAt).toBe(306_000);
    expect(pace.take(lane, scan, { limits, now: 364_999, id })?.roomAt).toBe(365_999);
    expect(pace.take(lane, scan, { limits, now: 365_000, id })).toBeUndefined();
  });

  test('keeps none when the upload has gone that waited', () => {
    const pace = new Pace();
    const limits = [uploads];
    const large = { ...one, uploadBytes: 140 };
    pace.take(lane, { ...one, uploadBytes: 100 }, { limits, now: 0, id });
    expect(pace.take(lane, large, { limits, now: 0, id: 'large' })?.roomAt).toBe(305_000);
    expect(pace.take(lane, large, { limits, now: 305_000, id: 'large' })).toBeUndefined();
    const scan = { ...one, uploadBytes: 5 };
    expect(pace.take(lane, scan, { limits, now: 305_000, id })).toBeUndefined();
  });

  test('keeps none for an upload that gives up', () => {
    const pace = new Pace();
    const limits = [uploads];
    pace.take(lane, { ...one, uploadBytes: 100 }, { limits, now: 0, id });
    pace.take(lane, { ...one, uploadBytes: 140 }, { limits, now: 0, id: 'large' });
    pace.giveUp(lane, 'another');
    expect(pace.take(lane, { ...one, uploadBytes: 50 }, { limits, now: 0, id })).toBeDefined();
    pace.giveUp(lane, 'large');
    expect(pace.take(lane, { ...one, uploadBytes: 50 }, { limits, now: 0, id })).toBeUndefined();
  });

  test('forgets what a clock counted that was ahead, and keeps no room for it', () => {
    const pace = new Pace();
    const dayMs = 86_400_000;
    const limits = [{ ...perMinute, amount: 1 }, uploads];
    const large = { ...one, uploadBytes: 140 };
    expect(pace.take(lane, large, { limits, now: dayMs, id: 'sent' })).toBeUndefined();
    expect(pace.take(lane, large, { limits, now: dayMs, id: 'waits' })).toBeDefined();
    expect(pace.take(lane, large, { limits, now: 0, id })).toBeUndefined();
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
          if (pace.take(lane, one, { limits, now, id }) === undefined) passed.push(now);
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
