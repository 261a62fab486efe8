// The way to PostgreSQL fails at every step, or the server does: what was said holds, and all goes on by itself.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreError, type Claim, type Store } from '../src/relay/ports.ts';
import type { PostgresStore } from '../src/store/postgres/postgres-store.ts';
import {
  claim,
  claimOne,
  commit,
  list,
  outcomes,
  record,
  sampleBytes,
  sampleDelivery,
  sampleId,
  sampleMessage,
  sampleResult,
} from './contract/store-samples.ts';
import { startCuttingProxy, type CuttingProxy } from './support/cutting-proxy.ts';
import { PostgresEngines, type PostgresUnderTest } from './support/postgres-under-test.ts';
import { startPostgres, type TestPostgres } from './support/postgres.ts';
import { until } from './support/until.ts';

let postgres: TestPostgres;
let engines: PostgresEngines;
beforeAll(async () => {
  postgres = await startPostgres();
  engines = new PostgresEngines(postgres);
});
afterAll(async () => {
  await engines[Symbol.asyncDispose]();
});

describe('a connection that is cut', () => {
  test.each([400, 600_000])(
    'at any message of an accept of %i bytes: what was answered is there once, the rest is not',
    async (sizeBytes) => {
      await using engine = await engines.create();
      await using direct = await engine.open();
      const told: string[] = [];
      for (let message = 0; ; message++) {
        await using cut = await openCut(engine);
        cut.proxy.cutAt(message);
        const number = message + 1;
        const bytes = sampleBytes(sizeBytes, number);
        const isAccepted = await succeeds(() => commit(cut.store, { number, bytes }));
        if (isAccepted) told.push(sampleId(number * 10));
        const found = await list(direct);
        expect(found.map(({ messageId }) => messageId).toSorted()).toEqual(told.toSorted());
        if (!cut.proxy.hasCut()) break;
      }
      expect(told.length).toBeGreaterThan(1);
      expect((await direct.figures()).bodyBytes).toBe(told.length * sizeBytes);
      expect(await engine.countStrayBodies()).toBe(0);
    },
  );

  test('at any message of a report: what was said of it holds, and it is there once', async () => {
    await using engine = await engines.create();
    await using direct = await engine.open();
    let number = 0;
    for (let message = 0; ; message++) {
      await using cut = await openCut(engine);
      const reportOf = await endOne(direct, (number += 1));
      cut.proxy.cutAt(message);
      const report = sampleMessage((number += 1));
      const body = cut.store.createBody(report.id);
      const written = await cut.store
        .commit(report, [sampleDelivery(report, { state: 'held' })], body, { reportOf })
        .catch(() => false);
      expect(written).toBe((await direct.find(report.id)) !== undefined);
      expect(await direct.dueReports({ limit: 10 })).toHaveLength(written ? 0 : 1);
      await direct.act({ kind: 'remove' }, {});
      if (!cut.proxy.hasCut()) break;
    }
    expect(number).toBeGreaterThan(4);
  });

  test('at any message of claims and records: each is sent once, and none is in doubt', async () => {
    await using engine = await engines.create();
    await using direct = await engine.open();
    let messages = 0;
    for (let message = 0; ; message++) {
      await using cut = await openCut(engine);
      for (let count = 0; count < 3; count++) await commit(direct, { number: (messages += 1) });
      cut.proxy.cutAt(message);
      const sent = await sendAll(cut.store);
      expect(sent.map(({ mayHaveBeenSent }) => mayHaveBeenSent)).toEqual([false, false, false]);
      expect(sent.map(({ delivery }) => delivery.attempts)).toEqual([1, 1, 1]);
      const figures = await direct.figures();
      expect(figures).toMatchObject({ deliveries: { delivered: messages }, bodyBytes: 0 });
      if (!cut.proxy.hasCut()) break;
    }
    expect(messages).toBeGreaterThan(3);
  });

  test('at every answer to a commit: it is refused, and taken back when the way is free', async () => {
    await using engine = await engines.create();
    await using direct = await engine.open();
    await using cut = await openCut(engine);
    cut.proxy.deafen();
    await expect(commit(cut.store, { number: 1 })).rejects.toMatchObject({ fault: 'away' });
    await until(async () => (await list(direct)).length === 1);
    cut.proxy.heal();
    expect(await claim(cut.store)).toEqual([]);
    expect(await list(direct)).toEqual([]);
    expect((await direct.figures()).bodyBytes).toBe(0);
  });

  test('by the server while nobody uses it: the next question has another', async () => {
    await using engine = await engines.create();
    await using store = await engine.open();
    for (let round = 1; round <= 3; round++) {
      await Promise.all([1, 2, 3].map((each) => commit(store, { number: round * 10 + each })));
      await engine.database.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
    }
    await until(() => succeeds(() => store.figures()));
    expect((await store.figures()).deliveries.ready).toBe(9);
  });
});

