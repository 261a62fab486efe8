// What lanes have used of their limits, which a restart must not forget.
import type { DatabaseSync } from 'node:sqlite';
import type { AnswerTo, Ask } from './operations.ts';
import { integer, text } from './row.ts';

export function prepareLedgers(
  db: DatabaseSync,
): (ask: Ask<'writeLedgers'>) => AnswerTo<'writeLedgers'> {
  const select = db.prepare('SELECT version, ledger FROM pace_ledger WHERE lane = ?');
  const upsert = db.prepare(
    'INSERT OR REPLACE INTO pace_ledger (lane, version, ledger, used_at) VALUES (?, ?, ?, ?)',
  );
  return ({ ledgers, now }) =>
    ledgers.flatMap(({ lane, version, ledger }) => {
      const row = select.get(lane);
      const kept = row ? integer(row, 'version') : 0;
      if (row && kept !== version) return [{ lane, version: kept, ledger: text(row, 'ledger') }];
      upsert.run(lane, version + 1, ledger, now);
      return [];
    });
}

/** Forgets those that nothing has used since `before`. */
export function prepareForgetLedgers(db: DatabaseSync): (before: number) => void {
  const remove = db.prepare('DELETE FROM pace_ledger WHERE used_at < ?');
  return (before) => void remove.run(before);
}
