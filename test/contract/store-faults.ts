// The contract of a Store: wherever one step of the storage fails, nothing is half there, and what follows works.
import { describe, expect, test } from 'vitest';
import { StoreError, type Store } from '../../src/relay/ports.ts';
import {
  claim,
  collect,
  commit,
  outcomes,
  record,
  sampleBytes,
  sampleId,
} from './store-samples.ts';
import type { CreateStore, StoreUnderTest } from './store-under-test.ts';

export function describeFaults(createStore: CreateStore): void {
  describe('a storage that fails', () => {
    test.each(['away', 'full'] as const)(
      'at any one step (%s): what was said to be done is there, the rest is not, and all goes on',
      { timeout: 300_000 },
      async (fault) => {
        let step = 0;
        while (await survives(createStore, { step, fault })) step += 1;
        expect(step).toBeGreaterThan(20);
      },
    );
  });
}

/** What a caller was told, of which the store must know. */
interface Told {
  readonly committed: Set<number>;
  readonly delivered: Set<string>;
}

/** False when the scenario ends before it reaches the step. */
async function survives(
  createStore: CreateStore,
  { step, fault }: { readonly step: number; readonly fault: 'full' | 'away' },
): Promise<boolean> {
  await using engine = await createStore();
  const told: Told = { committed: new Set(), delivered: new Set() };
  const failing = await engine.openFailing(step, fault);
  {
    await using store = failing.store;
    await exchange(store, { told, from: 1 });
    await expectTold(store, told);
    if (!failing.hasFailed()) return false;
    await exchange(store, { told, from: 11 });
    expect([...told.committed].filter((number) => number > 10)).toEqual([11, 12, 13]);
    await expectTold(store, told);
  }
  await expectSound(engine, told);
  return true;
}

/** Commits three messages at once, one of them in chunks, then claims and records what it gets. Any call may fail. */
async function exchange(store: Store, { told, from }: { told: Told; from: number }): Promise<void> {
  const numbers = [from, from + 1, from + 2];
  await Promise.all(
    numbers.map((number) =>
      attempted(async () => {
        await commit(store, { number, bytes: bytesOf(number) });
        told.committed.add(number);
      }),
    ),
  );
  await attempted(async () => {
    for (const each of await claim(store)) {
      await attempted(async () => {
        const isRecorded = await record(store, { claim: each, outcome: outcomes.delivered });
        if (isRecorded) told.delivered.add(each.message.id);
      });
    }
  });
  await attempted(async () => {
    await store.sweep({ deliveredBefore: 0, failedBefore: 0 });
  });
}

async function attempted(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
  }
}

/** Of two questions the one step that fails can only spoil the first. */
async function again<T>(ask: () => Promise<T>): Promise<T> {
  return await ask().catch(ask);
}

async function expectTold(store: Store, told: Told): Promise<void> {
  const list = await again(() => store.list({ limit: 100 }));
  const ids = [...told.committed].map((number) => sampleId(number * 10)).toSorted();
  expect(list.map(({ messageId }) => messageId).toSorted()).toEqual(ids);
  const delivered = list.filter(({ state }) => state === 'delivered');
  expect(new Set(delivered.map(({ messageId }) => messageId))).toEqual(told.delivered);
  const { deliveries, bodyBytes } = await again(() => store.figures());
  const left = list.filter(({ state }) => state !== 'delivered');
  expect(deliveries.delivered).toBe(delivered.length);
  expect(bodyBytes).toBe(left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
}

/** After a restart, with a storage that works. */
async function expectSound(engine: StoreUnderTest, told: Told): Promise<void> {
  {
    const working = await engine.openFailing(Infinity, 'away');
    await using store = working.store;
    await expectTold(store, told);
    const claims = await claim(store);
    expect(claims).toHaveLength(told.committed.size - told.delivered.size);
    for (const { message, content } of claims) {
      const number = [...told.committed].find((each) => sampleId(each * 10) === message.id) ?? 0;
      expect((await collect(content.read())).equals(bytesOf(number))).toBe(true);
    }
  }
  expect(await engine.countStrayBodies()).toBe(0);
}

/** Every third body is of three chunks. */
function bytesOf(number: number): Uint8Array {
  return sampleBytes(number % 10 === 3 ? 600_000 : 400, number);
}
