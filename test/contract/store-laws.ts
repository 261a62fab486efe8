// The contract of a Store: laws that hold whatever is done in whatever order, looked for with random operations.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deliveryStates, type DeliveryChange } from '../../src/core/delivery.ts';
import {
  troubledStates,
  type Claim,
  type DeliveryFilter,
  type DeliverySummary,
  type Store,
} from '../../src/relay/ports.ts';
import { QueueModel } from './store-model.ts';
import {
  commit,
  findDelivery,
  lane,
  leaseMs,
  outcomes,
  sampleDelivery,
  sampleMessage,
  sampleResult,
  start,
} from './store-samples.ts';
import type { CreateStore, StoreUnderTest } from './store-under-test.ts';

const concurrency = 2;
const chosen = fc.nat({ max: 50 });

const newMail = fc.record({
  kind: fc.constant('commit' as const),
  lane: fc.constantFrom('a', 'b', 'c'),
  priority: fc.constantFrom('high' as const, 'normal' as const),
  state: fc.constantFrom('ready' as const, 'ready' as const, 'ready' as const, 'held' as const),
  delayMs: fc.constantFrom(0, 0, 500),
});
const result = fc.record({
  kind: fc.constant('record' as const),
  chosen,
  outcome: fc.constantFrom(...Object.values(outcomes)),
  moveTo: fc.constantFrom(undefined, undefined, undefined, 'a', 'b', 'd'),
  reportDue: fc.boolean(),
  stillInDoubt: fc.boolean(),
});
const action = fc.record({
  kind: fc.constant('act' as const),
  action: fc.constantFrom('retry' as const, 'hold' as const, 'release' as const, 'remove' as const),
  meant: fc.oneof(
    fc.record({ chosen }),
    fc.record({ lane: fc.constantFrom('a', 'b', 'd') }),
    fc.record({ state: fc.constantFrom(...deliveryStates) }),
  ),
});
const operation = fc.oneof(
  { weight: 6, arbitrary: newMail },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('claim' as const),
      limit: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 5, arbitrary: result },
  { weight: 3, arbitrary: action },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('replace' as const),
      chosen,
      lane: fc.constantFrom('a', 'd'),
      state: fc.constantFrom('ready' as const, 'unsure' as const, 'held' as const),
      inDoubt: fc.boolean(),
      staleBy: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('report' as const), isSent: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('renew' as const), chosen }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 500, 60_000, leaseMs),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sweep' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);
type ValueOf<T> = T extends fc.Arbitrary<infer Value> ? Value : never;
type Operation = ValueOf<typeof operation>;

export function describeLaws(createStore: CreateStore): void {
  describe('laws', () => {
    const name = 'no delivery is lost or claimed out of turn, and every figure agrees';
    test(name, { timeout: 120_000 }, async () => {
      const sequences = fc.array(operation, { minLength: 10, maxLength: 50, size: 'max' });
      await fc.assert(
        fc.asyncProperty(sequences, async (sequence) => {
          await using engine = await createStore();
          expect(await play(engine, sequence)).toEqual([]);
        }),
        { numRuns: 50 },
      );
    });
  });
}

/** What is done to a store, and to the model of one. */
interface Trial {
  readonly engine: StoreUnderTest;
  readonly model: QueueModel;
  readonly claims: Claim[];
  store: Store;
  now: number;
  messages: number;
}

/** Carries out the operations on both, up to the first after which they differ. How they differ. */
async function play(engine: StoreUnderTest, sequence: readonly Operation[]): Promise<string[]> {
  const store = await engine.open();
  const model = new QueueModel(concurrency);
  const trial: Trial = { engine, model, claims: [], store, now: start, messages: 0 };
  try {
    for (const [index, each] of sequence.entries()) {
      const differences = [...(await carryOut(trial, each)), ...(await compare(trial))];
      if (differences.length > 0) return [`after operation ${index}:`, ...differences];
    }
    return [];
  } finally {
    await trial.store[Symbol.asyncDispose]();
  }
}

async function carryOut(trial: Trial, each: Operation): Promise<string[]> {
  switch (each.kind) {
    case 'commit':
      return await commitNext(trial, each);
    case 'claim':
      return await claimSome(trial, each.limit);
    case 'record':
      return await recordOne(trial, each);
    case 'renew':
      return await renewOne(trial, each.chosen);
    case 'act':
      return await act(trial, each);
    case 'replace':
      return await replaceOne(trial, each);
    case 'report':
      return await report(trial, each);
    case 'sweep':
      return await sweepEnded(trial);
    case 'restart':
      return await restart(trial);
    case 'pass':
      trial.now += each.ms;
      return [];
  }
}

