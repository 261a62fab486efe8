// Writes what an attempt came to, where the claim that made it still holds.
import type { DatabaseSync } from 'node:sqlite';
import type { DeliveryChange } from '../../core/delivery.ts';
import type { Ask, AttemptResult } from './operations.ts';
import { placesOf } from './place.ts';
import type { QueueParts } from './queue-parts.ts';
import { integer, text, textOrNull, type Row } from './row.ts';

/** Of a delivery that is throttled for days the operator sees the last so many attempts. Part of the file's format. */
const olderAttemptsKept = 64;

export interface Results {
  renew(ask: Ask<'renew'>): boolean;
  record(result: AttemptResult): boolean;
  setAside(ask: Ask<'setAside'>): undefined;
}

export function prepareResults(db: DatabaseSync, parts: QueueParts): Results {
  const { chunks, lanes, figures, keepBodies } = parts;
  const owned = `id = ? AND fence = ? AND state = 'sending'`;
  const prolong = db.prepare(`UPDATE delivery SET due_at = ? WHERE ${owned}`);
  const selectOwned = db.prepare(
    `SELECT number, message, lane, connection, recorded, last_attempt FROM delivery WHERE ${owned}`,
  );
  const update = db.prepare(
    `UPDATE delivery SET state = ?, attempts = ?, ages_from = ?, due_at = ?, ended_at = ?,
            hold_scope = ?, in_doubt = ?, look_ups = ?, report_due = ?, connection = ?, lane = ?,
            last_attempt = ?, recorded = recorded + 1
      WHERE number = ?`,
  );
  const insertOlder = db.prepare(
    'INSERT OR REPLACE INTO attempt (delivery, place, recorded, document) VALUES (?, ?, ?, ?)',
  );
  const hold = db.prepare(
    `UPDATE delivery SET state = 'held', due_at = NULL, hold_scope = 'message' WHERE number = ?`,
  );
  const selectUndelivered = db.prepare(
    `SELECT 1 FROM delivery WHERE number BETWEEN ? AND ? AND state <> 'delivered' LIMIT 1`,
  );

  /** The last attempt lies in the row of its delivery; the one before moves to where older ones are. */
  function keepOlder(row: Row): void {
    const older = textOrNull(row, 'last_attempt');
    if (older === null) return;
    const recorded = integer(row, 'recorded');
    insertOlder.run(integer(row, 'number'), recorded % olderAttemptsKept, recorded, older);
  }

  /** The lane that the delivery is in from here on; both lanes find their next times at the end of the transaction. */
  function laneAfter(row: Row, { change, endedAt }: AttemptResult): number {
    const lane = integer(row, 'lane');
    if (change.pauseLaneUntil !== undefined) lanes.pause(lane, change.pauseLaneUntil);
    lanes.touch(lane, endedAt);
    if (change.move === undefined) return lane;
    const { lane: key, laneConcurrency: concurrency } = change.move;
    const next = lanes.enrol(key, { concurrency, dueAt: undefined, usedAt: endedAt });
    lanes.touch(next, endedAt);
    return next;
  }

  function write(row: Row, result: AttemptResult): void {
    const { change, attempt, endedAt } = result;
    update.run(
      change.state,
      change.attempts,
      change.agesFrom,
      dueAfter(change, endedAt),
      isEnd(change) ? endedAt : null,
      change.hold ?? null,
      Number(change.mayHaveBeenSent ?? change.state === 'unsure'),
      change.lookUps ?? 0,
      Number(change.reportDue ?? false),
      change.move?.connection ?? text(row, 'connection'),
      laneAfter(row, result),
      attempt,
      integer(row, 'number'),
    );
  }

  function dropIfDelivered(message: number): void {
    if (selectUndelivered.get(...placesOf(message)) === undefined) chunks.drop(message);
  }

  return {
    renew: ({ id, fence, leaseUntil }) => prolong.run(leaseUntil, id, fence).changes !== 0,
    record(result) {
      const row = selectOwned.get(result.id, result.fence);
      if (row === undefined) return false;
      const { change } = result;
      keepOlder(row);
      write(row, result);
      figures.move('sending', change.state, 1);
      if (change.state === 'delivered' && !keepBodies) dropIfDelivered(integer(row, 'message'));
      return true;
    },
    setAside({ id, fence }) {
      const row = selectOwned.get(id, fence);
      if (row === undefined) return undefined;
      hold.run(integer(row, 'number'));
      figures.move('sending', 'held', 1);
      lanes.touch(integer(row, 'lane'), 0);
      return undefined;
    },
  };
}

function isEnd({ state }: DeliveryChange): boolean {
  return state === 'delivered' || state === 'failed';
}

/** Held and ended deliveries are never due; any other is, at once where the change names no time. */
function dueAfter(change: DeliveryChange, endedAt: number): number | null {
  return isEnd(change) || change.state === 'held' ? null : (change.dueAt ?? endedAt);
}
