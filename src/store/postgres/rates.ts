// What came to each replica by the second, so that limits by the minute hold for all of them together.
import type { RateCount } from '../../relay/ports.ts';
import type { Database } from './database.ts';
import { integer, text } from './row.ts';

/** Older seconds concern no limit any more. */
const keptSeconds = 70;

export class Rates {
  readonly #database: Database;
  readonly #instance: string;

  constructor(database: Database, instance: string) {
    this.#database = database;
    this.#instance = instance;
  }

  /** Puts the counts of this process in place of those that it told before. Returns those of the others. */
  async share(
    own: readonly RateCount[],
    { now }: { readonly now: number },
  ): Promise<readonly RateCount[]> {
    const oldest = Math.floor(now / 1000) - keptSeconds;
    const rows = await this.#database.ask({
      name: 'share_rates',
      text: `WITH told AS (
               INSERT INTO graphpost.rate (instance, key, second, amount)
               SELECT $1, each.key, each.second, each.amount
                 FROM jsonb_to_recordset($2::jsonb) AS each (key text, second bigint, amount bigint)
               ON CONFLICT (instance, key, second) DO UPDATE SET amount = excluded.amount
                 WHERE rate.amount <> excluded.amount
             ), forgotten AS (
               DELETE FROM graphpost.rate WHERE second < $3
             )
             SELECT key, second, sum(amount)::bigint AS amount FROM graphpost.rate
              WHERE instance <> $1 AND second >= $3 GROUP BY key, second ORDER BY second`,
      values: [this.#instance, JSON.stringify(own), oldest],
    });
    return rows.map((row) => ({
      key: text(row, 'key'),
      second: integer(row, 'second'),
      amount: integer(row, 'amount'),
    }));
  }
}
