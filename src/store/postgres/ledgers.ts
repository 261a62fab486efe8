// What lanes have used of their limits, written by one replica at a time.
import type { KeptLedger } from '../../relay/ports.ts';
import { toLaneKey, toLedger } from '../documents.ts';
import type { Database } from './database.ts';
import { integer, text } from './row.ts';

export class Ledgers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * As `Store.writeLedgers`. One that another replica writes at this moment comes back as it was before, so that it is
   * refused, and read, once more. In the order of lanes, so that two replicas never wait for each other.
   */
  async write(
    ledgers: readonly KeptLedger[],
    { now }: { readonly now: number },
  ): Promise<readonly KeptLedger[]> {
    const given = ledgers.map((kept) => ({ ...kept, ledger: JSON.stringify(kept.ledger) }));
    const rows = await this.#database.ask({
      name: 'write_ledgers',
      text: `WITH given AS (
               SELECT lane COLLATE "C" AS lane, version, ledger
                 FROM jsonb_to_recordset($1::jsonb) AS each (lane text, version bigint, ledger text)
             ), written AS (
               INSERT INTO graphpost.pace_ledger AS kept (lane, version, ledger, used_at)
               SELECT lane, version + 1, ledger, $2 FROM given ORDER BY lane
               ON CONFLICT (lane) DO UPDATE
                 SET version = excluded.version, ledger = excluded.ledger, used_at = excluded.used_at
                 WHERE kept.version = excluded.version - 1
               RETURNING lane
             )
             SELECT given.lane, coalesce(kept.version, 0) AS version, coalesce(kept.ledger, '') AS ledger
               FROM given LEFT JOIN graphpost.pace_ledger AS kept ON kept.lane = given.lane
              WHERE given.lane NOT IN (SELECT lane FROM written)`,
      values: [JSON.stringify(given), now],
    });
    return rows.map((row) => ({
      lane: toLaneKey(text(row, 'lane')),
      version: integer(row, 'version'),
      ledger: toLedger(text(row, 'ledger')),
    }));
  }

  /** Forgets those that nothing has used since `before`. */
  async forget(before: number): Promise<void> {
    await this.#database.ask({
      name: 'forget_ledgers',
      text: 'DELETE FROM graphpost.pace_ledger WHERE used_at < $1',
      values: [before],
    });
  }
}
