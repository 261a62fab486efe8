// The breakers of connections, which outlive a restart.
import type { DatabaseSync } from 'node:sqlite';
import type { Ask } from './operations.ts';
import { text } from './row.ts';

export interface Breakers {
  /** JSON of a `Breaker` by connection. */
  read(): [connection: string, document: string][];
  save(ask: Ask<'saveBreaker'>): undefined;
}

export function prepareBreakers(db: DatabaseSync): Breakers {
  // No need of an index: there are as many rows as the configuration ever had connections.
  const select = db.prepare('SELECT connection, document FROM breaker');
  const upsert = db.prepare('INSERT OR REPLACE INTO breaker (connection, document) VALUES (?, ?)');
  return {
    read: () => select.all().map((row) => [text(row, 'connection'), text(row, 'document')]),
    save({ connection, document }) {
      upsert.run(connection, document);
      return undefined;
    },
  };
}
