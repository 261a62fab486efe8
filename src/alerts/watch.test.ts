import { describe, expect, test } from 'vitest';
import type { AlertSignal } from '../core/alert.ts';
import type { QueueFigures } from '../relay/ports.ts';
import { watchForTrouble, type WatchParts } from './watch.ts';

const now = Date.UTC(2026, 10, 22, 14);
const none = { ready: 0, sending: 0, unsure: 0, deferred: 0, held: 0, failed: 0, delivered: 0 };

/** What one look finds. */
async function look(parts: Partial<WatchParts>, figures: Partial<QueueFigures> = {}) {
  const signals: AlertSignal[] = [];
  const ages: number[] = [];
  const stopping = new AbortController();
  await watchForTrouble(
    {
      store: {
        figures: () => Promise.resolve({ deliveries: none, bodyBytes: 0, ...figures }),
        lanes: () => Promise.resolve([]),
      },
      clock: { now: () => now, wait: async () => stopping.abort() },
      note: (signal) => void signals.push(signal),
      noteAge: (oldestMs) => void ages.push(oldestMs),
      freeDisk: () => Promise.resolve(undefined),
      expiries: () => [],
      onLanes: () => undefined,
      ...parts,
    },
    stopping,
  );
  return { signals, ages };
}

describe('watchForTrouble()', () => {
  test.each([
    ['nothing waits', {}, 0],
    ['a message waits', { deferred: 1 }, 60_000],
    ['all that waits is held', { held: 1 }, 0],
    ['something else waits beside what is held', { held: 1, ready: 1 }, 60_000],
  ])('tells how old the oldest message is where %s', async (_name, waiting, age) => {
    const deliveries = { ...none, ...waiting };
    const { ages } = await look({}, { deliveries, oldestReceivedAt: now - 60_000 });
    expect(ages).toEqual([age]);
  });

  test('looks at disk and credentials', async () => {
    const { signals } = await look({
      freeDisk: () => Promise.resolve({ freeBytes: 1, totalBytes: 100, leastShare: 0.1 }),
      expiries: () => [{ of: 'connection', name: 'main', expiresAt: now }],
    });
    expect(signals.map(({ kind, event }) => [kind, event])).toEqual([
      ['raised', 'credentialExpiring'],
      ['raised', 'diskLow'],
    ]);
  });

  test('goes on, and tells what it can, while the store is away', async () => {
    const { signals, ages } = await look({
      store: {
        figures: () => Promise.reject(new Error('away')),
        lanes: () => Promise.reject(new Error('away')),
      },
      expiries: () => [{ of: 'listener', name: 'apps', expiresAt: now }],
    });
    expect(signals).toHaveLength(1);
    expect(ages).toEqual([]);
  });
});
