// The contract of a Store: laws that hold whatever is done in whatever order, looked for with random operations.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Claim, DeliverySummary, Store } from '../../src/relay/ports.ts';
import { QueueModel } from './store-model.ts';
import {
  commit,
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
        { numRuns: 25 },
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
  const { attempt, change } = sampleResult(claim, { outcome: each.outcome, now });
  const expected = holds(trial, claim);
  const isRecorded = await store.record(claim, attempt, change);
  if (isRecorded) model.record(claim.delivery.id, { change, now });
  return differ('record()', isRecorded, expected ?? isRecorded);
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
  const list = await trial.store.list({ limit: 1000 });
  return [
    ...compareList(trial, list),
    ...(await compareFigures(trial, list)),
    ...(await compareNextDueAt(trial)),
  ];
}

function compareList({ model, now }: Trial, list: readonly DeliverySummary[]): string[] {
  // A store may notice late that a lease has ended: until then it says sending, after it unsure.
  const stateOf = ({ id, state }: Pick<DeliverySummary, 'id' | 'state'>) => {
    const known = model.find(id);
    const hasEnded = known.state === 'sending' && known.dueAt <= now;
    return hasEnded && state === 'unsure' ? 'sending' : state;
  };
  const plain = (each: Pick<DeliverySummary, 'id' | 'state' | 'attempts'>) =>
    `${each.id} ${stateOf(each)} ${each.attempts}`;
  return differ('list()', list.map(plain), model.deliveries.toReversed().map(plain));
}

async function compareFigures(
  { store }: Trial,
  list: readonly DeliverySummary[],
): Promise<string[]> {
  const { deliveries, bodyBytes, oldestReceivedAt = Infinity } = await store.figures();
  const kept = list.filter(({ state }) => state !== 'delivered');
  const open = kept.filter(({ state }) => state !== 'failed').map((each) => each.receivedAt);
  const bytes = kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const counts = Object.entries(deliveries).flatMap(([state, count]) =>
    differ(state, count, list.filter((each) => each.state === state).length),
  );
  return [
    ...counts,
    ...differ('bodyBytes', bodyBytes, bytes),
    ...differ('oldestReceivedAt', oldestReceivedAt, Math.min(...open)),
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
