// Several processes on one queue in PostgreSQL: none claims what another has, lanes hold over all, and a dead one is seen.
import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Claim, Store } from '../src/relay/ports.ts';
import { figureShards } from '../src/store/postgres/tables.ts';
import {
  claim,
  claimOne,
  commit,
  lane,
  leaseMs,
  outcomes,
  record,
  sampleBytes,
  start,
} from './contract/store-samples.ts';
import { PostgresEngines, type PostgresUnderTest } from './support/postgres-under-test.ts';
import { startPostgres } from './support/postgres.ts';
import { until } from './support/until.ts';

let engines: PostgresEngines;
beforeAll(async () => {
  engines = new PostgresEngines(await startPostgres());
});
afterAll(async () => {
  await engines[Symbol.asyncDispose]();
});

describe('replicas', () => {
  test('send everything once, and no lane has ever more in flight than it may', async () => {
    await using engine = await engines.create();
    const flights = new Flights();
    const messages = 240;
    const stores = await Promise.all([1, 2, 3].map(() => engine.open()));
    const replicas = stores.map((store) => sendUntil(store, { flights, messages }));
    await Promise.all(
      Array.from({ length: messages }, async (_, number) => {
        const of = number % flights.limits.length;
        const delivery = { lane: lane(`l${of}`), laneConcurrency: flights.limits[of] ?? 1 };
        const store = stores[number % stores.length];
        if (store) await commit(store, { number, deliveries: [delivery] });
      }),
    );
    await Promise.all(replicas);
    expect(flights.violations).toEqual([]);
    expect(new Set(flights.sent).size).toBe(messages);
    expect(flights.sent).toHaveLength(messages);
    for (const store of stores) {
      expect(await claim(store)).toEqual([]);
      expect((await store.figures()).deliveries).toMatchObject({ delivered: messages, ready: 0 });
      await store[Symbol.asyncDispose]();
    }
  });

  test('a message is never forgotten in a lane that another has made while it waited for one', async () => {
    await using engine = await engines.create();
    await using pair = await openTwo(engine);
    const { first, second } = pair;
    const [old, made] = [{ lane: lane('old') }, { lane: lane('made') }];
    await commit(first, { number: 1, deliveries: [old] });
    await record(first, { claim: await claimOne(first), outcome: outcomes.delivered });
    await using other = await holdOldLane(engine);
    const waits = commit(first, { number: 2, deliveries: [old, made] });
    await other.stopAtItsEnd();
    // Where the first has made the lane, this one waits for it.
    const beside = commit(second, { number: 3, deliveries: [made] });
    await Promise.race([beside, setTimeout(300)]);
    await other.letItLock();
    for (const each of await claim(second)) {
      await record(second, { claim: each, outcome: outcomes.delivered });
    }
    await other.letItEnd();
    await Promise.all([waits, beside]);
    const left = await claim(second, { now: start + 60_000 });
    const done = (await second.figures()).deliveries.delivered;
    expect(left.length + done).toBe(4);
  });

  test('a pause that one met holds for all', async () => {
    await using engine = await engines.create();
    await using pair = await openTwo(engine);
    const { first, second } = pair;
    for (const number of [1, 2]) await commit(first, { number });
    await record(first, { claim: await claimOne(first), outcome: outcomes.throttled });
    expect(await claim(second, { now: start + 59_999 })).toEqual([]);
    expect(await claim(second, { now: start + 60_000 })).toHaveLength(2);
  });

  test('what one that vanished was sending is unsure for the others, once its lease has ended', async () => {
    await using engine = await engines.create();
    await using pair = await openTwo(engine);
    const { first, second } = pair;
    await commit(first, { number: 1, bytes: sampleBytes(600_000, 1) });
    const lost = await claimOne(first);
    await first.abandon();
    expect(await claim(second, { now: start + leaseMs - 1 })).toEqual([]);
    const taken = await claimOne(second, start + leaseMs);
    expect(taken).toMatchObject({ mayHaveBeenSent: true, delivery: { attempts: 2 } });
    expect(await second.renew(lost, start + 9 * leaseMs)).toBe(false);
    expect(await record(second, { claim: lost, outcome: outcomes.failed })).toBe(false);
    expect(await record(second, { claim: taken, outcome: outcomes.delivered })).toBe(true);
  });

  test('one that ends gives the others what it had claimed at once', async () => {
    await using engine = await engines.create();
    await using pair = await openTwo(engine);
    const { first, second } = pair;
    await commit(first, { number: 1 });
    await claimOne(first);
    expect(await claim(second)).toEqual([]);
    await first[Symbol.asyncDispose]();
    expect(await claimOne(second)).toMatchObject({ mayHaveBeenSent: true });
  });

  test('a body that another is receiving stays, and goes when that one has been dead for long', async () => {
    await using engine = await engines.create();
    await using pair = await openTwo(engine);
    const { first, second } = pair;
    await first.createBody('half').write(sampleBytes(600_000, 1));
    await sweepAll(second);
    expect(await engine.countStrayBodies()).toBe(1);
    await first.abandon();
    await engine.database.query(
      `UPDATE graphpost.instance SET seen_at = now() - interval '1 hour'`,
    );
    await second[Symbol.asyncDispose]();
    await (await engine.open())[Symbol.asyncDispose]();
    expect(await engine.countStrayBodies()).toBe(0);
  });

  test('a body whose chunks were taken from it is refused', async () => {
    await using engine = await engines.create();
    await using store = await engine.open();
    const body = store.createBody('frozen');
    await body.write(sampleBytes(600_000, 1));
    await engine.database.query('DELETE FROM graphpost.incoming_body');
    await expect(body.write(sampleBytes(300_000, 1))).rejects.toMatchObject({ fault: 'away' });
    await engine.database.query('DELETE FROM graphpost.chunk');
  });

  test.each([60_000, -60_000])(
    'one whose clock is off by %i ms claims nothing, and says why',
    async (skewMs) => {
      await using engine = await engines.create();
      await using store = await engine.open({ now: () => Date.now() + skewMs });
      await commit(store, { number: 1 });
      await expect(claim(store)).rejects.toMatchObject({
        name: 'StoreError',
        message: expect.stringContaining('clock'),
      });
      await using right = await engine.open();
      expect(await claim(right)).toHaveLength(1);
    },
  );
});

