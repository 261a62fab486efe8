// The contract of a Store: wherever one step of the storage fails, nothing is half there, and what follows works.
import { describe, expect, test } from 'vitest';
import { StoreError, type Claim, type DeliverySummary, type Store } from '../../src/relay/ports.ts';
import {
  claim,
  collect,
  commit,
  lane,
  outcomes,
  sampleBytes,
  sampleDelivery,
  sampleId,
  sampleMessage,
  sampleResult,
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
  /** Ids of messages by what became of their one delivery. */
  readonly delivered: Set<string>;
  readonly failed: Set<string>;
  readonly held: Set<string>;
  /** Ids of deliveries that stand in the place of others. */
  readonly replacements: Set<string>;
  /** Ids of deliveries whose report is not due any more. */
  readonly reported: Set<string>;
}

function nothingTold(): Told {
  return {
    committed: new Set(),
    delivered: new Set(),
    failed: new Set(),
    held: new Set(),
    replacements: new Set(),
    reported: new Set(),
  };
}

/** False when the scenario ends before it reaches the step. */
async function survives(
  createStore: CreateStore,
  { step, fault }: { readonly step: number; readonly fault: 'full' | 'away' },
): Promise<boolean> {
  await using engine = await createStore();
  const told = nothingTold();
  const failing = await engine.openFailing(step, fault);
  {
    await using store = failing.store;
    await exchange(store, { told, from: 1 });
    await expectTold(store, told);
    if (!failing.hasFailed()) return false;
    await exchange(store, { told, from: 11 });
    const numbers = [...told.committed].filter((number) => number > 10);
    expect(new Set(numbers)).toEqual(new Set([11, 12, 13, 14, 15]));
    await expectTold(store, told);
  }
  await expectSound(engine, told);
  return true;
}

/**
 * Commits four messages at once, one of them in chunks; takes one out again, holds one and replaces one; claims, and
 * records what it gets; and reports on the one that fails. Any call may fail.
 */
async function exchange(store: Store, { told, from }: { told: Told; from: number }): Promise<void> {
  const numbers = [from, from + 1, from + 2, from + 3];
  await Promise.all([...numbers, from + 5].map((number) => commitOne(store, { told, number })));
  await operate(store, { told, from });
  await attempted(async () => {
    for (const each of await claim(store)) await endOne(store, { told, each });
  });
  await attempted(async () => {
    for (const { delivery } of await store.dueReports({ limit: 1 })) {
      await commitOne(store, { told, number: from + 4, reportOf: delivery.id });
    }
  });
  await attempted(async () => {
    await store.sweep({ deliveredBefore: 0, failedBefore: 0 });
  });
}

async function commitOne(
  store: Store,
  { told, number, reportOf }: { told: Told; number: number; reportOf?: string },
): Promise<void> {
  await attempted(async () => {
    const report = reportOf === undefined ? {} : { reportOf };
    await commit(store, { number, bytes: bytesOf(number), ...report });
    told.committed.add(number);
    if (reportOf !== undefined) told.reported.add(reportOf);
  });
}

/** What an operator does: to the first message, the fourth, and the sixth. */
async function operate(store: Store, { told, from }: { told: Told; from: number }): Promise<void> {
  await attempted(async () => {
    const message = sampleMessage(from);
    const replacement = sampleDelivery(message, { position: 1, lane: lane('b') });
    const seen = { fence: 0, state: 'ready' } as const;
    const isReplaced = await store.replace(`${message.id}0`, [replacement], seen);
    if (isReplaced) told.replacements.add(replacement.id);
  });
  await attempted(async () => {
    const { id } = sampleMessage(from + 3);
    if ((await store.act({ kind: 'hold' }, { ids: [id] })) > 0) told.held.add(id);
  });
  await attempted(async () => {
    const { id } = sampleMessage(from + 5);
    if ((await store.act({ kind: 'remove' }, { ids: [id] })) > 0) told.committed.delete(from + 5);
  });
}

/** Every second fails, and its sender is to know. */
async function endOne(store: Store, { told, each }: { told: Told; each: Claim }): Promise<void> {
  await attempted(async () => {
    const number = numberOf(each.message.id, told);
    const state = number % 10 === 2 ? 'failed' : 'delivered';
    const { attempt, change } = sampleResult(each, { outcome: outcomes[state] });
    const isRecorded = await store.record(each, attempt, {
      ...change,
      reportDue: state === 'failed',
    });
    if (isRecorded) told[state].add(each.message.id);
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
  const { deliveries: list } = await again(() => store.list({ limit: 100 }));
  const ids = [...told.committed].map((number) => sampleId(number * 10)).toSorted();
  expect(list.map(({ messageId }) => messageId).toSorted()).toEqual(ids);
  for (const state of ['delivered', 'failed', 'held'] as const) {
    const found = list.filter((each) => each.state === state);
    expect(new Set(found.map(({ messageId }) => messageId))).toEqual(told[state]);
  }
  const replacements = list.filter(({ id }) => id.endsWith('1'));
  expect(new Set(replacements.map(({ id }) => id))).toEqual(told.replacements);
  const due = await again(() => store.dueReports({ limit: 100 }));
  const failed = list.filter(({ state }) => state === 'failed').map(({ id }) => id);
  expect(due.map(({ delivery }) => delivery.id).toSorted()).toEqual(
    failed.filter((id) => !told.reported.has(id)).toSorted(),
  );
  await expectFigures(store, list);
}

async function expectFigures(store: Store, list: readonly DeliverySummary[]): Promise<void> {
  const { deliveries, bodyBytes } = await again(() => store.figures());
  for (const [state, count] of Object.entries(deliveries)) {
    expect([state, count]).toEqual([state, list.filter((each) => each.state === state).length]);
  }
  const left = list.filter(({ state }) => state !== 'delivered');
  expect(bodyBytes).toBe(left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
}

/** After a restart, with a storage that works. */
async function expectSound(engine: StoreUnderTest, told: Told): Promise<void> {
  {
    const working = await engine.openFailing(Infinity, 'away');
    await using store = working.store;
    await expectTold(store, told);
    const claims = await claim(store);
    const ended = told.delivered.size + told.failed.size + told.held.size;
    expect(claims).toHaveLength(told.committed.size - ended);
    for (const { message, content } of claims) {
      const bytes = bytesOf(numberOf(message.id, told));
      expect((await collect(content.read())).equals(bytes)).toBe(true);
    }
  }
  expect(await engine.countStrayBodies()).toBe(0);
}

/** Every third body is of three chunks. */
function bytesOf(number: number): Uint8Array {
  return sampleBytes(number % 10 === 3 ? 600_000 : 400, number);
}

function numberOf(messageId: string, told: Told): number {
  return [...told.committed].find((each) => sampleId(each * 10) === messageId) ?? 0;
}
