import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LatencyHistogram } from './latency-histogram.ts';

const threeDaysMs = 3 * 86_400_000;

describe('LatencyHistogram', () => {
  test('knows nothing of nothing', () => {
    expect(new LatencyHistogram().quantile(0.5)).toBeUndefined();
  });

  test('tells a time alone within 12 % or half a millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: threeDaysMs }), (latencyMs) => {
        const histogram = new LatencyHistogram();
        histogram.add(latencyMs);
        const told = histogram.quantile(0.5) ?? NaN;
        expect(Math.abs(told - latencyMs)).toBeLessThanOrEqual(Math.max(1, latencyMs * 0.12));
      }),
    );
  });

  test('tells a higher share no shorter time', () => {
    const shares = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    const latencies = fc.array(fc.integer({ min: 0, max: threeDaysMs }), { minLength: 1 });
    fc.assert(
      fc.property(latencies, shares, (all, [one, other]) => {
        const histogram = new LatencyHistogram();
        for (const latencyMs of all) histogram.add(latencyMs);
        const at = (share: number) => histogram.quantile(share) ?? NaN;
        expect(at(Math.min(one, other))).toBeLessThanOrEqual(at(Math.max(one, other)));
      }),
    );
  });

  test('puts what takes longer than three days into one bucket', () => {
    const histogram = new LatencyHistogram();
    histogram.add(30 * 86_400_000);
    const atMost = new LatencyHistogram();
    atMost.add(threeDaysMs);
    expect(histogram.quantile(1)).toBe(atMost.quantile(1));
  });
});
