// What an operator does with deliveries, one step of it.
import type { DatabaseSync } from 'node:sqlite';
import type { DeliveryState } from '../../core/delivery.ts';
import type { DeliveryFilter, QueueAction } from '../../relay/ports.ts';
import { stateOf } from './delivery-row.ts';
import type { Examine } from './examine.ts';
import { prepareForget } from './forget.ts';
import type { AnswerTo, Ask } from './operations.ts';
import type { QueueParts } from './queue-parts.ts';
import { integer, type Row } from './row.ts';

/** Short enough for a client that waits for its 250 meanwhile. */
const rowsPerStep = 200;

const states: Readonly<Record<QueueAction['kind'], readonly DeliveryState[]>> = {
  retry: ['ready', 'deferred', 'unsure', 'failed'],
  hold: ['ready', 'deferred', 'unsure'],
  release: ['held'],
  remove: ['ready', 'deferred', 'unsure', 'held', 'failed', 'delivered'],
};

/** What becomes of the row of a delivery. */
interface Change {
  readonly state: DeliveryState;
  readonly dueAt: number | null;
  readonly attempts: number;
  readonly agesFrom: number;
}

export function prepareAct(
  db: DatabaseSync,
  { examine, ...parts }: QueueParts & { readonly examine: Examine },
): (ask: Ask<'act'>) => AnswerTo<'act'> {
  const { figures, lanes } = parts;
  const forget = prepareForget(db, parts);
  const update = db.prepare(
    `UPDATE delivery SET state = ?, due_at = ?, attempts = ?, ages_from = ?,
            ended_at = NULL, hold_scope = NULL, report_due = 0
      WHERE number = ?`,
  );

  function remove(row: Row): boolean {
    const number = integer(row, 'number');
    lanes.touch(integer(row, 'lane'), 0);
    forget.delivery(number);
    figures.add(stateOf(row), -1);
    forget.message(integer(row, 'message'));
    return true;
  }

  function write(row: Row, { state, dueAt, attempts, agesFrom }: Change): boolean {
    const number = integer(row, 'number');
    update.run(state, dueAt, attempts, agesFrom, number);
    figures.move(stateOf(row), state, 1);
    lanes.touch(integer(row, 'lane'), dueAt ?? 0);
    return true;
  }

  /** False: there was nothing to change. */
  function carryOut(action: QueueAction, row: Row): boolean {
    if (!states[action.kind].includes(stateOf(row))) return false;
    if (action.kind === 'remove') return remove(row);
    if (action.kind === 'hold')
      return write(row, { ...unchanged(row), state: 'held', dueAt: null });
    return !isDue(row, action.now) && write(row, letGo(row, action.now));
  }

  return ({ action, filter, before }) => {
    const { rows, ...rest } = examine({
      filter: narrow(filter, action),
      before,
      maxExamined: rowsPerStep,
      maxFound: rowsPerStep,
    });
    return { ...rest, changed: rows.filter((row) => carryOut(action, row)).length };
  };
}

/** Held ones have an index, all others together have none. */
function narrow(filter: DeliveryFilter, { kind }: QueueAction): DeliveryFilter {
  return kind === 'release' && filter.state === undefined ? { ...filter, state: 'held' } : filter;
}

function unchanged(row: Row): Pick<Change, 'attempts' | 'agesFrom'> {
  return { attempts: integer(row, 'attempts'), agesFrom: integer(row, 'ages_from') };
}

function isDue(row: Row, now: number): boolean {
  return ['ready', 'unsure'].includes(stateOf(row)) && integer(row, 'due_at') <= now;
}

/** One that may have been sent is looked for before it is sent again, also after it was held or had failed. */
function letGo(row: Row, now: number): Change {
  const state = stateOf(row);
  return {
    ...unchanged(row),
    ...((state === 'held' || state === 'failed') && { agesFrom: now }),
    ...(state === 'failed' && { attempts: 0 }),
    state: integer(row, 'in_doubt') === 1 ? 'unsure' : 'ready',
    dueAt: now,
  };
}
