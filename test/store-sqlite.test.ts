// The SQLite engine survives kill -9 and a full file, and guards its file.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { StoreError, type DeliverySummary, type Store } from '../src/relay/ports.ts';
import { openSqliteStore, SqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import {
  claim,
  claimOne,
  collect,
  commit,
  list,
  outcomes,
  record,
  sampleBytes,
  sampleId,
  sampleResult,
  start,
} from './contract/store-samples.ts';
import { countStraysAfterRestart, withStore } from './contract/store-under-test.ts';
import { SqliteUnderTest } from './contract/sqlite-under-test.ts';

const events = { storeCommitted() {}, fault() {} };
const day = 86_400_000;

describe('a stored body', () => {
  test('is read without keeping what was read', async () => {
    await using engine = await SqliteUnderTest.create();
    await withStore(engine.openOnThread(), async (store) => {
      await commit(store, { number: 1, bytes: sampleBytes(3_000_000, 1) });
      const { content } = await claimOne(store);
      const pieces: Uint8Array[] = [];
      for await (const piece of content.read()) {
        expect(piece.length).toBeGreaterThan(0);
        pieces.push(piece);
      }
      expect(pieces.map(({ buffer }) => buffer.byteLength)).toEqual(pieces.map(() => 0));
    });
  });
});

describe('openSqliteStore()', () => {
  test('makes folder and files for the gateway alone', async () => {
    await using engine = await SqliteUnderTest.create();
    const folder = join(engine.folder, 'deep', 'data');
    const file = join(folder, 'queue.db');
    await using store = await openSqliteStore({ file, keepBodies: false, events });
    await commit(store, { number: 1 });
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const names = await readdir(folder);
    expect(names.toSorted()).toEqual(['queue.db', 'queue.db-ballast', 'queue.db-wal']);
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  test('refuses a file that another process has, and says which; or waits until it has it no more', async () => {
    await using engine = await SqliteUnderTest.create();
    const child = await startChild(engine.file, 1);
    const patient = engine.openOnThread({ lockWaitMs: 60_000 });
    await expect(engine.openOnThread()).rejects.toMatchObject({
      fault: 'away',
      message: `Another gateway, or "graphpost queue", holds the queue file "${engine.file}": stop that one, or give this one a file of its own`,
    });
    await kill(child.process);
    await withStore(patient, (store) => store.figures());
  });

  test('refuses a file of a newer version and leaves it alone', async () => {
    await using engine = await SqliteUnderTest.create();
    await withStore(engine.openOnThread(), (store) => commit(store, { number: 1 }));
    engine.query('PRAGMA user_version = 99');
    await expect(engine.openOnThread()).rejects.toMatchObject({
      fault: 'away',
      message: expect.stringContaining('schema 99'),
    });
    expect(engine.query('PRAGMA user_version')).toEqual([99]);
  });

  test('refuses a file that is no queue', async () => {
    await using engine = await SqliteUnderTest.create();
    await writeFile(engine.file, 'Dear Sir or Madam, '.repeat(1000));
    await expect(engine.openOnThread()).rejects.toMatchObject({
      fault: 'away',
      message: `The file "${engine.file}" is no queue file: give queue.store another path`,
    });
  });

  test('refuses a folder that cannot be made', async () => {
    await using engine = await SqliteUnderTest.create();
    await writeFile(engine.file, '');
    const file = join(engine.file, 'queue.db');
    const opening = openSqliteStore({ file, keepBodies: false, events });
    await expect(opening).rejects.toMatchObject({ name: 'StoreError', fault: 'away' });
  });
});

describe('SqliteStore.find()', () => {
  test('tells every attempt, oldest first, and of very many the last ones', async () => {
    await using engine = await SqliteUnderTest.create();
    await using store = await engine.openOnThread();
    await commit(store, { number: 1 });
    let now = start;
    const ends: number[] = [];
    for (let count = 0; count < 80; count++) {
      const claimed = await claimOne(store, now);
      await record(store, { claim: claimed, outcome: outcomes.throttled, now });
      ends.push(now);
      now += 60_000;
      const found = await store.find(claimed.delivery.id);
      const history = found?.deliveries[0]?.history ?? [];
      expect(history.map(({ endedAt }) => endedAt)).toEqual(ends.slice(-65));
    }
  });
});

describe('SqliteStore.backup()', () => {
  test('copies the queue as it is at one moment, while mail goes on', async () => {
    await using engine = await SqliteUnderTest.create();
    await using other = await SqliteUnderTest.create();
    const numbers = Array.from({ length: 60 }, (_, index) => index);
    const bytesOf = (number: number) => sampleBytes(number % 3 === 0 ? 700_000 : 900, number);
    await withStore(engine.openOnThread(), async (store) => {
      const commitAll = (of: readonly number[]) =>
        Promise.all(
          of.map((number) =>
            commit(store, {
              number,
              bytes: bytesOf(number),
              deliveries: [{ laneConcurrency: 100 }],
            }),
          ),
        );
      await commitAll(numbers.slice(0, 30));
      await Promise.all([store.backup(other.file), commitAll(numbers.slice(30))]);
      expect((await store.figures()).deliveries.ready).toBe(60);
    });
    expect((await stat(other.file)).mode & 0o777).toBe(0o600);
    expect(other.query('PRAGMA integrity_check')).toEqual(['ok']);
    await withStore(other.openOnThread(), async (store) => {
      const claims = await claim(store, { limit: 100 });
      expect(claims.length).toBeGreaterThanOrEqual(30);
      for (const { message, content } of claims) {
        const number = numbers.find((each) => sampleId(each * 10) === message.id) ?? -1;
        expect((await collect(content.read())).equals(bytesOf(number))).toBe(true);
      }
    });
    expect(await other.countStrayBodies()).toBe(0);
  });

  test('refuses a file that is there, and leaves it alone', async () => {
    await using engine = await SqliteUnderTest.create();
    await using store = await engine.openOnThread();
    const file = join(engine.folder, 'there.db');
    await writeFile(file, 'Dear Sir or Madam');
    await expect(store.backup(file)).rejects.toMatchObject({
      name: 'StoreError',
      message: `The file "${file}" is there already: give the backup another name`,
    });
    expect(await readFile(file, 'utf8')).toBe('Dear Sir or Madam');
  });

  test('refuses a place where it cannot write', async () => {
    await using engine = await SqliteUnderTest.create();
    await using store = await engine.openOnThread();
    await expect(store.backup(join(engine.folder, 'no', 'folder.db'))).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringContaining('cannot be made: Error: ENOENT'),
    });
  });

  test('ends, and leaves no half of a file, when the store is closed meanwhile', async () => {
    await using engine = await SqliteUnderTest.create();
    const store = await engine.openOnThread();
    await commit(store, { number: 1, bytes: sampleBytes(20_000_000, 1) });
    const file = join(engine.folder, 'copy.db');
    const copied = store.backup(file).then(
      () => 'whole',
      (error: unknown) => error,
    );
    await store[Symbol.asyncDispose]();
    const result = await copied;
    if (result === 'whole') return;
    expect(result).toBeInstanceOf(StoreError);
    expect(await readdir(engine.folder)).not.toContain('copy.db');
  });
});

describe('a damaged file', () => {
  test('a changed byte in a body is found when it is read, and harms no other message', async () => {
    await using engine = await SqliteUnderTest.create();
    await withStore(engine.openOnThread(), async (store) => {
      for (const number of [1, 2]) await commit(store, { number });
      await commit(store, { number: 3, bytes: sampleBytes(600_000, 3) });
    });
    engine.query(`UPDATE chunk SET bytes = CAST('x' || substr(bytes, 2) AS BLOB) WHERE place IN (
      (SELECT number * 65536 FROM message WHERE id = '${sampleId(10)}'),
      (SELECT number * 65536 + 1 FROM message WHERE id = '${sampleId(30)}'))`);
    await using store = await engine.openOnThread();
    const read = await Promise.allSettled(
      (await claim(store)).map(({ content }) => collect(content.read())),
    );
    expect(read.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    expect(read[0]).toMatchObject({ reason: { name: 'StoreError', fault: 'corrupt' } });
  });

  test('a row that cannot be read is set aside, told, and holds up nothing', async () => {
    await using engine = await SqliteUnderTest.create();
    await withStore(engine.openOnThread(), async (store) => {
      for (const number of [1, 2]) await commit(store, { number });
    });
    engine.query(`UPDATE message SET document = '{' WHERE id = '${sampleId(10)}'`);
    const faults: unknown[] = [];
    await using store = await openSqliteStore({
      file: engine.file,
      keepBodies: false,
      events: { storeCommitted() {}, fault: ({ id }) => void faults.push(id) },
    });
    const claims = await claim(store);
    expect(claims.map(({ message }) => message.id)).toEqual([sampleId(20)]);
    expect((await store.figures()).deliveries).toMatchObject({ sending: 1, held: 1 });
    expect(await claim(store, { now: start + day })).toHaveLength(1);
    expect(await list(store)).toHaveLength(1);
    expect(faults).toEqual([`${sampleId(10)}0`, `${sampleId(10)}0`]);
  });

  test('ends that cannot be read are told once, and keep no other from being reported', async () => {
    await using engine = await SqliteUnderTest.create();
    await withStore(engine.openOnThread(), async (store) => {
      for (let number = 0; number < 25; number++) {
        await commit(store, { number });
        const ending = await claimOne(store);
        const { attempt, change } = sampleResult(ending, { outcome: outcomes.failed });
        await store.record(ending, attempt, { ...change, reportDue: true });
      }
    });
    engine.query(`UPDATE message SET document = '{' WHERE id <> '${sampleId(240)}'`);
    const faults: unknown[] = [];
    await using store = await openSqliteStore({
      file: engine.file,
      keepBodies: false,
      events: { storeCommitted() {}, fault: ({ id }) => void faults.push(id) },
    });
    const due = await store.dueReports({ limit: 20 });
    expect(due.map(({ message }) => message.id)).toEqual([sampleId(240)]);
    expect(new Set(faults)).toHaveLength(24);
    await store.dueReports({ limit: 20 });
    expect(faults).toHaveLength(24);
  });
});

describe('a full file', () => {
  const maxPages = 1200;

  test('refuses more as full, keeps working for what it has, and takes more once there is room', async () => {
    await using engine = await SqliteUnderTest.create();
    await withStore(engine.openOnThread({ maxPages }), async (store) => {
      const count = await fillUp(store);
      expect(count).toBeGreaterThan(10);
      expect((await store.figures()).deliveries.ready).toBe(count);
      const large = commit(store, { number: 5000, bytes: sampleBytes(3_000_000, 1) });
      await expect(large).rejects.toMatchObject({ fault: 'full' });
      for (const each of await claim(store, { limit: 4 })) {
        expect(await record(store, { claim: each, outcome: outcomes.delivered })).toBe(true);
      }
      await commit(store, { number: 6000, bytes: sampleBytes(100_000, 1) });
      expect((await store.figures()).bodyBytes).toBe((count - 3) * 100_000);
    });
    expect(await countStraysAfterRestart(engine)).toBe(0);
  });

  test('takes more when its quota is raised', async () => {
    await using engine = await SqliteUnderTest.create();
    const count = await withStore(engine.openOnThread({ maxPages }), fillUp);
    await using store = await engine.openOnThread({ maxPages: 10 * maxPages });
    await commit(store, { number: 5000, bytes: sampleBytes(3_000_000, 1) });
    expect((await store.figures()).deliveries.ready).toBe(count + 1);
  });
});

describe('the thread', () => {
  test('calls that wait, and later ones, fail when it ends', async () => {
    await using engine = await SqliteUnderTest.create();
    const faults: unknown[] = [];
    const { port1, port2 } = new MessageChannel();
    const store = new SqliteStore(port1, {
      nextBody: 1,
      events: { storeCommitted() {}, fault: ({ error }) => void faults.push(error) },
    });
    const waiting = [
      store.figures(),
      commit(store, { number: 1 }),
      commit(store, { number: 2, bytes: sampleBytes(9_000_000, 1) }),
    ];
    port2.close();
    for (const each of waiting) await expect(each).rejects.toMatchObject({ fault: 'away' });
    await expect(store.nextDueAt()).rejects.toMatchObject({ name: 'StoreError', fault: 'away' });
    await store[Symbol.asyncDispose]();
    expect(faults).toHaveLength(1);
    expect(await readdir(engine.folder)).toEqual([]);
  });
});

describe('kill -9', () => {
  test(
    'everything acknowledged is there, whole, and nothing else is left behind',
    { timeout: 120_000 },
    async () => {
      await using engine = await SqliteUnderTest.create();
      const committed = new Set<string>();
      const delivered = new Set<string>();
      for (const [round, acknowledgements] of [1, 40, 350, 150, 600, 7].entries()) {
        const child = await startChild(engine.file, 1 + round * 100_000);
        await child.lines(acknowledgements);
        await kill(child.process);
        for (const line of child.heard) {
          const [verb, id = ''] = line.split(' ');
          if (verb === 'committed') committed.add(id);
          if (verb === 'delivered') delivered.add(id);
        }
        await withStore(engine.openOnThread(), (store) =>
          expectAcknowledged(store, { committed, delivered }),
        );
        expect(await countStraysAfterRestart(engine)).toBe(0);
        expect(engine.query('PRAGMA integrity_check')).toEqual(['ok']);
      }
    },
  );
});

async function expectAcknowledged(
  store: Store,
  {
    committed,
    delivered,
  }: { readonly committed: ReadonlySet<string>; readonly delivered: ReadonlySet<string> },
): Promise<void> {
  const all = await list(store);
  const messages = Map.groupBy(all, ({ messageId }) => messageId);
  expect([...committed].filter((id) => !messages.has(id))).toEqual([]);
  const states = new Map(all.map(({ id, state }) => [id, state]));
  expect([...delivered].filter((id) => states.get(id) !== 'delivered')).toEqual([]);
  // A delivery was replaced as a whole or not at all, and an end is reported or still to be.
  const places = new Set([...messages.values()].map((of) => of.map(placeOf).toSorted().join()));
  expect(['0', '0,1,2', '1', '2'].filter((each) => places.has(each))).toEqual(['0']);
  const reported = all.flatMap(({ from }) => (from === '' ? [] : [from]));
  const due = (await store.dueReports({ limit: 1_000_000 })).map(({ delivery }) => delivery.id);
  const failed = all.filter(({ state }) => state === 'failed').map(({ id }) => id);
  expect([...reported, ...due].toSorted()).toEqual(failed.toSorted());
  const { deliveries } = await store.figures();
  for (const [state, count] of Object.entries(deliveries)) {
    expect([state, all.filter((each) => each.state === state).length]).toEqual([state, count]);
  }
  for (const { message, content } of await claim(store, { limit: 100_000, now: start + day })) {
    const bytes = sampleBytes(message.sizeBytes, Number(message.subject));
    expect((await collect(content.read())).equals(bytes)).toBe(true);
  }
}

/** Its position among the deliveries of its message: the last letter. */
function placeOf({ id }: DeliverySummary): string {
  return id.slice(-1);
}

/** Commits messages of 100 kB until the store is full. How many it took. */
async function fillUp(store: Store): Promise<number> {
  for (let number = 1; ; number++) {
    const committed = commit(store, { number, bytes: sampleBytes(100_000, number) });
    const error = await committed.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof StoreError && error.fault === 'full') return number - 1;
    expect(error).toBeUndefined();
  }
}

interface Child {
  readonly process: ChildProcess;
  readonly heard: string[];
  /** Resolves when it has said so many lines. */
  lines(count: number): Promise<void>;
}

/** Starts a process that works on the queue file; resolves when it has opened it. */
async function startChild(file: string, firstNumber: number): Promise<Child> {
  const entry = join(import.meta.dirname, 'support', 'store-crash-child.ts');
  const child = spawn(process.execPath, [entry, file, String(firstNumber)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const reader = createInterface(child.stdout);
  const heard: string[] = [];
  reader.on('line', (line) => heard.push(line));
  const lines = async (count: number) => {
    while (heard.length <= count) await once(reader, 'line');
  };
  await lines(0);
  return { process: child, heard, lines };
}

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}