describe('the work of a question', () => {
  test('is the same with 100 and with 20,000 deliveries waiting, in 10 and in 2,000 lanes', async () => {
    await using engine = await engines.create();
    await using store = await engine.open();
    await commit(store, { number: 1 });
    await fillBySql(engine, { deliveries: 100, lanes: 10 });
    const few = await blocksRead(engine);
    await fillBySql(engine, { deliveries: 20_000, lanes: 2_000 });
    const many = await blocksRead(engine);
    for (const [question, blocks] of Object.entries(many)) {
      expect([question, blocks <= 1.5 * (few[question] ?? 0) + 100]).toEqual([question, true]);
    }
  });
});

/** Rows that no store wrote, because writing so many by one takes its time. */
async function fillBySql(
  { database }: PostgresUnderTest,
  { deliveries, lanes }: { readonly deliveries: number; readonly lanes: number },
): Promise<void> {
  await database.query(`
    INSERT INTO graphpost.lane (key, concurrency, due_at, turn, used_at)
      SELECT 'lane ' || each, 4, ${start}, nextval('graphpost.lane_turn'), ${start}
        FROM generate_series(1, ${lanes}) AS each ON CONFLICT DO NOTHING;
    INSERT INTO graphpost.message (number, id, size_bytes, document)
      SELECT -each - ${deliveries}, '${deliveries}-' || each, 0, '{}' FROM generate_series(1, ${deliveries}) AS each;
    INSERT INTO graphpost.delivery
      (id, message, lane, priority, state, received_at, ages_from, due_at, connection, route)
      SELECT message.id || '-0', message.number, lane.number, 1, 'ready', ${start}, ${start}, ${start}, 'main', '{}'
        FROM graphpost.message JOIN graphpost.lane ON lane.key = 'lane ' || (1 - message.number % ${lanes})
       WHERE message.id LIKE '${deliveries}-%'`);
}

