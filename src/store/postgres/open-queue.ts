// Makes the queue in PostgreSQL ready to be used: its schema, and a look at the settings under which a COMMIT is durable.
import { StoreError, type Events } from '../../relay/ports.ts';
import type { Database } from './database.ts';
import { text } from './row.ts';
import { migrate } from './schema.ts';

/** @throws StoreError, with a sentence for the operator, when the queue cannot be used */
export async function openQueue(
  database: Database,
  { events }: { readonly events: Pick<Events, 'notice'> },
): Promise<void> {
  try {
    await migrate(database);
  } catch (error) {
    throw explain(error);
  }
  const [row = {}] = await database.ask({
    name: 'settings',
    text: `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit,
                  current_setting('full_page_writes') AS full_page_writes`,
  });
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    if (text(row, setting) !== 'off') continue;
    events.notice({
      level: 'warn',
      event: 'store.notDurable',
      text: `PostgreSQL has ${setting} = off: when its machine fails, mail that was accepted is lost. Set it to on`,
    });
  }
}

function explain(error: unknown): unknown {
  if (!(error instanceof StoreError) || codeOf(error.cause) !== '42501') return error;
  return new StoreError(
    'away',
    `The user of queue.store may not make the schema "graphpost" in this database: let an administrator run CREATE SCHEMA graphpost AUTHORIZATION <user> (${error.message})`,
    { cause: error },
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
