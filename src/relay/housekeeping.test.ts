import { describe, expect, test } from 'vitest';
import { keepHouse } from './housekeeping.ts';

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;
const start = 1_800_000_000_000;

/** Up to when it forgets what was delivered, sweep by sweep, while the clock says these times. */
async function sweepsAt(times: readonly number[]): Promise<number[]> {
  const ending = new AbortController();
  const waiting = [...times];
  const sweeps: number[] = [];
  await keepHouse(
    {
      store: {
        sweep: ({ deliveredBefore }) => {
          sweeps.push(deliveredBefore + dayMs);
          return Promise.resolve(0);
        },
      },
      clock: {
        now: () => waiting[0] ?? 0,
        wait: () => {
          waiting.shift();
          if (waiting.length === 0) ending.abort();
          return Promise.resolve();
        },
      },
      events: { fault() {} },
      retention: () => ({ keepDeliveredMs: dayMs, keepFailedMs: dayMs }),
    },
    ending,
  );
  return sweeps;
}

describe('keepHouse()', () => {
  test('forgets by the clock', async () => {
    const times = [start, start + 10 * minuteMs, start + 21 * minuteMs];
    expect(await sweepsAt(times)).toEqual(times);
  });

  test('follows a clock that is set forward an hour at a time, and back at once', async () => {
    const ahead = start + 365 * dayMs;
    expect(await sweepsAt([start, ahead, ahead, start + 30 * minuteMs])).toEqual([
      start,
      start + 60 * minuteMs,
      start + 120 * minuteMs,
      start + 30 * minuteMs,
    ]);
  });
});
