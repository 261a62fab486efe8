// A clock that was ahead and was set back leaves times behind that would hold up mail for as long as it was ahead.
import type { DatabaseSync } from 'node:sqlite';
import { longestWaitMs } from '../times-ahead.ts';
import type { Lanes } from './lanes.ts';
import { integer } from './row.ts';

const lanesPerStep = 100;

/**
 * Makes due now what is not due within the longest plausible wait, in some lanes at a time; a lease of that kind ends, for
 * its renewal writes the time of today. A lane shows it when nothing else in it is due sooner: then it is in the way.
 */
export function prepareBringBack(db: DatabaseSync, lanes: Lanes): (now: number) => void {
  const select = db.prepare(`SELECT number FROM lane WHERE due_at > ? LIMIT ${lanesPerStep}`);
  const bringBackLane = db.prepare(
    'UPDATE lane SET paused_until = ?1 WHERE number = ?2 AND paused_until > ?3',
  );
  const bringBackWaiting = db.prepare(
    `UPDATE delivery SET due_at = ?1
      WHERE lane = ?2 AND priority IN (0, 1) AND state IN ('ready', 'unsure', 'deferred') AND due_at > ?3`,
  );
  const bringBackLeases = db.prepare(
    `UPDATE delivery SET due_at = ?1 WHERE lane = ?2 AND state = 'sending' AND due_at > ?3`,
  );

  return (now) => {
    const latest = now + longestWaitMs;
    const rows = select.all(latest);
    for (const lane of rows.map((row) => integer(row, 'number'))) {
      for (const statement of [bringBackLane, bringBackWaiting, bringBackLeases]) {
        statement.run(now, lane, latest);
      }
      lanes.touch(lane, now);
    }
    if (rows.length > 0) lanes.settle();
  };
}
