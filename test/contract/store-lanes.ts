// The contract of a Store: what a lane may have in flight, whose turn it is, and how a lane pauses.
import { describe, expect } from 'vitest';
import type { Store } from '../../src/relay/ports.ts';
import {
  claim,
  claimOne,
  commit,
  lane,
  leaseMs,
  outcomes,
  record,
  start,
} from './store-samples.ts';
import { storeTest, type CreateStore } from './store-under-test.ts';

export function describeLanes(createStore: CreateStore): void {
  const it = storeTest(createStore);

  describe('lanes', () => {
    it('never have more in flight than they may', async ({ store }) => {
      await fill(store, { lane: 'a', count: 6, laneConcurrency: 2 });
      const first = await claim(store);
      expect(first).toHaveLength(2);
      expect(await claim(store)).toEqual([]);
      for (const each of first) await record(store, { claim: each, outcome: outcomes.delivered });
      expect(await claim(store)).toHaveLength(2);
    });

    it('make room when a lease ends, and not before', async ({ store }) => {
      await fill(store, { lane: 'a', count: 3, laneConcurrency: 1 });
      await claimOne(store);
      expect(await store.nextDueAt()).toBe(start + leaseMs);
      expect(await claim(store, { now: start + leaseMs - 1 })).toEqual([]);
      expect(await claim(store, { now: start + leaseMs })).toHaveLength(1);
    });

    it('a renewed lease keeps its place in the lane', async ({ store }) => {
      await fill(store, { lane: 'a', count: 3, laneConcurrency: 2 });
      const [first] = await claim(store);
      if (first === undefined) throw new Error('A claim was expected');
      await store.renew(first, start + 10 * leaseMs);
      expect(await claim(store, { now: start + leaseMs })).toHaveLength(1);
    });

    it('a lease whose place was given away cannot be renewed', async ({ store }) => {
      await fill(store, { lane: 'a', count: 1, laneConcurrency: 1 });
      const lost = await claimOne(store);
      await fill(store, { lane: 'a', count: 1, laneConcurrency: 1, priority: 'high', from: 50 });
      const urgent = await claimOne(store, start + leaseMs);
      expect(urgent.delivery.id).not.toBe(lost.delivery.id);
      expect(await store.renew(lost, start + 2 * leaseMs)).toBe(false);
    });

    it('take the concurrency that the newest delivery brought', async ({ store }) => {
      await fill(store, { lane: 'a', count: 5, laneConcurrency: 1 });
      expect(await claim(store)).toHaveLength(1);
      await fill(store, { lane: 'a', count: 1, laneConcurrency: 3, from: 50 });
      expect(await claim(store)).toHaveLength(2);
    });

    it('urgent mail overtakes in its lane', async ({ store }) => {
      await fill(store, { lane: 'a', count: 3, laneConcurrency: 1 });
      await fill(store, { lane: 'a', count: 2, laneConcurrency: 1, priority: 'high', from: 50 });
      const order: number[] = [];
      for (let left = 5; left > 0; left--) {
        const claimed = await claimOne(store);
        order.push(Number(claimed.message.subject));
        await record(store, { claim: claimed, outcome: outcomes.delivered });
      }
      expect(order).toEqual([50, 51, 1, 2, 3]);
    });

    it('urgent mail that is not due yet holds up nothing', async ({ store }) => {
      await commit(store, { number: 1, deliveries: [{ priority: 'high', dueAt: start + 1000 }] });
      await fill(store, { lane: 'main', count: 1, laneConcurrency: 4, from: 2 });
      expect((await claimOne(store)).message.subject).toBe('2');
    });

    it('take turns: a full lane with older mail does not starve the others', async ({ store }) => {
      await fill(store, { lane: 'a', count: 20, laneConcurrency: 20, dueAt: start - 60_000 });
      await fill(store, { lane: 'b', count: 2, laneConcurrency: 20, from: 50 });
      await fill(store, { lane: 'c', count: 2, laneConcurrency: 20, from: 60 });
      const lanes: string[] = [];
      for (let turn = 0; turn < 6; turn++) {
        const claimed = await claimOne(store);
        lanes.push(claimed.delivery.lane);
        await record(store, { claim: claimed, outcome: outcomes.delivered });
      }
      const [a, b, c] = [lane('a'), lane('b'), lane('c')];
      expect(lanes).toEqual([a, b, c, a, b, c]);
    });

    it('new mail in a busy lane does not put it before the others', async ({ store }) => {
      await fill(store, { lane: 'a', count: 3, laneConcurrency: 20 });
      await fill(store, { lane: 'b', count: 1, laneConcurrency: 20, from: 50 });
      await claimOne(store, start + 10);
      await commit(store, {
        number: 90,
        message: { receivedAt: start + 20 },
        deliveries: [{ lane: lane('a'), dueAt: start + 20 }],
      });
      expect((await claimOne(store, start + 30)).delivery.lane).toBe(lane('b'));
    });

    it('limit counts deliveries over all lanes', async ({ store }) => {
      for (const name of ['a', 'b', 'c'])
        await fill(store, {
          lane: name,
          count: 4,
          laneConcurrency: 4,
          from: name.charCodeAt(0) * 10,
        });
      expect(await claim(store, { limit: 7 })).toHaveLength(7);
      expect(await claim(store, { limit: 0 })).toEqual([]);
      expect(await claim(store, { limit: 7 })).toHaveLength(5);
    });
  });

  describe('a lane that wants to be left alone', () => {
    it('pauses, also where the message that was told so was delivered', async ({ store }) => {
      await fill(store, { lane: 'a', count: 2, laneConcurrency: 1 });
      const outcome = { ...outcomes.delivered, retryAfterMs: 9_000 };
      await record(store, { claim: await claimOne(store), outcome });
      expect(await claim(store, { now: start + 8_999 })).toEqual([]);
      expect(await claim(store, { now: start + 9_000 })).toHaveLength(1);
    });
  });

  describe('a throttled lane', () => {
    it('pauses for all its mail, new mail included, and for no other lane', async ({ store }) => {
      await fill(store, { lane: 'a', count: 3, laneConcurrency: 1 });
      await record(store, { claim: await claimOne(store), outcome: outcomes.throttled });
      await fill(store, { lane: 'a', count: 1, laneConcurrency: 1, priority: 'high', from: 50 });
      expect(await claim(store, { now: start + 59_999 })).toEqual([]);
      expect(await store.nextDueAt()).toBe(start + 60_000);
      await fill(store, { lane: 'b', count: 1, laneConcurrency: 1, from: 60 });
      expect((await claimOne(store)).delivery.lane).toBe(lane('b'));
      expect((await claimOne(store, start + 60_000)).message.subject).toBe('50');
    });

    it('is not woken by a shorter pause, or by the result of another attempt', async ({
      store,
    }) => {
      await fill(store, { lane: 'a', count: 4, laneConcurrency: 3 });
      const [first, second, third] = await claim(store);
      if (!first || !second || !third) throw new Error('Three deliveries were expected');
      await record(store, { claim: first, outcome: outcomes.throttled });
      await record(store, {
        claim: second,
        outcome: { ...outcomes.throttled, retryAfterMs: 1000 },
      });
      await record(store, { claim: third, outcome: outcomes.delivered });
      expect(await claim(store, { now: start + 59_999 })).toEqual([]);
      expect(await claim(store, { now: start + 60_000 })).toHaveLength(3);
    });
  });
}

interface Filling {
  readonly lane: string;
  readonly count: number;
  readonly laneConcurrency: number;
  readonly priority?: 'high' | 'normal';
  /** Number of the first message; its subject is its number. Default 1. */
  readonly from?: number;
  readonly dueAt?: number;
}

/** Commits messages with one delivery each in a lane. */
async function fill(store: Store, filling: Filling): Promise<void> {
  const { count, laneConcurrency, priority = 'normal', from = 1, dueAt = start } = filling;
  for (let number = from; number < from + count; number++) {
    await commit(store, {
      number,
      message: { subject: String(number) },
      deliveries: [{ lane: lane(filling.lane), laneConcurrency, priority, dueAt }],
    });
  }
}