async function commitNext(trial: Trial, each: ValueOf<typeof newMail>): Promise<string[]> {
  const { store, model, now } = trial;
  trial.messages += 1;
  const number = trial.messages;
  const delivery = {
    lane: lane(each.lane),
    priority: each.priority,
    state: each.state,
    dueAt: now + each.delayMs,
    laneConcurrency: concurrency,
  };
  const message = { receivedAt: now };
  await commit(store, { number, message, deliveries: [delivery] });
  model.add(sampleDelivery(sampleMessage(number, message), delivery), now);
  return [];
}

async function claimSome({ store, model, claims, now }: Trial, limit: number): Promise<string[]> {
  const claimed = await store.claim({ limit, now, leaseMs });
  claims.push(...claimed);
  const next = (await store.nextDueAt()) ?? Infinity;
  const isBusy = claimed.length < limit && next <= now;
  return [
    ...model.claim(claimed, { limit, now, leaseMs }),
    ...(isBusy ? ['something is due that was not claimed'] : []),
  ];
}

async function recordOne(trial: Trial, each: ValueOf<typeof result>): Promise<string[]> {
  const { store, model, claims, now } = trial;
  const claim = claims[each.chosen % claims.length];
  if (claim === undefined) return [];
  const { attempt, change: plain } = sampleResult(claim, { outcome: each.outcome, now });
  const change = withExtras(plain, each);
  const expected = holds(trial, claim);
  const isRecorded = await store.record(claim, attempt, change);
  if (isRecorded) model.record(claim.delivery.id, { change, now });
  return differ('record()', isRecorded, expected ?? isRecorded);
}

/** What the delivery becomes, with all that a result may ask for beside. */
function withExtras(change: DeliveryChange, each: ValueOf<typeof result>): DeliveryChange {
  const isEnd = change.state === 'delivered' || change.state === 'failed';
  const { moveTo, reportDue, stillInDoubt } = each;
  return {
    ...change,
    ...(isEnd ? { reportDue } : {}),
    ...(change.state === 'failed' && { mayHaveBeenSent: stillInDoubt }),
    ...(moveTo !== undefined &&
      !isEnd && {
        move: { connection: moveTo, lane: lane(moveTo), laneConcurrency: concurrency },
      }),
  };
}

async function act(
  { store, model, now }: Trial,
  { action: kind, meant }: ValueOf<typeof action>,
): Promise<string[]> {
  const chosenId =
    'chosen' in meant ? model.deliveries[meant.chosen % model.deliveries.length]?.id : undefined;
  const filter: DeliveryFilter = {
    ...('chosen' in meant && { ids: [chosenId ?? 'none'] }),
    ...('lane' in meant && { lane: lane(meant.lane) }),
    ...('state' in meant && { state: meant.state }),
  };
  const changed = await store.act({ kind, now }, filter);
  return differ(`act(${kind})`, changed, model.act({ kind, now }, filter));
}

async function replaceOne(
  trial: Trial,
  each: Extract<Operation, { readonly kind: 'replace' }>,
): Promise<string[]> {
  const { store, model, now } = trial;
  const old = model.deliveries[each.chosen % model.deliveries.length];
  if (old === undefined) return [];
  const message = { ...sampleMessage(0), id: old.id.slice(0, -1), receivedAt: old.receivedAt };
  const position = Number(old.id.slice(-1)) + 1;
  const { state, inDoubt, staleBy } = each;
  const change = { position, lane: lane(each.lane), state, laneConcurrency: concurrency };
  const mayHaveBeenSent = state === 'unsure' || (state === 'held' && inDoubt);
  const delivery = sampleDelivery(message, { ...change, dueAt: now, mayHaveBeenSent });
  const seen = await findDelivery(store, old.id);
  const fence = seen.fence - staleBy;
  const isReplaced = await store.replace(old.id, [delivery], { ...seen, fence });
  const expected = model.replace(old.id, delivery, { isStale: staleBy > 0 });
  return differ('replace()', isReplaced, expected);
}

