// The contract of a Store: ends that are still to be reported, and what is known by its Message-ID.
import { describe, expect } from 'vitest';
import { closedBreaker } from '../../src/core/breaker.ts';
import { StoreError, type DeliverySummary, type Store } from '../../src/relay/ports.ts';
import {
  address,
  claimOne,
  collect,
  commit,
  list,
  outcomes,
  sampleBytes,
  sampleDelivery,
  sampleId,
  sampleMessage,
  sampleResult,
  start,
} from './store-samples.ts';
import {
  countStraysAfterRestart,
  storeTest,
  withStore,
  type CreateStore,
} from './store-under-test.ts';

const day = 86_400_000;

export function describeReports(createStore: CreateStore): void {
  const it = storeTest(createStore);

  describe('dueReports()', () => {
    it('gives the ends that asked for it, oldest first, with message and last attempt', async ({
      store,
    }) => {
      await end(store, { number: 1, outcome: 'failed', now: start + 20 });
      await end(store, { number: 2, outcome: 'failed', now: start + 10 });
      await end(store, { number: 3, outcome: 'failed', now: start, reportDue: false });
      const due = await store.dueReports({ limit: 10 });
      expect(due.map(({ message }) => message.subject)).toEqual(['2', '1']);
      expect(await store.dueReports({ limit: 1 })).toHaveLength(1);
      const [first] = due;
      expect(first?.delivery).toMatchObject({ id: `${sampleId(20)}0`, state: 'failed' });
      expect(first?.attempt.outcome).toEqual(outcomes.failed);
      const content = first?.content;
      expect(content && (await collect(content.read()))).toEqual(Buffer.from(sampleBytes(500, 2)));
    });

    it('what was delivered has lost its body by then', async ({ store }) => {
      await end(store, { number: 1, outcome: 'delivered' });
      const [due] = await store.dueReports({ limit: 10 });
      expect(due?.delivery.state).toBe('delivered');
      expect(due).not.toHaveProperty('content');
    });

    it('they are still due after a restart, and after any time', async ({ engine }) => {
      await withStore(engine.open(), async (store) => {
        await end(store, { number: 1, outcome: 'failed' });
        await end(store, { number: 2, outcome: 'delivered' });
      });
      await using store = await engine.open();
      const never = { deliveredBefore: start + 99 * day, failedBefore: start + 99 * day };
      expect(await store.sweep(never)).toBe(0);
      expect(await store.dueReports({ limit: 10 })).toHaveLength(2);
      for (const number of [1, 2]) await store.dismissReport(`${sampleId(number * 10)}0`);
      expect(await store.dueReports({ limit: 10 })).toEqual([]);
      expect(await store.sweep(never)).toBe(2);
    });

    it('dismissReport() of what is not due does nothing', async ({ store }) => {
      await end(store, { number: 1, outcome: 'failed' });
      await store.dismissReport('unknown');
      expect(await store.dueReports({ limit: 10 })).toHaveLength(1);
    });
  });

  describe('commit() of a report', () => {
    it('makes the message exist, and the report is due no more', async ({ store }) => {
      const reportOf = await end(store, { number: 1, outcome: 'failed' });
      await commit(store, { number: 2, message: { isReport: true }, reportOf });
      expect(await store.dueReports({ limit: 10 })).toEqual([]);
      expect((await claimOne(store)).message).toMatchObject({ id: sampleId(20), isReport: true });
    });

    it.for([400, 900_000])(
      'writes nothing where another was quicker (%i bytes)',
      async (sizeBytes, { engine }) => {
        await withStore(engine.open(), async (store) => {
          const reportOf = await end(store, { number: 1, outcome: 'failed' });
          const written = await Promise.all(
            [2, 3].map((number) =>
              commitReport(store, { reportOf, number, bytes: sampleBytes(sizeBytes, number) }),
            ),
          );
          expect(new Set(written)).toEqual(new Set([false, true]));
          expect((await list(store)).map(({ messageId }) => messageId)).toHaveLength(2);
          const { deliveries, bodyBytes } = await store.figures();
          expect(deliveries).toMatchObject({ ready: 1, failed: 1 });
          expect(bodyBytes).toBe(500 + sizeBytes);
          await store.act({ kind: 'remove' }, {});
        });
        expect(await countStraysAfterRestart(engine)).toBe(0);
      },
    );

    it('leaves the report due where the message cannot be written', async ({ store }) => {
      const reportOf = await end(store, { number: 1, outcome: 'failed' });
      await expect(commit(store, { number: 1, reportOf })).rejects.toThrow(StoreError);
      expect(await store.dueReports({ limit: 10 })).toHaveLength(1);
    });
  });

  describe('breakers()', () => {
    it('gives the last of each connection that was saved, also after a restart', async ({
      engine,
    }) => {
      const open = { ...closedBreaker, openUntil: start };
      await withStore(engine.open(), async (store) => {
        expect(await store.breakers()).toEqual(new Map());
        await store.saveBreaker('main', closedBreaker);
        await store.saveBreaker('main', open);
        await store.saveBreaker('spare', closedBreaker);
      });
      await using store = await engine.open();
      const expected = new Map([
        ['main', open],
        ['spare', closedBreaker],
      ]);
      expect(await store.breakers()).toEqual(expected);
    });
  });

  describe('bodyDigestsOf()', () => {
    it('gives each digest once, of messages whose client gave that Message-ID', async ({
      store,
    }) => {
      const given = [
        { messageId: '<a@example>', bodyDigest: 'one' },
        { messageId: '<a@example>', bodyDigest: 'one' },
        { messageId: '<new@relay>', reusedMessageId: '<a@example>', bodyDigest: 'two' },
        { messageId: '<b@example>', bodyDigest: 'three' },
        { messageId: '<a@example>' },
      ];
      for (const [number, message] of given.entries()) await commit(store, { number, message });
      expect((await store.bodyDigestsOf('<a@example>')).toSorted()).toEqual(['one', 'two']);
      expect(await store.bodyDigestsOf('<b@example>')).toEqual(['three']);
      expect(await store.bodyDigestsOf('<new@relay>')).toEqual([]);
      await store.act({ kind: 'remove' }, {});
      expect(await store.bodyDigestsOf('<a@example>')).toEqual([]);
    });
  });

  describe('find()', () => {
    it('tells all of a message, by its id or that of a delivery', async ({ store }) => {
      const message = await commit(store, { number: 1, deliveries: [{}, { state: 'held' }] });
      const first = await claimOne(store);
      const { attempt, change } = sampleResult(first, { outcome: outcomes.unsure });
      await store.record(first, attempt, { ...change, lookUps: 1 });
      const found = await store.find(message.id);
      expect(await store.find(`${message.id}1`)).toMatchObject({ message });
      expect(found?.message).toEqual(message);
      expect(found?.content && (await collect(found.content.read()))).toHaveLength(500);
      const summaries = (await list(store)).toReversed();
      const { dueAt } = change;
      const delivery = { ...first.delivery, state: 'unsure', lookUps: 1, dueAt };
      expect(found?.deliveries).toEqual([
        { ...summaries[0], delivery, mayHaveBeenSent: true, fence: 1, history: [attempt] },
        {
          ...summaries[1],
          delivery: expect.anything(),
          mayHaveBeenSent: false,
          fence: 0,
          history: [],
        },
      ]);
      expect(await store.find('unknown')).toBeUndefined();
    });

    it('tells each attempt, oldest first', async ({ store }) => {
      const { id } = await commit(store, { number: 1 });
      const times = [0, 1, 2].map((index) => start + index * day);
      for (const now of times) {
        const claimed = await claimOne(store, now);
        const { attempt, change } = sampleResult(claimed, { outcome: outcomes.deferred, now });
        await store.record(claimed, attempt, change);
      }
      const history = (await store.find(id))?.deliveries[0]?.history ?? [];
      expect(history.map(({ endedAt }) => endedAt)).toEqual(times);
    });
  });

  describe('list() with a filter', () => {
    const filters = [
      { name: 'client', filter: { client: 'wordpress' }, found: ['1', '2', '3', '4'] },
      { name: 'other client', filter: { client: 'word' }, found: [] },
      {
        name: 'ids of messages and deliveries',
        filter: { ids: [sampleId(20), `${sampleId(30)}0`, 'x'] },
        found: ['2', '3'],
      },
      { name: 'route', filter: { route: 'invoices' }, found: ['2'] },
      { name: 'connection', filter: { connection: 'spare' }, found: ['3'] },
      { name: 'state', filter: { state: 'held' as const }, found: ['4'] },
      { name: 'reverse-path', filter: { address: 'BOUNCES@' }, found: ['1'] },
      { name: 'From', filter: { address: 'shop@contoso' }, found: ['2'] },
      { name: 'forward-path', filter: { address: 'Someone@' }, found: ['1', '2', '3', '4'] },
      { name: 'subject', filter: { subject: 'GRÖßTE' }, found: ['3'] },
      { name: 'Message-ID', filter: { messageId: '<given@example>' }, found: ['1', '2'] },
      {
        name: 'time',
        filter: { receivedFrom: start + 20, receivedBefore: start + 40 },
        found: ['2', '3'],
      },
      {
        name: 'all that is given',
        filter: { messageId: '<given@example>', route: 'invoices' },
        found: ['2'],
      },
      { name: 'nothing', filter: { state: 'failed' as const }, found: [] },
    ];

    it.for(filters)('finds by $name', async ({ filter, found }, { store }) => {
      await commitForFilters(store);
      const numbers = (await list(store, filter)).map(numberOf);
      expect(numbers).toEqual(found.toReversed());
    });

    it('gives pages of what was found alone', async ({ store }) => {
      await commitForFilters(store);
      const first = await store.list({ messageId: '<given@example>', limit: 1 });
      expect(first.deliveries.map(numberOf)).toEqual(['2']);
      const before = first.next ?? '';
      const rest = await store.list({ messageId: '<given@example>', limit: 1, before });
      expect(rest.deliveries.map(numberOf)).toEqual(['1']);
      expect(rest).not.toHaveProperty('next');
    });
  });
}

