// The contract of a Store: from the commit of a message to its last result.
import { describe, expect } from 'vitest';
import { StoreError } from '../../src/relay/ports.ts';
import {
  claim,
  claimOne,
  collect,
  commit,
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

export function describeQueue(createStore: CreateStore): void {
  const it = storeTest(createStore);

  describe('commit(), claim(), record()', () => {
    it('a claim gives back the message, the delivery and the bytes that were committed', async ({
      store,
    }) => {
      const bytes = sampleBytes(3000, 1);
      const message = sampleMessage(1, { sizeBytes: bytes.length, fromWasMissing: true });
      const body = store.createBody(message.id);
      await body.write(bytes);
      const delivery = sampleDelivery(message);
      await store.commit(message, [delivery], body);

      const claimed = await claimOne(store);
      expect(claimed.message).toEqual(message);
      expect(claimed.delivery).toEqual({
        id: delivery.id,
        messageId: message.id,
        route: delivery.route,
        connection: 'main',
        lane: delivery.lane,
        state: 'sending',
        attempts: 1,
        agesFrom: message.receivedAt,
        lookUps: 0,
        dueAt: start + leaseMs,
      });
      expect(claimed.mayHaveBeenSent).toBe(false);
      expect(claimed.content.sizeBytes).toBe(3000);
      expect(await collect(claimed.content.read())).toEqual(Buffer.from(bytes));
    });

    it('a delivered message is claimed no more, and nothing is due', async ({ store }) => {
      await commit(store, { number: 1 });
      expect(
        await record(store, { claim: await claimOne(store), outcome: outcomes.delivered }),
      ).toBe(true);
      expect(await claim(store, { now: start + day })).toEqual([]);
      expect(await store.nextDueAt()).toBeUndefined();
    });

    it('a deferred delivery comes back when it is due, with its attempts and its age', async ({
      store,
    }) => {
      await commit(store, { number: 1 });
      const first = await claimOne(store);
      const { attempt, change } = sampleResult(first, { outcome: outcomes.held });
      const dueAt = change.dueAt ?? 0;
      await store.record(first, attempt, change);
      expect(await store.nextDueAt()).toBe(dueAt);
      expect(await claim(store, { now: dueAt - 1 })).toEqual([]);
      const second = await claimOne(store, dueAt);
      expect(second.delivery).toMatchObject({ attempts: 2, agesFrom: change.agesFrom });
      expect(second.mayHaveBeenSent).toBe(false);
      expect(second.fence).toBeGreaterThan(first.fence);
    });

    it('a delivery whose attempt was unsure comes back as one that may have been sent', async ({
      store,
    }) => {
      await commit(store, { number: 1 });
      await record(store, { claim: await claimOne(store), outcome: outcomes.unsure });
      const second = await claimOne(store, start + 60_000);
      expect(second.mayHaveBeenSent).toBe(true);
      await record(store, { claim: second, outcome: outcomes.deferred });
      const third = await claimOne(store, start + day);
      expect(third.mayHaveBeenSent).toBe(false);
    });

    it('a throttled request is no attempt', async ({ store }) => {
      await commit(store, { number: 1 });
      await record(store, { claim: await claimOne(store), outcome: outcomes.throttled });
      expect(await list(store)).toMatchObject([{ state: 'ready', attempts: 0 }]);
      expect((await claimOne(store, start + 60_000)).delivery.attempts).toBe(1);
    });

    it('each delivery of a message is claimed and ended by itself', async ({ store }) => {
      await commit(store, {
        number: 1,
        deliveries: [{}, { lane: lane('b') }, { connection: 'spare' }],
      });
      const claimed = await claim(store);
      expect(claimed.map(({ delivery }) => delivery.id).toSorted()).toEqual(
        [0, 1, 2].map((position) => `${sampleId(10)}${position}`),
      );
      const [first, second, third] = claimed;
      if (!first || !second || !third) throw new Error('Three deliveries were expected');
      await record(store, { claim: first, outcome: outcomes.delivered });
      await record(store, { claim: second, outcome: outcomes.failed });
      expect(await collect(third.content.read())).toEqual(Buffer.from(sampleBytes(500, 1)));
      expect((await store.figures()).deliveries).toMatchObject({
        delivered: 1,
        failed: 1,
        sending: 1,
      });
    });

    it('a held delivery is never claimed', async ({ store }) => {
      await commit(store, { number: 1, deliveries: [{ state: 'held' }] });
      expect(await claim(store, { now: start + day })).toEqual([]);
      expect(await store.nextDueAt()).toBeUndefined();
      expect((await store.figures()).deliveries.held).toBe(1);
    });

    it('a delivery that is not due yet waits for its time', async ({ store }) => {
      await commit(store, { number: 1, deliveries: [{ dueAt: start + 500 }] });
      expect(await store.nextDueAt()).toBe(start + 500);
      expect(await claim(store, { now: start + 499 })).toEqual([]);
      expect(await claim(store, { now: start + 500 })).toHaveLength(1);
    });

    it('an id that is taken is refused, and its neighbours in the same moment are not', async ({
      store,
    }) => {
      await commit(store, { number: 1 });
      const settled = await Promise.allSettled(
        [2, 1, 3].map((number) => commit(store, { number, bytes: sampleBytes(number, 9) })),
      );
      expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      const claimed = await claim(store);
      expect(claimed.map(({ content }) => content.sizeBytes).toSorted((a, b) => a - b)).toEqual([
        2, 3, 500,
      ]);
    });
  });

  describe('leases', () => {
    it('a delivery is not claimed twice while its lease runs', async ({ store }) => {
      await commit(store, { number: 1 });
      await claimOne(store);
      expect(await claim(store, { now: start + leaseMs - 1 })).toEqual([]);
      expect(await store.nextDueAt()).toBe(start + leaseMs);
    });

    it('a lease that ended makes the delivery one that may have been sent', async ({ store }) => {
      await commit(store, { number: 1 });
      const first = await claimOne(store);
      const second = await claimOne(store, start + leaseMs);
      expect(second.mayHaveBeenSent).toBe(true);
      expect(second.delivery).toMatchObject({ id: first.delivery.id, attempts: 2 });
      expect(second.fence).toBeGreaterThan(first.fence);
    });

    it('renew() prolongs a lease', async ({ store }) => {
      await commit(store, { number: 1 });
      const first = await claimOne(store);
      expect(await store.renew(first, start + 3 * leaseMs)).toBe(true);
      expect(await claim(store, { now: start + 2 * leaseMs })).toEqual([]);
      expect(await claim(store, { now: start + 3 * leaseMs })).toHaveLength(1);
    });

    it('a claim that another took over can neither be renewed nor recorded', async ({ store }) => {
      await commit(store, { number: 1 });
      const first = await claimOne(store);
      const second = await claimOne(store, start + leaseMs);
      const before = await list(store);
      expect(await store.renew(first, start + day)).toBe(false);
      expect(await record(store, { claim: first, outcome: outcomes.failed })).toBe(false);
      expect(await list(store)).toEqual(before);
      expect(await record(store, { claim: second, outcome: outcomes.delivered })).toBe(true);
    });

    it('a result is written once', async ({ store }) => {
      await commit(store, { number: 1 });
      const claimed = await claimOne(store);
      expect(await record(store, { claim: claimed, outcome: outcomes.deferred })).toBe(true);
      expect(await record(store, { claim: claimed, outcome: outcomes.delivered })).toBe(false);
      expect(await store.renew(claimed, start + day)).toBe(false);
      expect(await list(store)).toMatchObject([{ state: 'deferred' }]);
    });
  });

  describe('after a restart', () => {
    it('what was committed is there, and what was recorded stays recorded', async ({ engine }) => {
      const before = await withStore(engine.open(), async (store) => {
        for (const number of [1, 2, 3]) await commit(store, { number });
        await record(store, { claim: await claimOne(store), outcome: outcomes.delivered });
        await record(store, { claim: await claimOne(store), outcome: outcomes.deferred });
        return { list: await list(store), figures: await store.figures() };
      });
      await using store = await engine.open();
      expect(await list(store)).toEqual(before.list);
      expect(await store.figures()).toEqual(before.figures);
      expect(await claim(store)).toHaveLength(1);
    });

    it('an attempt without a result may have been sent, and is due at once', async ({ engine }) => {
      const lost = await withStore(engine.open(), async (store) => {
        await commit(store, { number: 1 });
        return claimOne(store);
      });
      await using store = await engine.open();
      expect((await store.figures()).deliveries).toMatchObject({ sending: 0, unsure: 1 });
      expect(await record(store, { claim: lost, outcome: outcomes.delivered })).toBe(false);
      const claimed = await claimOne(store);
      expect(claimed).toMatchObject({ mayHaveBeenSent: true, delivery: { attempts: 2 } });
    });

    it('a lane is still paused', async ({ engine }) => {
      await withStore(engine.open(), async (store) => {
        await commit(store, { number: 1 });
        await record(store, { claim: await claimOne(store), outcome: outcomes.throttled });
      });
      await using store = await engine.open();
      expect(await store.nextDueAt()).toBe(start + 60_000);
    });
  });

  describe('close', () => {
    it('finishes what was asked before', async ({ engine }) => {
      const store = await engine.open();
      const commits = [1, 2, 3].map((number) => commit(store, { number }));
      const bodies = commits.map(async (each) => each.catch(() => undefined));
      await Promise.all(bodies);
      const late = store.figures();
      await store[Symbol.asyncDispose]();
      expect((await late).deliveries.ready).toBe(3);
    });

    it('later calls fail with StoreError', async ({ engine }) => {
      const store = await engine.open();
      await commit(store, { number: 1 });
      const claimed = await claimOne(store);
      const body = store.createBody('late');
      await store[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await body.discard();
      const calls = [
        store.figures(),
        store.nextDueAt(),
        store.list({ limit: 1 }),
        claim(store),
        store.renew(claimed, start),
        record(store, { claim: claimed, outcome: outcomes.delivered }),
        store.sweep({ deliveredBefore: start, failedBefore: start }),
        commit(store, { number: 2 }),
      ];
      for (const { reason } of await rejections(calls)) {
        expect(reason).toBeInstanceOf(StoreError);
        expect(reason).toMatchObject({ fault: 'away' });
      }
    });
  });
}

async function rejections(calls: Promise<unknown>[]): Promise<{ reason: unknown }[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((each) => ({ reason: each.status === 'rejected' ? each.reason : each.value }));
}