describe('a server that is restarted', () => {
  test('in the middle of everything: what was said holds, and all goes on by itself', async () => {
    await using engine = await engines.create();
    await using store = await engine.open();
    const accepted = new Set<string>();
    const delivered = new Set<string>();
    let isOver = false;
    const clients = [1, 2, 3, 4].map(async (client) => {
      for (let count = 0; !isOver; count++) {
        const number = client * 10_000 + count;
        const bytes = sampleBytes(count % 5 === 0 ? 300_000 : 400, number);
        const isAccepted = await succeeds(() => commit(store, { number, bytes }));
        if (isAccepted) accepted.add(sampleId(number * 10));
      }
    });
    const sender = (async () => {
      while (!isOver) {
        for (const each of await sendSome(store)) delivered.add(each.message.id);
      }
    })();
    await until(() => accepted.size > 20 && delivered.size > 5);
    await postgres.restart();
    const before = accepted.size;
    await until(() => accepted.size > before + 20);
    isOver = true;
    await Promise.all([...clients, sender]);
    for (const each of await sendAll(store)) delivered.add(each.message.id);
    const found = await list(store);
    const missing = [...accepted].filter((id) => !found.some((each) => each.messageId === id));
    expect(missing).toEqual([]);
    const undelivered = found.filter(({ state }) => state !== 'delivered');
    expect(undelivered).toEqual([]);
    expect(found.map(({ messageId }) => messageId).toSorted()).toEqual([...delivered].toSorted());
  });
});

/** Commits a message and ends it, so that its report is due. Returns the id of its delivery. */
async function endOne(store: Store, number: number): Promise<string> {
  await commit(store, { number });
  const ending = await claimOne(store);
  const { attempt, change } = sampleResult(ending, { outcome: outcomes.failed });
  await store.record(ending, attempt, { ...change, reportDue: true });
  return ending.delivery.id;
}

/** A store whose connections can be cut; those that it needs first are there. */
async function openCut(
  engine: PostgresUnderTest,
): Promise<AsyncDisposable & { readonly store: PostgresStore; readonly proxy: CuttingProxy }> {
  const stack = new AsyncDisposableStack();
  const proxy = stack.use(await startCuttingProxy(engine.database.url));
  const store = stack.use(
    await engine.open({
      url: proxy.url,
      wait: (ms) => new Promise((r) => setTimeout(r, ms / 20).unref()),
    }),
  );
  // What it does by itself after it was opened must not be what is cut.
  await store.sweep({ deliveredBefore: 0, failedBefore: 0 });
  stack.defer(() => proxy.heal());
  return { store, proxy, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Whether it did not reject; it may reject with StoreError alone. */
async function succeeds(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return false;
  }
}

/** Claims and delivers until nothing is left. The claims, each once. */
async function sendAll(store: Store): Promise<Claim[]> {
  const sent: Claim[] = [];
  for (;;) {
    const some = await sendSome(store);
    if (some.length === 0 && (await nothingWaits(store))) return sent;
    sent.push(...some);
  }
}

async function nothingWaits(store: Store): Promise<boolean> {
  const { deliveries } = await persist(() => store.figures());
  return deliveries.ready + deliveries.unsure + deliveries.sending === 0;
}

async function sendSome(store: Store): Promise<readonly Claim[]> {
  const claims = await persist(() => claim(store));
  for (const each of claims) {
    // A claim that was given out is this process's alone, so its result is always taken.
    expect(await persist(() => record(store, { claim: each, outcome: outcomes.delivered }))).toBe(
      true,
    );
  }
  return claims;
}

/** Asks until it is answered, as the gateway does. */
async function persist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }
}
