// The PostgreSQL engine as the contract suite tries it, on databases that are emptied and used again.
import { Client, type ClientConfig } from 'pg';
import {
  openPostgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
} from '../../src/store/postgres/postgres-store.ts';
import type { FailingStore, OpenOptions, StoreUnderTest } from '../contract/store-under-test.ts';
import type { TestDatabase, TestPostgres } from './postgres.ts';

export type PostgresOpenOptions = OpenOptions & Partial<PostgresStoreOptions>;

/** The databases of one test file. To make one takes longer than most tests do. */
export class PostgresEngines {
  readonly #server: TestPostgres;
  readonly #free: TestDatabase[] = [];

  constructor(server: TestPostgres) {
    this.#server = server;
  }

  async create(): Promise<PostgresUnderTest> {
    const database = this.#free.pop() ?? (await this.#server.createDatabase());
    return new PostgresUnderTest(database, async () => {
      await database.query(emptying);
      this.#free.push(database);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const database of this.#free) await database[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}

const emptying = `
  DO $$
  DECLARE
    each text;
  BEGIN
    FOR each IN SELECT tablename FROM pg_tables
      WHERE schemaname = 'graphpost' AND tablename NOT IN ('figures', 'schema_version')
    LOOP
      EXECUTE 'DELETE FROM graphpost.' || each;
    END LOOP;
    IF to_regclass('graphpost.figures') IS NOT NULL THEN
      UPDATE graphpost.figures SET ready = 0, sending = 0, unsure = 0, deferred = 0, held = 0, failed = 0,
        delivered = 0, body_bytes = 0;
    END IF;
  END $$`;

const events = { storeCommitted() {}, fault() {}, notice() {} };
let instances = 0;

export class PostgresUnderTest implements StoreUnderTest {
  readonly database: TestDatabase;
  readonly #giveBack: () => Promise<void>;

  constructor(database: TestDatabase, giveBack: () => Promise<void>) {
    this.database = database;
    this.#giveBack = giveBack;
  }

  open(options: PostgresOpenOptions = {}): Promise<PostgresStore> {
    instances += 1;
    return openPostgresStore({
      url: this.database.url,
      instance: `test-${process.pid}-${instances}`,
      keepBodies: false,
      // Each is a process of the server, and most tests need few.
      maxConnections: 3,
      now: Date.now,
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
      events,
      ...options,
    });
  }

  async openFailing(step: number, fault: 'full' | 'away'): Promise<FailingStore> {
    const failure = new Failure(fault);
    const store = await this.open({ clientClass: failure.clientClass });
    failure.arm(step);
    return { store, hasFailed: () => failure.hasFailed };
  }

  async countStrayBodies(): Promise<number> {
    const [row] = await this.database.query(
      `SELECT count(DISTINCT body)::integer AS strays FROM graphpost.chunk
        WHERE body NOT IN (SELECT message FROM graphpost.delivery WHERE state <> 'delivered')`,
    );
    return Number(row?.['strays']);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#giveBack();
  }
}

/** Lets one question of all connections together fail, as a full disk or a lost connection would make it. */
class Failure {
  readonly #fault: 'full' | 'away';
  #left = Infinity;

  constructor(fault: 'full' | 'away') {
    this.#fault = fault;
  }

  get hasFailed(): boolean {
    return this.#left < 0;
  }

  arm(steps: number): void {
    this.#left = steps;
  }

  get clientClass(): new () => Client {
    const step = () => this.#step();
    return class extends Client {
      constructor(config?: ClientConfig) {
        super(config);
        const query = this.query.bind(this);
        const failing = (...args: unknown[]): unknown => {
          step();
          return Reflect.apply(query, undefined, args);
        };
        Object.assign(this, { query: failing });
      }
    };
  }

  #step(): void {
    this.#left -= 1;
    if (this.#left !== -1) return;
    const full = { code: '53100', severity: 'ERROR' };
    throw Object.assign(new Error('injected'), this.#fault === 'full' ? full : {});
  }
}
