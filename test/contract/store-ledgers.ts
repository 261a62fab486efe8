// The contract of a Store: what lanes have used of their limits is written by one at a time, and outlives the process.
import { describe, expect } from 'vitest';
import type { PaceLedger } from '../../src/core/pace.ts';
import type { KeptLedger } from '../../src/relay/ports.ts';
import { lane, start } from './store-samples.ts';
import { storeTest, withStore, type CreateStore } from './store-under-test.ts';

const now = start;

function ledgerOf(amount: number): PaceLedger {
  const turn = { id: 'q1-1', since: start, roomAt: start, key: 'limits.uploadPer5Minutes' };
  return { counts: { 'requests 600000': [[Math.floor(start / 10_000), amount]] }, turn };
}

function kept(name: string, version: number, amount: number): KeptLedger {
  return { lane: lane(name), version, ledger: ledgerOf(amount) };
}

export function describeLedgers(createStore: CreateStore): void {
  const it = storeTest(createStore);

  describe('writeLedgers()', () => {
    it('writes a ledger over the version that was read, and over no other', async ({ store }) => {
      expect(await store.writeLedgers([kept('a', 0, 1)], { now })).toEqual([]);
      expect(await store.writeLedgers([kept('a', 1, 2)], { now })).toEqual([]);
      expect(await store.writeLedgers([kept('a', 1, 9)], { now })).toEqual([kept('a', 2, 2)]);
      expect(await store.writeLedgers([kept('a', 2, 3)], { now })).toEqual([]);
    });

    it('takes several lanes, each for itself', async ({ store }) => {
      await store.writeLedgers([kept('b', 0, 1)], { now });
      const given = [kept('c', 0, 3), kept('b', 0, 9), kept('a', 0, 2)];
      expect(await store.writeLedgers(given, { now })).toEqual([kept('b', 1, 1)]);
      const again = [kept('a', 0, 9), kept('b', 0, 9), kept('c', 0, 9)];
      const found = await store.writeLedgers(again, { now });
      expect(found.toSorted((one, other) => one.lane.localeCompare(other.lane))).toEqual([
        kept('a', 1, 2),
        kept('b', 1, 1),
        kept('c', 1, 3),
      ]);
    });

    it('of many who write at the same moment, takes one after the other', async ({ store }) => {
      const write = async (): Promise<number> => {
        let own = kept('a', 0, 0);
        for (let tries = 1; ; tries++) {
          const amount = (own.ledger.counts['requests 600000']?.[0]?.[1] ?? 0) + 1;
          const [other] = await store.writeLedgers([{ ...own, ledger: ledgerOf(amount) }], { now });
          if (!other) return tries;
          own = other.version === 0 ? kept('a', 0, 0) : other;
        }
      };
      await Promise.all(Array.from({ length: 8 }, write));
      expect(await store.writeLedgers([kept('a', 0, 0)], { now })).toEqual([kept('a', 8, 8)]);
    });

    it('keeps them when the process ends', async ({ engine }) => {
      await withStore(engine.open(), (store) => store.writeLedgers([kept('a', 0, 5)], { now }));
      await withStore(engine.open(), async (store) => {
        expect(await store.writeLedgers([kept('a', 0, 0)], { now })).toEqual([kept('a', 1, 5)]);
      });
    });

    it('a sweep forgets those that nothing has used', async ({ store }) => {
      await store.writeLedgers([kept('old', 0, 1)], { now });
      await store.writeLedgers([kept('new', 0, 1)], { now: now + 2 });
      await store.sweep({ deliveredBefore: now + 1, failedBefore: now + 5 });
      const given = ['old', 'new'].map((name) => kept(name, 7, 1));
      const found = await store.writeLedgers(given, { now });
      expect(found).toEqual([kept('new', 1, 1)]);
    });
  });
}
