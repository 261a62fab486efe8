// What the operator sees of the lanes.
import type { DatabaseSync } from 'node:sqlite';
import type { LaneSummary } from '../../relay/ports.ts';
import { toLaneKey } from '../documents.ts';
import type { Ask } from './operations.ts';
import { integer, text, type Row } from './row.ts';

const mostLanes = 1000;
const mostCounted = 1000;

export function prepareLaneSummaries(db: DatabaseSync): (ask: Ask<'lanes'>) => LaneSummary[] {
  // A lane has a time exactly as long as something in it waits or is in flight.
  const selectBusy = db.prepare(
    `SELECT number, key, concurrency, paused_until FROM lane
      WHERE due_at IS NOT NULL ORDER BY paused_until DESC, key LIMIT ${mostLanes}`,
  );
  const countSending = db.prepare(
    `SELECT count(*) AS count FROM delivery WHERE lane = ? AND state = 'sending'`,
  );
  const countWaiting = db.prepare(
    `SELECT count(*) AS count FROM
      (SELECT 1 FROM delivery WHERE lane = ? AND state IN ('ready', 'unsure', 'deferred')
        LIMIT ?)`,
  );

  function toSummary(row: Row, { now, countTo = mostCounted }: Ask<'lanes'>): LaneSummary {
    const number = integer(row, 'number');
    const pausedUntil = integer(row, 'paused_until');
    return {
      lane: toLaneKey(text(row, 'key')),
      concurrency: integer(row, 'concurrency'),
      sending: integer(countSending.get(number) ?? {}, 'count'),
      waiting: integer(countWaiting.get(number, countTo) ?? {}, 'count'),
      ...(pausedUntil > now && { pausedUntil }),
    };
  }

  return (ask) => selectBusy.all().map((row) => toSummary(row, ask));
}
