import { describe, expect, test } from 'vitest';
import { lookUpDelayMs, maxLookUps } from './look-up-schedule.ts';

function times(schedule: { lookupAfterMs: number; backOffMs: number }): readonly number[] {
  let at = 0;
  return Array.from(
    { length: maxLookUps },
    (_, lookUps) => (at += lookUpDelayMs(lookUps, schedule)),
  );
}

describe('lookUpDelayMs()', () => {
  test('looks at 1, 3 and 9 times the wait', () => {
    expect(times({ lookupAfterMs: 60_000, backOffMs: 30_000 })).toEqual([60_000, 180_000, 540_000]);
  });

  test('lets the last look-up wait for the back-off, since a send may follow it', () => {
    expect(times({ lookupAfterMs: 60_000, backOffMs: 3_600_000 })).toEqual([
      60_000, 180_000, 3_600_000,
    ]);
  });
});
