// Finds the deliveries that a filter means: newest first, because ids are in the order of time, a bounded number of rows at once.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DeliveryState } from '../../core/delivery.ts';
import { troubledStates, type DeliveryFilter, type StoredMessage } from '../../relay/ports.ts';
import { createMatch, type Candidate } from '../delivery-match.ts';
import { toMessage, toRoute } from '../documents.ts';
import { deliveryColumns } from './delivery-row.ts';
import { ofState } from './of-state.ts';
import { placesOf } from './place.ts';
import { integer, text, textOrNull, type Row } from './row.ts';
import { toTrouble } from './trouble.ts';

export interface ExamineOptions {
  readonly filter: DeliveryFilter;
  /** An id; those before it are looked at. */
  readonly before: string | undefined;
  readonly maxExamined: number;
  readonly maxFound: number;
}

export interface Examined {
  /** Rows of deliveries with `size_bytes` and `document` of their messages. */
  readonly rows: readonly Row[];
  /** Where to go on; absent when no row is left. */
  readonly next?: string;
}

export type Examine = (options: ExamineOptions) => Examined;

/** Sorts after any id. */
const beyondAnyId = '\u{10ffff}';

const rowsPerPortion = 64;

export function prepareExamine(db: DatabaseSync): Examine {
  const select = (condition: string) =>
    db.prepare(
      `SELECT ${deliveryColumns}, size_bytes, document
         FROM delivery JOIN message ON message.number = delivery.message WHERE ${condition}`,
    );
  const onwards = (condition: string) =>
    select(`delivery.id < ? ${condition} ORDER BY delivery.id DESC LIMIT ?`);
  const ofAll = onwards('');
  const ofRareState = new Map<DeliveryState, StatementSync>(
    troubledStates.map((state) => [state, onwards(`AND ${ofState(state)}`)]),
  );
  const ofDelivery = select('delivery.id = ?');
  const ofMessage = select('delivery.number BETWEEN ? AND ?');
  const findMessage = db.prepare('SELECT number FROM message WHERE id = ?');

  function rowsOfId(id: string): Row[] {
    const message = findMessage.get(id);
    return message === undefined
      ? ofDelivery.all(id)
      : ofMessage.all(...placesOf(integer(message, 'number')));
  }

  function rowsOfIds(ids: readonly string[], before: string): Row[] {
    const found = new Map(ids.flatMap(rowsOfId).map((row) => [text(row, 'id'), row]));
    return [...found]
      .filter(([id]) => id < before)
      .toSorted(([a], [b]) => (a < b ? 1 : -1))
      .map(([, row]) => row);
  }

  /** In small portions, because mostly the first rows are enough. */
  function* rowsOf({ filter, before = beyondAnyId }: ExamineOptions): Generator<Row> {
    if (filter.ids !== undefined) return yield* rowsOfIds(filter.ids, before);
    const statement = (filter.state && ofRareState.get(filter.state)) ?? ofAll;
    for (let last: string | undefined = before; last !== undefined;) {
      const portion: Row[] = statement.all(last, rowsPerPortion);
      yield* portion;
      last = portion.length < rowsPerPortion ? undefined : text(portion.at(-1) ?? {}, 'id');
    }
  }

  return (options) => {
    const { maxExamined, maxFound } = options;
    const match = createMatch(options.filter);
    const rows: Row[] = [];
    let examined = 0;
    let next = options.before ?? beyondAnyId;
    for (const row of rowsOf(options)) {
      const isMeant = isMatch(match, row);
      if (examined === maxExamined || (isMeant && rows.length === maxFound)) return { rows, next };
      if (isMeant) rows.push(row);
      examined += 1;
      next = text(row, 'id');
    }
    return { rows };
  };
}

/** What cannot be read is not found by what it says. */
function isMatch(match: (candidate: Candidate) => boolean, row: Row): boolean {
  try {
    return match(toCandidate(row));
  } catch (error) {
    if (toTrouble(error).fault === 'corrupt') return false;
    throw error;
  }
}

function toCandidate(row: Row): Candidate {
  const id = text(row, 'id');
  let message: StoredMessage | undefined;
  return {
    state: text(row, 'state'),
    connection: text(row, 'connection'),
    lane: textOrNull(row, 'lane_key') ?? '',
    receivedAt: integer(row, 'received_at'),
    message: () => (message ??= toMessage(text(row, 'document'), id)),
    route: () => toRoute(text(row, 'route'), id),
  };
}
