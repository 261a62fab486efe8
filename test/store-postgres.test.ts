// The PostgreSQL engine passes the contract of a Store, makes its own tables, and stands damage.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  claim,
  claimOne,
  collect,
  commit,
  list,
  outcomes,
  sampleBytes,
  sampleId,
  sampleResult,
  start,
} from './contract/store-samples.ts';
import { withStore } from './contract/store-under-test.ts';
import { describeStore } from './contract/store.ts';
import { PostgresEngines } from './support/postgres-under-test.ts';
import { startPostgres } from './support/postgres.ts';

let engines: PostgresEngines;
beforeAll(async () => {
  engines = new PostgresEngines(await startPostgres());
});
afterAll(async () => {
  await engines[Symbol.asyncDispose]();
});

const day = 86_400_000;

describeStore('PostgresStore', () => engines.create());

describe('openPostgresStore()', () => {
  test('of many at once on an empty database, one makes the tables and all work', async () => {
    await using engine = await engines.create();
    await engine.database.query('DROP SCHEMA IF EXISTS graphpost CASCADE');
    const stores = await Promise.all([1, 2, 3, 4].map(() => engine.open()));
    await Promise.all(stores.map((store, number) => commit(store, { number })));
    for (const store of stores) {
      expect((await store.figures()).deliveries.ready).toBe(4);
      await store[Symbol.asyncDispose]();
    }
  });

  test('refuses tables of a newer version and leaves them alone', async () => {
    await using engine = await engines.create();
    await withStore(engine.open(), (store) => commit(store, { number: 1 }));
    await engine.database.query('UPDATE graphpost.schema_version SET version = 99');
    await expect(engine.open()).rejects.toMatchObject({
      name: 'StoreError',
      fault: 'away',
      message: expect.stringContaining('newer Graphpost (schema 99'),
    });
    const [row] = await engine.database.query('SELECT version FROM graphpost.schema_version');
    expect(row).toEqual({ version: 99 });
    await engine.database.query('DROP SCHEMA graphpost CASCADE');
  });

  test('says what to do where its user may not make the schema', async () => {
    await using engine = await engines.create();
    const { database } = engine;
    await database.query('DROP SCHEMA IF EXISTS graphpost CASCADE');
    const role = `nobody_${process.pid}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'nothing'`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'nothing';
    await expect(engine.open({ url: url.href })).rejects.toMatchObject({
      fault: 'away',
      message: expect.stringContaining('CREATE SCHEMA graphpost AUTHORIZATION'),
    });
    await database.query(`CREATE SCHEMA graphpost AUTHORIZATION ${role}`);
    await withStore(engine.open({ url: url.href }), (store) => commit(store, { number: 1 }));
    await database.query(`DROP SCHEMA graphpost CASCADE; DROP ROLE ${role}`);
  });

  test('says where nobody answers, without the password', async () => {
    await using engine = await engines.create();
    const url = 'postgres://graphpost:hunter2@127.0.0.1:1/graphpost';
    const error: unknown = await engine.open({ url }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'StoreError', fault: 'away' });
    expect(String(error)).toContain('PostgreSQL cannot be reached');
    expect(String(error)).not.toContain('hunter2');
  });

  test('warns of settings under which mail that was accepted is lost', async () => {
    await using engine = await engines.create();
    const name = new URL(engine.database.url).pathname.slice(1);
    await engine.database.query(`ALTER DATABASE ${name} SET synchronous_commit = off`);
    const texts: string[] = [];
    const notice = ({ text }: { text: string }) => void texts.push(text);
    const events = { storeCommitted() {}, fault() {}, notice };
    await withStore(engine.open({ events }), (store) => store.figures());
    expect(texts.filter((text) => text.includes('synchronous_commit = off'))).toHaveLength(1);
    await engine.database.query(`ALTER DATABASE ${name} RESET synchronous_commit`);
  });
});

describe('PostgresStore.backup()', () => {
  test('names the tool of PostgreSQL', async () => {
    await using engine = await engines.create();
    await using store = await engine.open();
    await expect(store.backup()).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringContaining('pg_dump'),
    });
  });
});

describe('damaged rows', () => {
  test('a changed byte in a body is found when it is read, and harms no other message', async () => {
    await using engine = await engines.create();
    await using store = await engine.open();
    for (const number of [1, 2]) await commit(store, { number });
    await commit(store, { number: 3, bytes: sampleBytes(600_000, 3) });
    await engine.database
      .query(`UPDATE graphpost.chunk SET bytes = set_byte(bytes, 0, 255 - get_byte(bytes, 0))
      WHERE (body, sequence) IN (SELECT number, 0 FROM graphpost.message WHERE id = '${sampleId(10)}'
        UNION ALL SELECT number, 1 FROM graphpost.message WHERE id = '${sampleId(30)}')`);
    const read = await Promise.allSettled(
      (await claim(store)).map(({ content }) => collect(content.read())),
    );
    expect(read.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    expect(read[0]).toMatchObject({ reason: { name: 'StoreError', fault: 'corrupt' } });
  });

  test('ends that cannot be read are told once, and keep no other from being reported', async () => {
    await using engine = await engines.create();
    const faults: unknown[] = [];
    const fault = ({ id }: { id?: string }) => void faults.push(id);
    await using store = await engine.open({ events: { storeCommitted() {}, notice() {}, fault } });
    for (let number = 0; number < 25; number++) {
      await commit(store, { number });
      const ending = await claimOne(store);
      const { attempt, change } = sampleResult(ending, { outcome: outcomes.failed });
      await store.record(ending, attempt, { ...change, reportDue: true });
    }
    await engine.database.query(
      `UPDATE graphpost.message SET document = '{' WHERE id <> '${sampleId(240)}'`,
    );
    const due = await store.dueReports({ limit: 20 });
    expect(due.map(({ message }) => message.id)).toEqual([sampleId(240)]);
    expect(new Set(faults)).toHaveLength(24);
    await store.dueReports({ limit: 20 });
    expect(faults).toHaveLength(24);
  });

  test('a row that cannot be read is set aside, told, and holds up nothing', async () => {
    await using engine = await engines.create();
    const faults: unknown[] = [];
    const fault = ({ id }: { id?: string }) => void faults.push(id);
    await using store = await engine.open({ events: { storeCommitted() {}, notice() {}, fault } });
    for (const number of [1, 2]) await commit(store, { number });
    await engine.database.query(
      `UPDATE graphpost.message SET document = '{' WHERE id = '${sampleId(10)}'`,
    );
    const claims = await claim(store);
    expect(claims.map(({ message }) => message.id)).toEqual([sampleId(20)]);
    expect(await claim(store, { now: start + day })).toHaveLength(1);
    expect((await store.figures()).deliveries).toMatchObject({ sending: 1, held: 1 });
    expect(await list(store)).toHaveLength(1);
    expect(faults).toEqual([`${sampleId(10)}0`, `${sampleId(10)}0`]);
  });
});
