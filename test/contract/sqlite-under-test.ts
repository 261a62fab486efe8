// The SQLite engine as the contract's tests open it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MessageChannel } from 'node:worker_threads';
import { openDatabase } from '../../src/store/sqlite/database.ts';
import { Engine } from '../../src/store/sqlite/engine.ts';
import { serve } from '../../src/store/sqlite/serve.ts';
import { openSqliteStore, SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { createFailingDatabase } from '../support/failing-database.ts';
import type { FailingStore, OpenOptions, StoreUnderTest } from './store-under-test.ts';

const events = { storeCommitted() {}, fault() {} };

export class SqliteUnderTest implements StoreUnderTest {
  readonly folder: string;
  readonly file: string;

  static async create(): Promise<SqliteUnderTest> {
    return new SqliteUnderTest(await mkdtemp(join(tmpdir(), 'graphpost-store-')));
  }

  constructor(folder: string) {
    this.folder = folder;
    this.file = join(folder, 'queue.db');
  }

  /** Serves the engine in this thread: one of its own would take longer to start than most tests take. */
  open(options: OpenOptions = {}): Promise<SqliteStore> {
    return Promise.resolve(this.#serve(openDatabase({ file: this.file }), options));
  }

  openOnThread(
    options: { readonly maxPages?: number; readonly lockWaitMs?: number } = {},
  ): Promise<SqliteStore> {
    return openSqliteStore({ file: this.file, keepBodies: false, events, ...options });
  }

  openFailing(step: number, fault: 'full' | 'away'): Promise<FailingStore> {
    const failing = createFailingDatabase(openDatabase({ file: this.file }));
    const store = this.#serve(failing.db);
    failing.arm(step, fault);
    return Promise.resolve({ store, hasFailed: () => failing.hasFailed() });
  }

  #serve(db: DatabaseSync, { keepBodies = false }: OpenOptions = {}): SqliteStore {
    // No test with this store pulls the plug.
    db.exec('PRAGMA synchronous = OFF');
    const engine = new Engine(db, { keepBodies, reserve: { keep: () => true, drop() {} } });
    const { port1, port2 } = new MessageChannel();
    serve(port2, engine);
    return new SqliteStore(port1, { nextBody: engine.nextBody, events });
  }

  countStrayBodies(): Promise<number> {
    const [count] = this.query(`SELECT count(DISTINCT place / 65536) FROM chunk WHERE place / 65536
      NOT IN (SELECT message FROM delivery WHERE state <> 'delivered')`);
    return Promise.resolve(Number(count));
  }

  /** The first column of what a statement gives. The store is closed. */
  query(sql: string): unknown[] {
    using db = new DatabaseSync(this.file);
    return db
      .prepare(sql)
      .all()
      .map((row) => Object.values(row)[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}
