// Forgets what ended long enough ago, in steps that hold nobody up.
import type { DatabaseSync } from 'node:sqlite';
import { prepareForget } from './forget.ts';
import { prepareForgetLedgers } from './ledgers.ts';
import type { AnswerTo, Ask, SweepPlace } from './operations.ts';
import { placesOf } from './place.ts';
import type { QueueParts } from './queue-parts.ts';
import { integer, type Row } from './row.ts';

const rowsPerStep = 100;

/** What has failed goes first: with it may go the last that kept what was delivered. */
const first: SweepPlace = { state: 'failed', endedAt: 0, number: 0 };

/** One step: looks at some deliveries, and forgets those that may go, and the messages that have none left. */
type Sweep = (ask: Ask<'sweep'>) => AnswerTo<'sweep'>;

export function prepareSweep(db: DatabaseSync, parts: QueueParts): Sweep {
  const { figures, lanes } = parts;
  const forget = prepareForget(db, parts);
  const forgetLedgers = prepareForgetLedgers(db);
  const selectEnded = db.prepare(
    `SELECT number, message, ended_at, report_due FROM delivery
      WHERE state = ? AND ended_at < ? AND (ended_at, number) > (?, ?)
      ORDER BY ended_at, number LIMIT ${rowsPerStep}`,
  );
  const selectUndelivered = db.prepare(
    `SELECT 1 FROM delivery WHERE number BETWEEN ? AND ? AND state <> 'delivered' LIMIT 1`,
  );

  /** An end that is still to be reported stays, however long that takes. */
  function mayGo(row: Row, state: SweepPlace['state']): boolean {
    if (integer(row, 'report_due') === 1) return false;
    const places = placesOf(integer(row, 'message'));
    return state === 'failed' || selectUndelivered.get(...places) === undefined;
  }

  /** How many messages went. */
  function forgetAll(rows: readonly Row[], state: SweepPlace['state']): number {
    for (const row of rows) forget.delivery(integer(row, 'number'));
    figures.add(state, -rows.length);
    const messages = new Set(rows.map((row) => integer(row, 'message')));
    return [...messages].filter((each) => forget.message(each)).length;
  }

  return ({ deliveredBefore, failedBefore, after = first }) => {
    const { state, endedAt, number } = after;
    const before = state === 'failed' ? failedBefore : deliveredBefore;
    const rows = selectEnded.all(state, before, endedAt, number);
    const ripe = rows.filter((row) => mayGo(row, state));
    const messages = forgetAll(ripe, state);
    const last = rows.at(-1);
    if (last !== undefined && rows.length === rowsPerStep) {
      const next = { state, endedAt: integer(last, 'ended_at'), number: integer(last, 'number') };
      return { messages, next };
    }
    if (state === 'failed') return { messages, next: { ...first, state: 'delivered' } };
    // Only now, because what is left of failed deliveries needs the keys of their lanes.
    const usedBefore = Math.min(deliveredBefore, failedBefore);
    lanes.deleteIdle(usedBefore);
    forgetLedgers(usedBefore);
    return { messages };
  };
}
