import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LiveSeries, liveWindows, type LiveWindow } from './live-series.ts';

const start = Date.UTC(2026, 10, 22, 12);
const windows = ['hour', 'day'] as const;

describe('LiveSeries', () => {
  test.each(windows)(
    'has all intervals of the %s, oldest first, the one under way last',
    (window) => {
      const { intervalMs, intervals } = liveWindows[window];
      const points = new LiveSeries().points(window, start + 7);
      expect(points).toHaveLength(intervals);
      expect(points.at(-1)?.at).toBe(start);
      expect(points[0]?.at).toBe(start - (intervals - 1) * intervalMs);
      expect(points[0]).toEqual({
        at: points[0]?.at,
        accepted: 0,
        delivered: 0,
        failed: 0,
        deferred: 0,
      });
    },
  );

  test('counts into the interval in which it happened', () => {
    const series = new LiveSeries();
    series.count('accepted', start);
    series.count('accepted', start + 9_999);
    series.count('failed', start + 10_000);
    series.count('deferred', start + 10_001);
    series.countDelivered(120, start + 20_000);
    expect(series.points('hour', start + 20_000).slice(-3)).toMatchObject([
      { at: start, accepted: 2 },
      { at: start + 10_000, accepted: 0, failed: 1, deferred: 1 },
      { at: start + 20_000, delivered: 1 },
    ]);
    expect(series.points('day', start + 20_000).at(-1)).toMatchObject({
      ...{ at: start, accepted: 2, failed: 1, deferred: 1, delivered: 1 },
    });
  });

  test.each(windows)('forgets what is older than the %s, also after a pause', (window) => {
    const series = new LiveSeries();
    const { intervalMs, intervals } = liveWindows[window];
    series.count('accepted', start);
    expect(total(series, window, start + (intervals - 1) * intervalMs)).toBe(1);
    expect(total(series, window, start + intervals * intervalMs)).toBe(0);
    series.count('accepted', start + intervals * intervalMs);
    expect(total(series, window, start + intervals * intervalMs)).toBe(1);
  });

  test('keeps every count of the window, whenever it came', () => {
    const offsets = fc.array(fc.integer({ min: 0, max: 3_590_000 }), { maxLength: 50 });
    fc.assert(
      fc.property(offsets, (times) => {
        const series = new LiveSeries();
        for (const offset of times) series.count('accepted', start + offset);
        expect(total(series, 'hour', start + 3_590_000)).toBe(times.length);
      }),
    );
  });

  test('tells latencies within 12 %', () => {
    const series = new LiveSeries();
    for (let latencyMs = 1; latencyMs <= 1_000; latencyMs++)
      series.countDelivered(latencyMs, start);
    const { latencyP50Ms = 0, latencyP95Ms = 0 } = series.points('hour', start).at(-1) ?? {};
    expect(Math.abs(latencyP50Ms / 500 - 1)).toBeLessThan(0.12);
    expect(Math.abs(latencyP95Ms / 950 - 1)).toBeLessThan(0.12);
  });
});

function total(series: LiveSeries, window: LiveWindow, now: number): number {
  return series.points(window, now).reduce((sum, { accepted }) => sum + accepted, 0);
}
