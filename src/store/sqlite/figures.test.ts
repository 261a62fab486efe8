import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { Figures } from './figures.ts';
import { migrate } from './schema.ts';

/** The reads of a `Figures`, and what SQLite does for each. */
function plansOf(db: DatabaseSync): readonly string[] {
  const statements: string[] = [];
  const figures = new Figures(
    new Proxy(db, {
      get(_, key) {
        if (key !== 'prepare') return Reflect.get(db, key, db);
        return (sql: string) => {
          statements.push(sql);
          return db.prepare(sql);
        };
      },
    }),
  );
  figures.read();
  return statements
    .filter((sql) => sql.startsWith('SELECT'))
    .flatMap((sql) => db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all())
    .map((row) => String(row['detail']));
}

describe('Figures', () => {
  test('are read by one row of an index each, however many messages wait', () => {
    using db = new DatabaseSync(':memory:');
    migrate(db, ':memory:');
    expect(plansOf(db)).toEqual([
      'SEARCH delivery USING INDEX delivery_open',
      ...Array<string>(4).fill('SEARCH delivery USING INDEX delivery_of_state (state=?)'),
      'SEARCH figures USING INTEGER PRIMARY KEY (rowid=?)',
    ]);
  });
});
