// The contract of a Store: what an operator does with deliveries, and what moves or replaces them.
import { describe, expect } from 'vitest';
import { StoreError, type Store } from '../../src/relay/ports.ts';
import {
  claim,
  claimOne,
  collect,
  commit,
  findDelivery,
  lane,
  leaseMs,
  list,
  outcomes,
  record,
  sampleBytes,
  sampleDelivery,
  sampleId,
  sampleMessage,
  sampleResult,
  start,
} from './store-samples.ts';
import { storeTest, withStore, type CreateStore } from './store-under-test.ts';

const day = 86_400_000;
const later = start + day;

export function describeActions(createStore: CreateStore): void {
  const it = storeTest(createStore);

  describe('act()', () => {
    it('retry makes due at once what waits and what failed, and nothing else', async ({
      store,
    }) => {
      await commitInAllStates(store);
      expect(await store.act({ kind: 'retry', now: start + 1 }, {})).toBe(3);
      expect(await states(store)).toEqual({
        ready: 'ready',
        deferred: 'ready',
        unsure: 'unsure',
        failed: 'ready',
        held: 'held',
        sending: 'sending',
        delivered: 'delivered',
      });
      const claimed = await claim(store, { now: start + 1 });
      expect(claimed).toHaveLength(4);
      expect(await store.act({ kind: 'retry', now: start + 1 }, {})).toBe(0);
    });

    it('retry lets a failed one age anew and count its attempts anew, with its body', async ({
      store,
    }) => {
      await commit(store, { number: 1 });
      const failing = await claimOne(store);
      const { attempt, change } = sampleResult(failing, { outcome: outcomes.failed });
      await store.record(failing, attempt, { ...change, attempts: 7, reportDue: true });
      expect(await store.act({ kind: 'retry', now: later }, { state: 'failed' })).toBe(1);
      expect(await store.dueReports({ limit: 10 })).toEqual([]);
      const claimed = await claimOne(store, later);
      expect(claimed.delivery).toMatchObject({ attempts: 1, agesFrom: later });
      expect(claimed.mayHaveBeenSent).toBe(false);
      expect(claimed.fence).toBeGreaterThan(failing.fence);
      expect(await collect(claimed.content.read())).toEqual(Buffer.from(sampleBytes(500, 1)));
      expect(await store.sweep({ deliveredBefore: later + day, failedBefore: later + day })).toBe(
        0,
      );
    });

    it('retry lets the others keep age and attempts, and lifts no pause of a lane', async ({
      store,
    }) => {
      await commit(store, { number: 1 });
      await record(store, { claim: await claimOne(store), outcome: outcomes.throttled });
      expect(await store.act({ kind: 'retry', now: start + 1 }, {})).toBe(1);
      expect(await claim(store, { now: start + 59_999 })).toEqual([]);
      const { delivery } = await claimOne(store, start + 60_000);
      expect(delivery).toMatchObject({ attempts: 1, agesFrom: start });
    });

    it('hold takes out of turn what waits, until release; it ages anew', async ({ store }) => {
      await commitInAllStates(store);
      expect(await store.act({ kind: 'hold' }, {})).toBe(3);
      expect(await store.act({ kind: 'hold' }, {})).toBe(0);
      expect(await list(store, { state: 'held' })).toHaveLength(4);
      expect(await claim(store, { now: later, limit: 100 })).toHaveLength(1);
      expect(await store.act({ kind: 'release', now: later }, {})).toBe(4);
      const claimed = await claim(store, { now: later });
      expect(claimed.map(({ delivery }) => delivery.agesFrom)).toEqual([
        later,
        later,
        later,
        later,
      ]);
      expect(claimed.filter(({ mayHaveBeenSent }) => mayHaveBeenSent)).toHaveLength(1);
    });

    it.for(['held', 'failed'] as const)(
      'one that was %s and may have been sent is unsure when it goes on',
      async (state, { store }) => {
        await commit(store, { number: 1 });
        const doubtful = await claimOne(store);
        const { attempt, change } = sampleResult(doubtful, { outcome: outcomes.failed });
        const ended = { ...change, state, mayHaveBeenSent: true, lookUps: 2 };
        await store.record(doubtful, attempt, ended);
        expect((await store.find(doubtful.message.id))?.deliveries).toMatchObject([
          { state, mayHaveBeenSent: true, delivery: { lookUps: 2 } },
        ]);
        const kind = state === 'held' ? 'release' : 'retry';
        expect(await store.act({ kind, now: later }, {})).toBe(1);
        expect(await list(store)).toMatchObject([{ state: 'unsure', dueAt: later }]);
        expect((await claimOne(store, later)).mayHaveBeenSent).toBe(true);
      },
    );

    it('remove forgets all but what is under way, with bodies, reports and claims', async ({
      engine,
    }) => {
      await withStore(engine.open(), async (store) => {
        await commitInAllStates(store);
        const sending = (await list(store, { state: 'sending' })).map(({ id }) => id);
        expect(await store.act({ kind: 'remove' }, {})).toBe(6);
        expect((await list(store)).map(({ id }) => id)).toEqual(sending);
        expect(await store.figures()).toMatchObject({
          deliveries: { ready: 0, deferred: 0, unsure: 0, held: 0, failed: 0, delivered: 0 },
          bodyBytes: 500,
        });
        expect(await store.nextDueAt()).toBe(start + leaseMs);
      });
      expect(await engine.countStrayBodies()).toBe(0);
    });

    it('remove leaves a message to its other deliveries', async ({ store }) => {
      const { id } = await commit(store, { number: 1, deliveries: [{}, {}] });
      expect(await store.act({ kind: 'remove' }, { ids: [`${id}0`] })).toBe(1);
      const { delivery, content } = await claimOne(store);
      expect(delivery.id).toBe(`${id}1`);
      expect(await collect(content.read())).toHaveLength(500);
      expect((await store.find(id))?.deliveries).toHaveLength(1);
      expect(await store.find(`${id}0`)).toBeUndefined();
    });

    it('remove of the last that was not delivered drops the body', async ({ store }) => {
      const { id } = await commit(store, { number: 1, deliveries: [{}, { state: 'held' }] });
      await record(store, { claim: await claimOne(store), outcome: outcomes.delivered });
      expect((await store.figures()).bodyBytes).toBe(500);
      expect(await store.act({ kind: 'remove' }, { ids: [`${id}1`] })).toBe(1);
      expect((await store.figures()).bodyBytes).toBe(0);
      expect(await store.find(id)).not.toHaveProperty('content');
    });

    it('reaches all of very many, each once', async ({ store }) => {
      const numbers = Array.from({ length: 450 }, (_, index) => index);
      await Promise.all(numbers.map((number) => commit(store, { number })));
      expect(await store.act({ kind: 'hold' }, { lane: lane('main') })).toBe(450);
      const ids = numbers.map((number) => sampleId(number * 10));
      expect(await store.act({ kind: 'release', now: start }, { ids })).toBe(450);
      expect(await store.act({ kind: 'remove' }, { state: 'ready' })).toBe(450);
      expect(await store.figures()).toMatchObject({ bodyBytes: 0, deliveries: { ready: 0 } });
    });

    it('wakes the lane: what was held is due now, and what was taken out is not', async ({
      store,
    }) => {
      await commit(store, { number: 1 });
      await store.act({ kind: 'hold' }, {});
      expect(await store.nextDueAt()).toBeUndefined();
      await store.act({ kind: 'release', now: later }, {});
      expect((await store.nextDueAt()) ?? Infinity).toBeLessThanOrEqual(later);
      await store.act({ kind: 'remove' }, {});
      expect(await store.nextDueAt()).toBeUndefined();
    });
  });

  describe('replace()', () => {
    it('puts others into the place of a delivery, with its message', async ({ store }) => {
      const message = await commit(store, { number: 1, deliveries: [{ state: 'held' }, {}] });
      const others = [2, 3].map((position) =>
        sampleDelivery(message, { position, connection: 'spare', lane: lane('b'), dueAt: later }),
      );
      const seen = await findDelivery(store, `${message.id}0`);
      expect(await store.replace(seen.id, others, seen)).toBe(true);
      const ids = (await list(store)).map(({ id }) => id);
      expect(ids).toEqual([3, 2, 1].map((position) => `${message.id}${position}`));
      const claimed = await claim(store, { now: later });
      expect(claimed.map(({ delivery }) => delivery.connection).toSorted()).toEqual([
        'main',
        'spare',
        'spare',
      ]);
      for (const { content } of claimed) expect(await collect(content.read())).toHaveLength(500);
      expect((await store.figures()).deliveries).toMatchObject({ sending: 3, held: 0, ready: 0 });
    });

    it('does nothing to what is under way, was delivered, or is gone', async ({ store }) => {
      const message = await commit(store, { number: 1 });
      const other = [sampleDelivery(message, { position: 1 })];
      const claimed = await claimOne(store);
      const { id } = claimed.delivery;
      expect(await store.replace(id, other, await findDelivery(store, id))).toBe(false);
      await record(store, { claim: claimed, outcome: outcomes.delivered });
      const ended = await findDelivery(store, id);
      expect(await store.replace(id, other, ended)).toBe(false);
      expect(await store.replace('gone', other, ended)).toBe(false);
      expect(await list(store)).toHaveLength(1);
    });

    it.for<[string, (store: Store) => Promise<unknown>]>([
      [
        'an attempt was made that may have sent it',
        async (store) => record(store, { claim: await claimOne(store), outcome: outcomes.unsure }),
      ],
      [
        'an attempt was made, and it waits as before',
        async (store) =>
          record(store, { claim: await claimOne(store), outcome: outcomes.throttled }),
      ],
      ['an operator held it', (store) => store.act({ kind: 'hold' }, {})],
    ])('does nothing where meanwhile %s', async ([, meanwhile], { store }) => {
      const message = await commit(store, { number: 1 });
      const seen = await findDelivery(store, `${message.id}0`);
      await meanwhile(store);
      const now = await list(store);
      const other = sampleDelivery(message, { position: 1 });
      expect(await store.replace(seen.id, [other], seen)).toBe(false);
      expect(await list(store)).toEqual(now);
    });

    it('keeps the doubt of what takes its place, also while that is held', async ({ store }) => {
      const message = await commit(store, { number: 1 });
      await record(store, { claim: await claimOne(store), outcome: outcomes.unsure });
      const seen = await findDelivery(store, `${message.id}0`);
      const others = [
        sampleDelivery(message, { position: 1, state: 'unsure', dueAt: later }),
        sampleDelivery(message, { position: 2, state: 'held', mayHaveBeenSent: true }),
      ];
      expect(await store.replace(seen.id, others, seen)).toBe(true);
      expect((await store.find(message.id))?.deliveries).toMatchObject([
        { state: 'unsure', mayHaveBeenSent: true, dueAt: later },
        { state: 'held', mayHaveBeenSent: true },
      ]);
      expect((await store.figures()).deliveries).toMatchObject({ unsure: 1, held: 1, ready: 0 });
      await store.act({ kind: 'release', now: later }, {});
      const claimed = await claim(store, { now: later });
      expect(claimed.map(({ mayHaveBeenSent }) => mayHaveBeenSent)).toEqual([true, true]);
    });

    it('a claim from before is worth nothing, also where the id is the same', async ({ store }) => {
      const message = await commit(store, { number: 1 });
      const old = await claimOne(store);
      await record(store, { claim: old, outcome: outcomes.failed });
      const seen = await findDelivery(store, old.delivery.id);
      expect(await store.replace(seen.id, [sampleDelivery(message)], seen)).toBe(true);
      const claimed = await claimOne(store);
      expect(await record(store, { claim: old, outcome: outcomes.delivered })).toBe(false);
      expect((await store.find(message.id))?.deliveries[0]?.history).toEqual([]);
      expect(await record(store, { claim: claimed, outcome: outcomes.delivered })).toBe(true);
    });

    it('writes nothing where an id is taken', async ({ store }) => {
      const message = await commit(store, { number: 1, deliveries: [{ state: 'held' }, {}] });
      const before = await list(store);
      const others = [2, 1].map((position) => sampleDelivery(message, { position }));
      const seen = await findDelivery(store, `${message.id}0`);
      await expect(store.replace(seen.id, others, seen)).rejects.toThrow(StoreError);
      expect(await list(store)).toEqual(before);
      expect((await store.figures()).deliveries).toMatchObject({ held: 1, ready: 1 });
    });
  });

  describe('a delivery that moves', () => {
    it('goes on over the other connection, and frees its lane', async ({ store }) => {
      for (const number of [1, 2]) {
        await commit(store, { number, deliveries: [{ laneConcurrency: 1 }] });
      }
      const first = await claimOne(store);
      const { attempt, change } = sampleResult(first, { outcome: outcomes.deferred });
      const move = { connection: 'spare', lane: lane('spare'), laneConcurrency: 1 };
      const dueAt = start + 500;
      expect(await store.record(first, attempt, { ...change, dueAt, move })).toBe(true);
      expect((await claimOne(store)).delivery.id).not.toBe(first.delivery.id);
      const moved = await claimOne(store, dueAt);
      expect(moved.delivery).toMatchObject({ id: first.delivery.id, ...laneOf(move) });
      expect(await list(store, { connection: 'spare' })).toMatchObject([laneOf(move)]);
    });

    it('never makes a lane have more in flight than it may', async ({ store }) => {
      const spare = { lane: lane('spare'), laneConcurrency: 2 };
      for (const number of [1, 2]) await commit(store, { number, deliveries: [spare] });
      for (const number of [3, 4, 5]) await commit(store, { number });
      const claimed = await claim(store);
      expect(claimed).toHaveLength(5);
      for (const each of claimed.filter(({ delivery }) => delivery.lane === lane('main'))) {
        const { attempt, change } = sampleResult(each, { outcome: outcomes.deferred });
        const move = { connection: 'spare', ...spare };
        await store.record(each, attempt, { ...change, dueAt: start, move });
      }
      expect(await claim(store)).toEqual([]);
      for (const each of claimed.filter(({ delivery }) => delivery.lane === spare.lane)) {
        await record(store, { claim: each, outcome: outcomes.delivered });
        expect(await claim(store)).toHaveLength(1);
      }
    });

    it('a throttling answer pauses the lane that it leaves, not the one that it goes to', async ({
      store,
    }) => {
      for (const number of [1, 2]) await commit(store, { number });
      const first = await claimOne(store);
      const { attempt, change } = sampleResult(first, { outcome: outcomes.throttled });
      const move = { connection: 'spare', lane: lane('spare'), laneConcurrency: 1 };
      await store.record(first, attempt, { ...change, dueAt: start, move });
      const claimed = await claim(store, { now: start + 59_999 });
      expect(claimed.map(({ delivery }) => delivery.id)).toEqual([first.delivery.id]);
    });
  });

  describe('lanes()', () => {
    it('tells what is in flight and waits, longest pause first', async ({ store }) => {
      await commit(store, { number: 1, deliveries: [{ lane: lane('a'), laneConcurrency: 1 }] });
      await commit(store, { number: 2, deliveries: [{ lane: lane('a'), laneConcurrency: 1 }] });
      await commit(store, { number: 3, deliveries: [{ lane: lane('b') }] });
      await commit(store, { number: 4, deliveries: [{ lane: lane('c'), state: 'held' }] });
      for (const each of await claim(store)) {
        if (each.delivery.lane === lane('b')) {
          await record(store, { claim: each, outcome: outcomes.throttled });
        }
      }
      const paused = { lane: lane('b'), concurrency: 4, sending: 0, waiting: 1 };
      const busy = { lane: lane('a'), concurrency: 1, sending: 1, waiting: 1 };
      expect(await store.lanes({ now: start })).toEqual([
        { ...paused, pausedUntil: start + 60_000 },
        busy,
      ]);
      expect(await store.lanes({ now: start + 60_000 })).toEqual([paused, busy]);
    });

    it('counts what waits as far as it is asked to', async ({ store }) => {
      for (const number of [1, 2, 3]) await commit(store, { number });
      const count = async (countTo?: number) => {
        const lanes = await store.lanes({ now: start, ...(countTo !== undefined && { countTo }) });
        return lanes.map(({ waiting }) => waiting);
      };
      expect([await count(), await count(2), await count(1)]).toEqual([[3], [2], [1]]);
    });

    it('an empty queue has none', async ({ store }) => {
      expect(await store.lanes({ now: start })).toEqual([]);
      await commit(store, { number: 1 });
      await record(store, { claim: await claimOne(store), outcome: outcomes.delivered });
      expect(await store.lanes({ now: start })).toEqual([]);
    });
  });

  describe('times from a clock that was ahead', () => {
    it('a pause does not stand for ever', async ({ store }) => {
      await commit(store, { number: 1 });
      const ahead = start + 400 * day;
      const claimed = await claimOne(store, ahead);
      await record(store, { claim: claimed, outcome: outcomes.throttled, now: ahead });
      await commit(store, { number: 2 });
      expect(await claim(store)).toHaveLength(2);
    });

    it('neither a due time nor a lease does', async ({ store }) => {
      const ahead = start + 400 * day;
      for (const number of [1, 2]) {
        await commit(store, { number, deliveries: [{ laneConcurrency: 2 }] });
      }
      const [first] = await claim(store, { now: ahead });
      if (first === undefined) throw new Error('A claim was expected');
      await record(store, { claim: first, outcome: outcomes.deferred, now: ahead });
      const claimed = await claim(store);
      expect(claimed).toHaveLength(2);
      expect(claimed.filter(({ mayHaveBeenSent }) => mayHaveBeenSent)).toHaveLength(1);
      expect(await record(store, { claim: first, outcome: outcomes.delivered })).toBe(false);
    });

    it('a wait of days is a wait', async ({ store }) => {
      await commit(store, { number: 1, deliveries: [{ dueAt: start + 6 * day }] });
      expect(await claim(store)).toEqual([]);
      expect(await claim(store, { now: start + 6 * day })).toHaveLength(1);
    });
  });
}

function laneOf({ connection, lane: key }: { connection: string; lane: string }) {
  return { connection, lane: key };
}

/** One delivery in each state; its rule says which. The `sending` one is under way, with its lease. */
async function commitInAllStates(store: Store): Promise<void> {
  const ends = ['delivered', 'failed', 'deferred', 'unsure'] as const;
  for (const [number, state] of [...ends, 'sending', 'ready', 'held'].entries()) {
    const { route } = sampleDelivery(sampleMessage(number));
    await commit(store, {
      number,
      deliveries: [
        {
          lane: lane(state),
          route: { ...route, rule: state },
          ...(state === 'held' && { state }),
          ...(state === 'ready' && { dueAt: start }),
        },
      ],
    });
    const end = ends.find((each) => each === state);
    if (end === undefined && state !== 'sending') continue;
    const claimed = await claimOne(store);
    if (end !== undefined) await record(store, { claim: claimed, outcome: outcomes[end] });
  }
}

async function states(store: Store): Promise<Record<string, string>> {
  return Object.fromEntries((await list(store)).map(({ route, state }) => [route, state]));
}
