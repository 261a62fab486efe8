import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { beforeAll, describe, expect, test } from 'vitest';
import { deliveryStates } from '../../core/delivery.ts';
import type { DeliveryFilter } from '../../relay/ports.ts';
import { prepareExamine, type Examine, type Examined } from './examine.ts';
import type { Row } from './row.ts';
import { migrate } from './schema.ts';

const count = 100_000;

/** Tells which statements are prepared, and how many rows they give. */
class WatchedDatabase extends DatabaseSync {
  readonly statements: string[] = [];
  rowsRead = 0;

  override prepare(sql: string): StatementSync {
    this.statements.push(sql);
    const statement = super.prepare(sql);
    return Object.assign(super.prepare(sql), {
      all: (...given: SQLInputValue[]) => {
        const rows: Row[] = statement.all(...given);
        this.rowsRead += rows.length;
        return rows;
      },
    });
  }
}

describe('prepareExamine(), over 100,000 deliveries', () => {
  let db: WatchedDatabase;
  let examine: Examine;

  beforeAll(() => {
    db = new WatchedDatabase(':memory:');
    migrate(db, ':memory:');
    fill(db);
    db.statements.length = 0;
    examine = prepareExamine(db);
  });

  test('finds rows by an index in the order that is wanted, and never sorts or scans', () => {
    const lists = db.statements.filter((sql) => sql.includes('ORDER BY'));
    expect(lists).toHaveLength(5);
    for (const sql of lists) {
      const plan = DatabaseSync.prototype.prepare.call(db, `EXPLAIN QUERY PLAN ${sql}`).all('z', 1);
      const steps = plan.map(({ detail }) => String(detail));
      expect(steps.join('; ')).not.toMatch(/SCAN|TEMP B-TREE/);
      const ofState = /USING INDEX delivery_of_state \(state=\? AND id<\?\)/;
      expect(ofState.test(steps.join('; '))).toBe(sql.includes('delivery.state = '));
    }
  });

  test.each(['newest', 'oldest'] as const)('reads as many rows as it shows: %s page', (page) => {
    const before = page === 'newest' ? undefined : idOf(40);
    const { rowsRead, found } = ask({ before });
    expect(found.rows.map(({ id }) => id)).toEqual(
      Array.from({ length: 30 }, (_, index) => idOf((before ? 39 : count - 1) - index)),
    );
    expect(rowsRead).toBeLessThanOrEqual(64);
  });

  test.each(deliveryStates)('reads few rows for those that are %s', (state) => {
    const { rowsRead, found } = ask({ filter: { state } });
    const isRare = ['unsure', 'deferred', 'held', 'failed'].includes(state);
    expect(found.rows).toHaveLength(30);
    expect(rowsRead).toBeLessThanOrEqual(isRare ? 64 : 320);
  });

  test('looks at a bounded number of rows for what nobody has sent, and says where to go on', () => {
    const { rowsRead, found } = ask({ filter: { address: 'nobody@' } });
    expect(found).toEqual({ rows: [], next: idOf(count - 1_000) });
    expect(rowsRead).toBeLessThanOrEqual(1_024);
  });

  function ask(given: { readonly filter?: DeliveryFilter; readonly before?: string | undefined }): {
    readonly rowsRead: number;
    readonly found: Examined;
  } {
    db.rowsRead = 0;
    const { filter = {}, before } = given;
    const found = examine({ filter, before, maxExamined: 1_000, maxFound: 30 });
    return { rowsRead: db.rowsRead, found };
  }
});

function idOf(number: number): string {
  return `d${String(number).padStart(8, '0')}`;
}

/** One delivery for each message; each state but delivered is that of one in ten. */
function fill(db: DatabaseSync): void {
  const document = JSON.stringify({ envelope: { reversePath: 'app@example.com' }, from: '' });
  const route = JSON.stringify({ forwardPaths: ['ann@example.com'] });
  db.prepare(`INSERT INTO lane VALUES (1, 'connection main', 4, NULL, 0, 0, 0)`).run();
  db.prepare(
    `WITH RECURSIVE each(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM each WHERE n < ${count - 1})
     INSERT INTO message (number, id, size_bytes, document) SELECT n, printf('m%08d', n), 1, ? FROM each`,
  ).run(document);
  db.prepare(
    `INSERT INTO delivery (number, id, message, lane, priority, state, received_at, ages_from, connection, route)
     SELECT number * 65536, printf('d%08d', number), number, 1, 1,
       CASE number % 10 WHEN 0 THEN 'ready' WHEN 1 THEN 'sending' WHEN 2 THEN 'unsure' WHEN 3 THEN 'deferred'
         WHEN 4 THEN 'held' WHEN 5 THEN 'failed' ELSE 'delivered' END,
       number, number, 'main', ?
     FROM message`,
  ).run(route);
}
