// Reads the row of a delivery, with the key of its lane.
import { deliveryStates, type DeliveryState } from '../../core/delivery.ts';
import type { HoldScope } from '../../core/outcome.ts';
import type { DeliveryRow } from '../documents.ts';
import { integer, integerOrNull, text, textOrNull, type Row } from './row.ts';

/** For a SELECT over `delivery`: what `toDeliveryRow` reads. */
export const deliveryColumns = `delivery.number, delivery.id, message, lane, state, connection, route, attempts, ages_from,
  look_ups, due_at, hold_scope, in_doubt, fence, last_attempt, received_at,
  (SELECT key FROM lane WHERE lane.number = delivery.lane) AS lane_key`;

/** @throws StoreError `corrupt` */
export function toDeliveryRow(row: Row): DeliveryRow {
  return {
    id: text(row, 'id'),
    state: stateOf(row),
    connection: text(row, 'connection'),
    // The lane of what was delivered long ago may be forgotten.
    lane: textOrNull(row, 'lane_key') ?? '',
    route: text(row, 'route'),
    attempts: integer(row, 'attempts'),
    agesFrom: integer(row, 'ages_from'),
    lookUps: integer(row, 'look_ups'),
    dueAt: integerOrNull(row, 'due_at'),
    hold: holdOf(row),
    mayHaveBeenSent: integer(row, 'in_doubt') === 1,
    fence: integer(row, 'fence'),
    lastAttempt: textOrNull(row, 'last_attempt'),
  };
}

/** One that this version does not know waits for an operator. */
export function stateOf(row: Row): DeliveryState {
  const state = text(row, 'state');
  return deliveryStates.find((known) => known === state) ?? 'held';
}

const scopes: readonly HoldScope[] = [
  'connection',
  'lane',
  'originator',
  'largeMessages',
  'message',
];

function holdOf(row: Row): HoldScope | null {
  const scope = textOrNull(row, 'hold_scope');
  return scope === null ? null : (scopes.find((known) => known === scope) ?? 'message');
}
