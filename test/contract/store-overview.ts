// The contract of a Store: what the operator sees of the queue, and what is forgotten.
import { describe, expect } from 'vitest';
import {
  claim,
  claimOne,
  collect,
  commit,
  lane,
  list,
  outcomes,
  pages,
  record,
  sampleBytes,
  sampleId,
  sampleResult,
  start,
} from './store-samples.ts';
import { storeTest, type CreateStore } from './store-under-test.ts';

const day = 86_400_000;

export function describeOverview(createStore: CreateStore): void {
  const it = storeTest(createStore);

  describe('list()', () => {
    it('says of each delivery what an operator asks', async ({ store }) => {
      const message = await commit(store, { number: 1, deliveries: [{ connection: 'spare' }] });
      const claimed = await claimOne(store);
      const { attempt, change } = sampleResult(claimed, { outcome: outcomes.deferred });
      await store.record(claimed, attempt, change);
      expect(await list(store)).toEqual([
        {
          id: claimed.delivery.id,
          messageId: message.id,
          receivedAt: message.receivedAt,
          client: 'wordpress',
          reversePath: message.envelope.reversePath,
          from: message.from,
          subject: message.subject,
          sizeBytes: 500,
          forwardPaths: message.envelope.forwardPaths,
          route: 'default',
          connection: 'spare',
          lane: lane('main'),
          state: 'deferred',
          attempts: 1,
          dueAt: change.dueAt,
          lastAttempt: attempt,
        },
      ]);
    });

    it('gives pages without gap or repetition, newest first, also when the cursor is gone', async ({
      store,
    }) => {
      for (const number of [2, 1, 3, 5, 4]) await commit(store, { number, deliveries: [{}, {}] });
      const all = (await list(store)).map(({ id }) => id);
      expect(all).toEqual(all.toSorted().toReversed());
      expect(all).toHaveLength(10);
      const ofThree = await pages(store, { limit: 3 });
      expect(ofThree.map(({ length }) => length)).toEqual([3, 3, 3, 1]);
      expect(ofThree.flat().map(({ id }) => id)).toEqual(all);
      expect(await store.list({ limit: 5, before: `${sampleId(30)}05` })).toEqual(
        await store.list({ limit: 5, before: `${sampleId(30)}1` }),
      );
    });
  });

  describe('list() of one state', () => {
    it('gives that state alone, with pages of its own', async ({ store }) => {
      for (const number of [1, 2, 3]) {
        await commit(store, { number, deliveries: [{}, { state: 'held' }] });
      }
      const held = await list(store, { state: 'held' });
      expect(held.map(({ state }) => state)).toEqual(['held', 'held', 'held']);
      const ofTwo = await pages(store, { limit: 2, state: 'held' });
      expect(ofTwo).toEqual([held.slice(0, 2), held.slice(2)]);
      expect(await store.list({ limit: 100, state: 'failed' })).toEqual({ deliveries: [] });
    });
  });

  describe('figures()', () => {
    it('an empty queue counts nothing', async ({ store }) => {
      expect(await store.figures()).toEqual({
        deliveries: {
          ready: 0,
          sending: 0,
          unsure: 0,
          deferred: 0,
          held: 0,
          failed: 0,
          delivered: 0,
        },
        bodyBytes: 0,
        oldestByState: {},
      });
    });

    it('says of each state that may need somebody when its oldest came', async ({ store }) => {
      const ends = [outcomes.failed, outcomes.deferred, outcomes.failed, outcomes.delivered];
      for (const [index, outcome] of ends.entries()) {
        await commit(store, { number: index, message: { receivedAt: start - 500 + index } });
        await record(store, { claim: await claimOne(store), outcome });
      }
      for (const number of [6, 7]) {
        await commit(store, {
          number,
          message: { receivedAt: start - 500 + number },
          deliveries: [{ state: 'held' }],
        });
      }
      expect((await store.figures()).oldestByState).toEqual({
        failed: start - 500,
        deferred: start - 499,
        held: start - 494,
      });
    });

    it('the oldest is the oldest that still waits', async ({ store }) => {
      await commit(store, { number: 1, message: { receivedAt: start - 300 } });
      await commit(store, {
        number: 2,
        message: { receivedAt: start - 500 },
        deliveries: [{ lane: lane('b') }],
      });
      await commit(store, { number: 3, message: { receivedAt: start - 100 } });
      expect((await store.figures()).oldestReceivedAt).toBe(start - 500);
      for (const each of await claim(store, { limit: 2 })) {
        await record(store, { claim: each, outcome: outcomes.delivered });
      }
      expect((await store.figures()).oldestReceivedAt).toBe(start - 100);
    });

    it.for([
      { keepBodies: false, left: 0 },
      { keepBodies: true, left: 1_000_000 },
    ])(
      'counts bodies of delivered messages while they are kept ($keepBodies)',
      async (kept, { engine }) => {
        await using store = await engine.open({ keepBodies: kept.keepBodies });
        await commit(store, { number: 1, bytes: sampleBytes(600_000, 1), deliveries: [{}, {}] });
        await commit(store, { number: 2, bytes: sampleBytes(400_000, 2) });
        expect((await store.figures()).bodyBytes).toBe(1_000_000);
        for (const each of await claim(store)) {
          await record(store, { claim: each, outcome: outcomes.delivered });
        }
        expect((await store.figures()).bodyBytes).toBe(kept.left);
      },
    );
  });

  describe('sweep()', () => {
    it('forgets what ended before the time of its kind, and nothing else', async ({ store }) => {
      const ends = [
        outcomes.delivered,
        outcomes.failed,
        outcomes.delivered,
        outcomes.failed,
        outcomes.deferred,
      ];
      for (const [index, outcome] of ends.entries()) {
        await commit(store, { number: index });
        await record(store, {
          claim: await claimOne(store),
          outcome,
          now: start + (index < 2 ? 0 : day),
        });
      }
      expect(await store.sweep({ deliveredBefore: start, failedBefore: start })).toBe(0);
      expect(await store.sweep({ deliveredBefore: start + 1, failedBefore: start })).toBe(1);
      expect(await store.sweep({ deliveredBefore: start + 1, failedBefore: start + 1 })).toBe(1);
      const left = await list(store);
      expect(left.map(({ state }) => state)).toEqual(['deferred', 'failed', 'delivered']);
      const figures = await store.figures();
      expect(figures.deliveries).toMatchObject({ delivered: 1, failed: 1, deferred: 1 });
      expect(figures.bodyBytes).toBe(2 * 500);
    });

    it('a message goes with its last delivery', async ({ store }) => {
      await commit(store, { number: 1, deliveries: [{}, { lane: lane('b') }] });
      const [first, second] = await claim(store);
      if (!first || !second) throw new Error('Two deliveries were expected');
      await record(store, { claim: first, outcome: outcomes.failed });
      expect(await store.sweep({ deliveredBefore: start + day, failedBefore: start + day })).toBe(
        0,
      );
      expect(await collect(second.content.read())).toHaveLength(500);
      await record(store, { claim: second, outcome: outcomes.failed });
      expect(await store.sweep({ deliveredBefore: start + day, failedBefore: start + day })).toBe(
        1,
      );
      expect((await store.figures()).bodyBytes).toBe(0);
    });

    it('keeps what was delivered of a message while some of it is not', async ({ store }) => {
      const numbers = Array.from({ length: 130 }, (_, index) => index);
      const half = [{ laneConcurrency: 200 }, { state: 'held' as const, laneConcurrency: 200 }];
      const ids = new Map<number, string>();
      for (const number of numbers) {
        const { id } = await commit(store, { number, deliveries: half, bytes: sampleBytes(10, 1) });
        ids.set(number, id);
      }
      await commit(store, { number: 500, deliveries: [{ laneConcurrency: 200 }] });
      const rest = { limit: 200, now: start };
      for (const [index, each] of (await claim(store, rest)).entries()) {
        await record(store, { claim: each, outcome: outcomes.delivered, now: start + index });
      }
      const all = { deliveredBefore: start + day, failedBefore: start + day };
      expect(await store.sweep(all)).toBe(1);
      expect((await store.figures()).deliveries).toMatchObject({ delivered: 130, held: 130 });
      expect((await store.find(ids.get(7) ?? ''))?.deliveries).toHaveLength(2);
      await store.act({ kind: 'release', now: start }, { ids: [ids.get(7) ?? ''] });
      await record(store, { claim: await claimOne(store), outcome: outcomes.failed });
      expect(await store.sweep({ ...all, failedBefore: start })).toBe(0);
      expect(await store.sweep(all)).toBe(1);
      expect(await store.find(ids.get(7) ?? '')).toBeUndefined();
      expect((await store.figures()).deliveries).toMatchObject({ delivered: 129, held: 129 });
    });

    it('forgets hundreds at once, and their lanes work as before', async ({ store }) => {
      const numbers = Array.from({ length: 250 }, (_, index) => index);
      const commitAll = () =>
        Promise.all(
          numbers.map((number) =>
            commit(store, { number, deliveries: [{ lane: lane(`l${number}`) }] }),
          ),
        );
      await commitAll();
      const claimed = await claim(store, { limit: 300 });
      await Promise.all(
        claimed.map((each) => record(store, { claim: each, outcome: outcomes.delivered })),
      );
      expect(await store.sweep({ deliveredBefore: start + day, failedBefore: start + day })).toBe(
        250,
      );
      expect(await list(store)).toEqual([]);
      await commitAll();
      expect(await claim(store, { limit: 300 })).toHaveLength(250);
    });
  });
}
