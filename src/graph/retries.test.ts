import { describe, expect, test } from 'vitest';
import { deferred, failed, type Reason } from '../core/outcome.ts';
import { isPassing, Retries } from './retries.ts';

const { signal: never } = new AbortController();

function retriesOf(signal: AbortSignal = never) {
  const waits: number[] = [];
  const clock = {
    now: () => 0,
    async wait(delayMs: number) {
      waits.push(delayMs);
    },
  };
  return { waits, retries: new Retries({ clock, signal }) };
}

function trouble(changes: { retryAfterMs?: number; httpStatus?: number; reason?: Reason } = {}) {
  const { httpStatus, reason = 'server', ...rest } = changes;
  const remote = httpStatus === undefined ? {} : { remote: { httpStatus } };
  return deferred('4.3.2', { reason, diagnostic: '', ...rest, ...remote });
}

describe('Retries', () => {
  test('wait longer each time, and give a step up after five', async () => {
    const { retries, waits } = retriesOf();
    for (let tries = 0; tries < 5; tries++) expect(await retries.allow(trouble())).toBe(true);
    expect(await retries.allow(trouble())).toBe(false);
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 10_000]);
  });

  test('begin with a short wait after a step that went well, twelve times for a message', async () => {
    const { retries, waits } = retriesOf();
    for (let tries = 0; tries < 12; tries++) {
      expect(await retries.allow(trouble())).toBe(true);
      retries.succeeded();
    }
    expect(await retries.allow(trouble())).toBe(false);
    expect(waits).toEqual(Array.from({ length: 12 }, () => 1_000));
  });

  test('wait as long as Graph asks, up to ten seconds', async () => {
    const { retries, waits } = retriesOf();
    expect(await retries.allow(trouble({ retryAfterMs: 10_000 }))).toBe(true);
    expect(await retries.allow(trouble({ retryAfterMs: 10_001 }))).toBe(false);
    expect(waits).toEqual([10_000]);
  });

  test('end when the attempt is cut', async () => {
    const { retries, waits } = retriesOf(AbortSignal.abort());
    expect(await retries.allow(trouble())).toBe(false);
    expect(waits).toEqual([]);
  });
});

describe('isPassing()', () => {
  test.each<[string, Parameters<typeof isPassing>[0], boolean]>([
    ['a busy server', trouble({ httpStatus: 503 }), true],
    ['throttling', trouble({ httpStatus: 429, reason: 'throttled' }), true],
    ['a broken connection', trouble({ reason: 'network' }), true],
    ['a draft that is not found yet', trouble({ httpStatus: 404 }), true],
    ['an objection that nobody knows', trouble({ httpStatus: 400 }), false],
    ['a daily quota', trouble({ httpStatus: 429, reason: 'quota' }), false],
    ['a cut attempt', trouble({ reason: 'cancelled' }), false],
    ['a failure', failed('5.3.4', { reason: 'tooLarge', diagnostic: '' }), false],
    [
      'what an administrator has to mend',
      deferred('4.7.1', { reason: 'server', hold: 'lane', diagnostic: '' }),
      false,
    ],
  ])('%s: %s', (_what, outcome, passes) => {
    expect(isPassing(outcome)).toBe(passes);
  });
});
