// The operator's list: deliveries by id, newest first, because ids are in the order of time.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { deliveryStates } from '../../core/delivery.ts';
import type { Ask, ListedRow } from './operations.ts';
import { integer, integerOrNull, text, textOrNull, type Row } from './row.ts';

/** Sorts after any id. */
const beyondAnyId = '\u{10ffff}';

export function prepareList(db: DatabaseSync): (ask: Ask<'list'>) => ListedRow[] {
  const ofAll = prepareSelect(db, '');
  // The state is part of the text, because a parameter would keep SQLite from the partial index of the rare states.
  const ofState = new Map(
    deliveryStates.map((state) => [state, prepareSelect(db, `AND state = '${state}'`)]),
  );
  return ({ limit, before, state }) => {
    const select = (state && ofState.get(state)) ?? ofAll;
    return select.all(before ?? beyondAnyId, limit).map(toListedRow);
  };
}

function prepareSelect(db: DatabaseSync, filter: string): StatementSync {
  return db.prepare(
    `SELECT delivery.id, size_bytes, document, route, connection, state, attempts, due_at, last_attempt
       FROM delivery JOIN message ON message.number = delivery.message
      WHERE delivery.id < ? ${filter} ORDER BY delivery.id DESC LIMIT ?`,
  );
}

function toListedRow(row: Row): ListedRow {
  const state = text(row, 'state');
  return {
    id: text(row, 'id'),
    sizeBytes: integer(row, 'size_bytes'),
    document: text(row, 'document'),
    route: text(row, 'route'),
    connection: text(row, 'connection'),
    state: deliveryStates.find((known) => known === state) ?? 'held',
    attempts: integer(row, 'attempts'),
    dueAt: integerOrNull(row, 'due_at'),
    lastAttempt: textOrNull(row, 'last_attempt'),
  };
}
