// The store that a crash run is about: how a gateway is told of it and dies in it, and what may be left in it at the end.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startPostgres, type TestDatabase } from '../support/postgres.ts';

export interface StoreEngine extends AsyncDisposable {
  /** The value of `queue.store`. */
  readonly url: string;
  /** What kills a gateway at its commits: `file:`. */
  readonly killSwitch: string;
  /** A process has died, and none runs: what it held is free, as it would be after its lease. */
  afterDeath(): Promise<void>;
  /** What lies in the store of a stopped gateway that has delivered everything, though nothing should. */
  leftovers(folder: string): Promise<readonly string[]>;
}

export const engineNames = ['sqlite', 'postgres'] as const;
export type EngineName = (typeof engineNames)[number];

export async function startEngine(name: EngineName): Promise<StoreEngine> {
  switch (name) {
    case 'sqlite':
      return sqliteEngine;
    case 'postgres':
      return await startPostgresEngine();
  }
}

const queueFile = 'graphpost.db';
/** Of bodies that arrive, that are to be deleted, and of chunks of either: none belongs to a delivered message. */
const tables = ['incoming_body', 'dropped_body', 'chunk'];

const sqliteEngine: StoreEngine = {
  url: `sqlite:${queueFile}`,
  killSwitch: import.meta.resolve('./kill-switch-sqlite.ts'),
  async afterDeath() {},
  async leftovers(folder) {
    using db = new DatabaseSync(join(folder, queueFile), { readOnly: true });
    const counts = tables.flatMap((table) => {
      const row = db.prepare(`SELECT count(*) AS rows FROM ${table}`).get();
      return describe(table, row?.['rows']);
    });
    const integrity = String(db.prepare('PRAGMA integrity_check').get()?.['integrity_check']);
    return [...counts, ...(integrity === 'ok' ? [] : [`integrity_check: ${integrity}`])];
  },
  async [Symbol.asyncDispose]() {},
};

async function startPostgresEngine(): Promise<StoreEngine> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres());
  const database = stack.use(await postgres.createDatabase());
  const owned = stack.move();
  return {
    url: database.url,
    killSwitch: import.meta.resolve('./kill-switch-postgres.ts'),
    afterDeath: () => endAllInstances(database),
    async leftovers() {
      const counts = tables.map(async (table) => {
        const [row] = await database.query(`SELECT count(*) AS rows FROM graphpost.${table}`);
        return describe(table, row?.['rows']);
      });
      return (await Promise.all(counts)).flat();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What the beats of others would do in ten minutes, and the end of a lease in one. */
async function endAllInstances(database: TestDatabase): Promise<void> {
  const [row] = await database.query(
    "SELECT to_regclass('graphpost.instance') IS NOT NULL AS is_there",
  );
  // It may have died before it had made its tables.
  if (row?.['is_there'] !== true) return;
  await database.query('SELECT graphpost.end_claims(id, NULL) FROM graphpost.instance');
  await database.query('SELECT graphpost.end_instance(id) FROM graphpost.instance');
}

function describe(table: string, rows: unknown): readonly string[] {
  return Number(rows) === 0 ? [] : [`${String(rows)} rows in ${table}`];
}
