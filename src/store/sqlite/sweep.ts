// Forgets what ended long enough ago, in steps that hold nobody up.
import type { DatabaseSync } from 'node:sqlite';
import { prepareForget } from './forget.ts';
import type { AnswerTo, Ask } from './operations.ts';
import type { QueueParts } from './queue-parts.ts';
import { integer } from './row.ts';

const deliveriesPerStep = 100;

/** One step: forgets some deliveries, and the messages that have none left. */
type Sweep = (ask: Ask<'sweep'>) => AnswerTo<'sweep'>;

export function prepareSweep(db: DatabaseSync, parts: QueueParts): Sweep {
  const { figures, lanes } = parts;
  const forget = prepareForget(db, parts);
  // An end that is still to be reported stays, however long that takes.
  const selectEnded = db.prepare(
    `SELECT number, message FROM delivery
      WHERE state = ? AND ended_at < ? AND report_due = 0 LIMIT ?`,
  );

  /** The messages of the deliveries that went. */
  function forgetEnded(state: 'delivered' | 'failed', options: { before: number; limit: number }) {
    const rows = selectEnded.all(state, options.before, options.limit);
    for (const row of rows) forget.delivery(integer(row, 'number'));
    figures.add(state, -rows.length);
    return rows.map((row) => integer(row, 'message'));
  }

  return ({ deliveredBefore, failedBefore }) => {
    const delivered = forgetEnded('delivered', {
      before: deliveredBefore,
      limit: deliveriesPerStep,
    });
    const left = deliveriesPerStep - delivered.length;
    const failed = forgetEnded('failed', { before: failedBefore, limit: left });
    const more = failed.length === left;
    // Only now, because each delivery that is left needs the key of its lane.
    if (!more) lanes.deleteIdle(Math.min(deliveredBefore, failedBefore));
    return {
      messages: [...new Set([...delivered, ...failed])].filter((each) => forget.message(each))
        .length,
      more,
    };
  };
}
