// Reads the columns of a row with their types: what a column should not hold is a damaged table.
import { deliveryStates } from '../../core/delivery.ts';
import type { HoldScope } from '../../core/outcome.ts';
import { StoreError } from '../../relay/ports.ts';
import type { DeliveryRow } from '../documents.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Of a bigint too, which comes as a text: none of ours is beyond 2^53. */
export function integer(row: Row, column: string): number {
  const value = row[column];
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number)
    ? number
    : unexpected(column, value);
}

export function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integer(row, column);
}

export function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : unexpected(column, value);
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function flag(row: Row, column: string): boolean {
  const value = row[column];
  return typeof value === 'boolean' ? value : unexpected(column, value);
}

export function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  return value instanceof Uint8Array ? value : unexpected(column, value);
}

/** @throws StoreError `corrupt` */
export function toDeliveryRow(row: Row): DeliveryRow {
  const state = text(row, 'state');
  return {
    id: text(row, 'id'),
    // One that this version does not know waits for an operator.
    state: deliveryStates.find((known) => known === state) ?? 'held',
    connection: text(row, 'connection'),
    lane: textOrNull(row, 'lane_key') ?? '',
    route: text(row, 'route'),
    attempts: integer(row, 'attempts'),
    agesFrom: integer(row, 'ages_from'),
    lookUps: integer(row, 'look_ups'),
    dueAt: integerOrNull(row, 'due_at'),
    hold: holdOf(row),
    mayHaveBeenSent: flag(row, 'in_doubt'),
    fence: integer(row, 'fence'),
    lastAttempt: textOrNull(row, 'last_attempt'),
  };
}

const scopes: readonly HoldScope[] = ['connection', 'lane', 'originator', 'message'];

function holdOf(row: Row): HoldScope | null {
  const scope = textOrNull(row, 'hold_scope');
  return scope === null ? null : (scopes.find((known) => known === scope) ?? 'message');
}

function unexpected(column: string, value: unknown): never {
  throw new StoreError(
    'corrupt',
    `The column "${column}" cannot be read: it holds ${typeof value}`,
  );
}
