// The numbered steps that lead to the tables of the queue from any older ones.
import { StoreError } from '../../relay/ports.ts';
import type { Ask, Database } from './database.ts';
import { laneFunctions } from './lane-functions.ts';
import { mailFunctions } from './mail-functions.ts';
import { queueFunctions } from './queue-functions.ts';
import { integer } from './row.ts';
import { tables } from './tables.ts';

/**
 * Step n leads from version n to n + 1. A step that has been released never changes; while replicas are replaced one by
 * one, those of the version before go on with what the step leaves.
 */
const steps: readonly string[] = [tables + laneFunctions + mailFunctions + queueFunctions];

const schemaVersion = steps.length;

/** Among the advisory locks of the database: one process at a time looks and migrates. */
const migrationLock = '7453010301486829';

/**
 * Brings the tables up to `schemaVersion`, in one transaction. Of many processes one does it, and the others wait.
 * @throws StoreError when they are of a newer version, or may not be made
 */
export async function migrate(database: Database): Promise<void> {
  const found = await versionFound((text) => database.ask({ name: '', text }));
  if (found > schemaVersion) throw tooNew(found);
  if (found < schemaVersion) await database.transaction(takeSteps);
}

async function takeSteps(ask: Ask): Promise<void> {
  // Another one may be at it, and take its time.
  await ask("SET LOCAL lock_timeout = '20s'");
  await ask(`SELECT pg_advisory_xact_lock(${migrationLock})`);
  const found = await versionFound(ask);
  if (found >= schemaVersion) return;
  // Not IF NOT EXISTS, for which one needs the right to make it even where it is there.
  const schemas = await ask(`SELECT FROM pg_namespace WHERE nspname = 'graphpost'`);
  if (schemas.length === 0) await ask('CREATE SCHEMA graphpost');
  await ask('SET LOCAL search_path = graphpost');
  await ask('CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)');
  for (const step of steps.slice(found)) await ask(step);
  await ask('DELETE FROM schema_version');
  await ask(`INSERT INTO schema_version VALUES (${schemaVersion})`);
}

/** 0 where there is no queue yet. It asks a table, because to_regclass() may still know that there was none. */
async function versionFound(ask: Ask): Promise<number> {
  const tables = await ask(
    `SELECT FROM pg_tables WHERE schemaname = 'graphpost' AND tablename = 'schema_version'`,
  );
  if (tables.length === 0) return 0;
  const [row] = await ask('SELECT version FROM graphpost.schema_version');
  return row === undefined ? 0 : integer(row, 'version');
}

function tooNew(found: number): StoreError {
  return new StoreError(
    'away',
    `The queue in PostgreSQL was made by a newer Graphpost (schema ${found}, this one knows ${schemaVersion}): start that version again`,
  );
}