/** What the store says of it. */
async function commitReport(
  store: Store,
  options: { readonly reportOf: string; readonly number: number; readonly bytes: Uint8Array },
): Promise<boolean> {
  const { reportOf, number, bytes } = options;
  const message = sampleMessage(number, { sizeBytes: bytes.length });
  const body = store.createBody(message.id);
  await body.write(bytes);
  return await store.commit(message, [sampleDelivery(message)], body, { reportOf });
}

function numberOf({ id }: DeliverySummary): string {
  return [1, 2, 3, 4].filter((number) => id.startsWith(sampleId(number * 10))).join();
}

async function commitForFilters(store: Store): Promise<void> {
  const from = start + 10;
  const { route } = sampleDelivery(sampleMessage(1));
  await commit(store, {
    number: 1,
    message: {
      receivedAt: from,
      messageId: '<given@example>',
      envelope: { ...sampleMessage(1).envelope, reversePath: address('bounces@contoso.com') },
    },
  });
  await commit(store, {
    number: 2,
    message: {
      receivedAt: from + 10,
      from: 'shop@contoso.com',
      messageId: '<new@relay>',
      reusedMessageId: '<given@example>',
    },
    deliveries: [{ route: { ...route, rule: 'invoices' } }],
  });
  await commit(store, {
    number: 3,
    message: { receivedAt: from + 20, subject: 'Die größte' },
    deliveries: [{ connection: 'spare' }],
  });
  await commit(store, {
    number: 4,
    message: { receivedAt: from + 30 },
    deliveries: [{ state: 'held' }],
  });
}

/** Commits the `number`th message and ends it. Returns the id of its delivery. */
async function end(
  store: Store,
  options: {
    readonly number: number;
    readonly outcome: 'failed' | 'delivered';
    readonly now?: number;
    readonly reportDue?: boolean;
  },
): Promise<string> {
  const { number, outcome, now = start, reportDue = true } = options;
  await commit(store, { number, message: { subject: String(number) } });
  const claimed = await claimOne(store);
  const { attempt, change } = sampleResult(claimed, { outcome: outcomes[outcome], now });
  await store.record(claimed, attempt, { ...change, reportDue });
  return claimed.delivery.id;
}