async function report(trial: Trial, { isSent }: { readonly isSent: boolean }): Promise<string[]> {
  const { store, model, now } = trial;
  const due = (await store.dueReports({ limit: 1000 })).map(({ delivery }) => delivery.id);
  const expected = model.dueReports();
  const [first] = due;
  if (first !== undefined && isSent) {
    trial.messages += 1;
    const message = { receivedAt: now, isReport: true };
    const body = { number: trial.messages, message, reportOf: first };
    for (let again = 0; again < 2; again++) await commit(store, body);
    model.add(sampleDelivery(sampleMessage(trial.messages, message), { laneConcurrency: 4 }), now);
  } else if (first !== undefined) {
    await store.dismissReport(first);
  }
  if (first !== undefined) model.find(first).reportDue = false;
  return differ('dueReports()', due.toSorted(), expected.toSorted());
}

async function renewOne(trial: Trial, choice: number): Promise<string[]> {
  const { store, model, claims, now } = trial;
  const claim = claims[choice % claims.length];
  if (claim === undefined) return [];
  const expected = holds(trial, claim);
  const isRenewed = await store.renew(claim, now + leaseMs);
  if (isRenewed) model.find(claim.delivery.id).dueAt = now + leaseMs;
  return differ('renew()', isRenewed, expected ?? isRenewed);
}

/** Whether the claim is still good. Undefined where its lease has ended, which nobody may have noticed. */
function holds(
  { model, claims, now }: Trial,
  { delivery: { id }, fence }: Claim,
): boolean | undefined {
  const isNewest = claims.every((each) => each.delivery.id !== id || each.fence <= fence);
  const found = model.deliveries.find((each) => each.id === id);
  if (!isNewest || found?.state !== 'sending') return false;
  return found.dueAt > now ? true : undefined;
}

async function sweepEnded({ store, model, now }: Trial): Promise<string[]> {
  const swept = await store.sweep({ deliveredBefore: now + 1, failedBefore: now + 1 });
  return differ('sweep()', swept, model.sweep(now + 1));
}

async function restart(trial: Trial): Promise<string[]> {
  await trial.store[Symbol.asyncDispose]();
  trial.store = await trial.engine.open();
  trial.model.restart();
  return [];
}

async function compare(trial: Trial): Promise<string[]> {
  const { deliveries: list } = await trial.store.list({ limit: 1000 });
  return [
    ...compareList(trial, list),
    ...(await compareFigures(trial, list)),
    ...(await compareNextDueAt(trial)),
  ];
}

type Listed = Pick<DeliverySummary, 'id' | 'state' | 'attempts' | 'lane'>;

function compareList({ model, now }: Trial, list: readonly DeliverySummary[]): string[] {
  // A store may notice late that a lease has ended: until then it says sending, after it unsure.
  for (const { id, state } of list) {
    if (state === 'unsure') model.noticeEnd(id, now);
  }
  const plain = ({ id, state, attempts, lane: key }: Listed) => `${id} ${state} ${attempts} ${key}`;
  return differ('list()', list.map(plain), model.deliveries.toReversed().map(plain));
}

async function compareFigures(
  { store }: Trial,
  list: readonly DeliverySummary[],
): Promise<string[]> {
  const {
    deliveries,
    bodyBytes,
    oldestReceivedAt = Infinity,
    oldestByState,
  } = await store.figures();
  const kept = list.filter(({ state }) => state !== 'delivered');
  const open = kept.filter(({ state }) => state !== 'failed').map((each) => each.receivedAt);
  const bytes = kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const oldest = troubledStates.flatMap((state) => {
    const first = list.findLast((each) => each.state === state);
    return first ? [[state, first.receivedAt] as const] : [];
  });
  const counts = Object.entries(deliveries).flatMap(([state, count]) =>
    differ(state, count, list.filter((each) => each.state === state).length),
  );
  return [
    ...counts,
    ...differ('bodyBytes', bodyBytes, bytes),
    ...differ('oldestReceivedAt', oldestReceivedAt, Math.min(...open)),
    ...differ('oldestByState', oldestByState, Object.fromEntries(oldest)),
  ];
}

async function compareNextDueAt({ store, model, now }: Trial): Promise<string[]> {
  const earliest = model.earliest(now);
  const next = (await store.nextDueAt()) ?? Infinity;
  const isLate = next > Math.max(earliest, now);
  const isNeedless = earliest === Infinity && next !== Infinity;
  return isLate || isNeedless ? [`nextDueAt() is ${next} where ${earliest} is the earliest`] : [];
}

function differ(what: string, actual: unknown, expected: unknown): string[] {
  if (isDeepStrictEqual(actual, expected)) return [];
  return [`${what} is ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`];
}