/** Blocks that PostgreSQL looks at for one question of each kind, over a connection that has nothing prepared yet. */
async function blocksRead({ database }: PostgresUnderTest): Promise<Record<string, number>> {
  const message = { receivedAt: start, sizeBytes: 0, document: '{}', chunksStored: 0, crc32: 0 };
  const delivery = {
    lane: lane('x'),
    concurrency: 4,
    state: 'ready',
    priority: 1,
    connection: 'main',
  };
  const id = `new-${Date.now()}`;
  const deliveries = [{ ...delivery, id: `${id}-0`, route: '{}' }];
  const questions = {
    accept: `graphpost.accept('${JSON.stringify({ ...message, id, deliveries })}', '')`,
    claim: `graphpost.claim(4, ${start}, 1000, 'nobody', 1)`,
    sweep: `graphpost.sweep(0, ${start}, ${start}, false)`,
  };
  const blocks: Record<string, number> = {};
  for (const [name, question] of Object.entries(questions)) {
    const [row] = await database.query(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM ${question}`,
    );
    const text = JSON.stringify(row);
    const read = (key: string) => Number(new RegExp(`"${key}":(\\d+)`).exec(text)?.[1]);
    blocks[name] = read('Shared Hit Blocks') + read('Shared Read Blocks');
    expect(blocks[name]).toBeGreaterThan(0);
  }
  return blocks;
}

/** What replicas have in flight, seen from outside all of them. */
class Flights {
  /** How many deliveries each lane may have in flight. */
  readonly limits = [1, 2, 3, 4];
  readonly violations: string[] = [];
  readonly sent: string[] = [];
  readonly #inFlight = new Map<string, number>();

  begin({ delivery }: Claim): void {
    const limit = this.limits[Number(delivery.lane.at(-1))] ?? 0;
    const count = (this.#inFlight.get(delivery.lane) ?? 0) + 1;
    this.#inFlight.set(delivery.lane, count);
    if (count > limit) this.violations.push(`${count} in flight in "${delivery.lane}"`);
  }

  end({ delivery }: Claim): void {
    this.#inFlight.set(delivery.lane, (this.#inFlight.get(delivery.lane) ?? 0) - 1);
    this.sent.push(delivery.id);
  }
}

/** One replica: claims a few, and has each in flight while it does other things, until everything was sent. */
async function sendUntil(
  store: Store,
  { flights, messages }: { readonly flights: Flights; readonly messages: number },
): Promise<void> {
  while (flights.sent.length < messages) {
    const claims = await claim(store, { limit: 5 });
    for (const each of claims) flights.begin(each);
    await store.figures();
    await Promise.all(
      claims.map(async (each) => {
        // In flight no more before the store knows, or it could give the place away first.
        flights.end(each);
        expect(await record(store, { claim: each, outcome: outcomes.delivered })).toBe(true);
      }),
    );
  }
}

async function openTwo(engine: PostgresUnderTest) {
  const stack = new AsyncDisposableStack();
  const first = stack.use(await engine.open());
  const second = stack.use(await engine.open());
  return { first, second, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Holds the only lane as a sweep does, so that a commit to it waits, and lets it go on to its last step, and then to its end. */
async function holdOldLane({ database }: PostgresUnderTest) {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `SELECT pg_advisory_lock(graphpost.lane_lock_class(), number) FROM graphpost.lane`,
  );
  const waiting = async (type: string) =>
    await database.query(`SELECT pid FROM pg_locks WHERE NOT granted AND locktype = '${type}'`);
  const untilOneWaits = (type: string) => until(async () => (await waiting(type)).length > 0);
  return {
    async stopAtItsEnd() {
      await untilOneWaits('advisory');
      const [row] = await waiting('advisory');
      await client.query('BEGIN');
      await client.query(
        `SELECT FROM graphpost.figures WHERE shard = ${Number(row?.['pid'])} % ${figureShards} FOR UPDATE`,
      );
    },
    async letItLock() {
      await client.query('SELECT pg_advisory_unlock_all()');
      await untilOneWaits('transactionid');
    },
    async letItEnd() {
      await client.query('COMMIT');
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

async function sweepAll(store: Store): Promise<void> {
  await store.sweep({ deliveredBefore: start * 2, failedBefore: start * 2 });
}
