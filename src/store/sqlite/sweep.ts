// Forgets what ended long enough ago, in steps that hold nobody up.
import type { DatabaseSync } from 'node:sqlite';
import type { AnswerTo, Ask } from './operations.ts';
import { placesOf } from './place.ts';
import type { QueueParts } from './queue-parts.ts';
import { integer, type Row } from './row.ts';

const deliveriesPerStep = 100;

/** One step: forgets some deliveries, and the messages that have none left. */
type Sweep = (ask: Ask<'sweep'>) => AnswerTo<'sweep'>;

export function prepareSweep(db: DatabaseSync, parts: QueueParts): Sweep {
  const { chunks, figures, lanes, keepBodies } = parts;
  const selectEnded = db.prepare(
    `SELECT number, message FROM delivery WHERE state = ? AND ended_at < ? LIMIT ?`,
  );
  const deleteAttempts = db.prepare('DELETE FROM attempt WHERE delivery = ?');
  const deleteDelivery = db.prepare('DELETE FROM delivery WHERE number = ?');
  const deleteMessage = db.prepare('DELETE FROM message WHERE number = ?');
  const countLeft = db.prepare(
    `SELECT count(*) AS all_left, count(*) FILTER (WHERE state <> 'delivered') AS undelivered
       FROM delivery WHERE number BETWEEN ? AND ?`,
  );

  function forget(row: Row): void {
    const number = integer(row, 'number');
    deleteAttempts.run(number);
    deleteDelivery.run(number);
  }

  /** True when nothing is left of the message. Its body goes as soon as no delivery can need it. */
  function forgetMessage(message: number): boolean {
    const left = countLeft.get(...placesOf(message)) ?? {};
    const isGone = integer(left, 'all_left') === 0;
    const isDelivered = integer(left, 'undelivered') === 0;
    if (isGone || (isDelivered && !keepBodies)) chunks.drop(message);
    if (isGone) deleteMessage.run(message);
    return isGone;
  }

  /** The messages of the deliveries that went. */
  function forgetEnded(state: 'delivered' | 'failed', options: { before: number; limit: number }) {
    const rows = selectEnded.all(state, options.before, options.limit);
    rows.forEach(forget);
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
    lanes.deleteIdle(Math.min(deliveredBefore, failedBefore));
    return {
      messages: [...new Set([...delivered, ...failed])].filter(forgetMessage).length,
      more: failed.length === left,
    };
  };
}
