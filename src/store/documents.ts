// The parts of a row that are kept as JSON, and what a store gives back made of them.
import type { Breaker } from '../core/breaker.ts';
import type { Attempt, Delivery, DeliveryState } from '../core/delivery.ts';
import type { LaneKey } from '../core/lane.ts';
import type { HoldScope } from '../core/outcome.ts';
import { emptyLedger, type PaceLedger } from '../core/pace.ts';
import type { Route } from '../core/route.ts';
import {
  StoreError,
  type DeliveryRecord,
  type DeliverySummary,
  type StoredMessage,
} from '../relay/ports.ts';

/** A delivery, as its row has it. */
export interface DeliveryRow {
  readonly id: string;
  readonly state: DeliveryState;
  readonly connection: string;
  /** Key of the lane. */
  readonly lane: string;
  /** JSON of a `Route`. */
  readonly route: string;
  readonly attempts: number;
  readonly agesFrom: number;
  readonly lookUps: number;
  readonly dueAt: number | null;
  readonly hold: HoldScope | null;
  readonly mayHaveBeenSent: boolean;
  readonly fence: number;
  /** JSON of an `Attempt`. */
  readonly lastAttempt: string | null;
}

/** JSON of a `StoredMessage`. @throws StoreError `corrupt` */
export function toMessage(json: string, id: string): StoredMessage {
  return parse<StoredMessage>(json, id);
}

/** JSON of a `Route`. @throws StoreError `corrupt` */
export function toRoute(json: string, delivery: string): Route {
  return parse<Route>(json, delivery);
}

/** JSON of a `Breaker`. @throws StoreError `corrupt` */
export function toBreaker(json: string, connection: string): Breaker {
  return parse<Breaker>(json, connection);
}

/** JSON of a `PaceLedger`. One that cannot be read is as good as empty: Graph says so when it was not. */
export function toLedger(json: string): PaceLedger {
  try {
    const ledger: unknown = JSON.parse(json);
    return isLedger(ledger) ? ledger : emptyLedger;
  } catch {
    return emptyLedger;
  }
}

/** Another version may have written it: what is counted on in vain would stop the lanes of the whole process. */
function isLedger(value: unknown): value is PaceLedger {
  if (!isRecord(value) || !isRecord(value['counts'])) return false;
  const { turn } = value;
  return Object.values(value['counts']).every(isSlots) && (turn === undefined || isTurn(turn));
}

function isSlots(value: unknown): boolean {
  return Array.isArray(value) && value.every(isSlot);
}

function isSlot(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isFinite);
}

function isTurn(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value['id'] === 'string' &&
    typeof value['key'] === 'string' &&
    Number.isFinite(value['since']) &&
    Number.isFinite(value['roomAt'])
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON of an `Attempt`. @throws StoreError `corrupt` */
export function toAttempt(json: string, delivery: string): Attempt {
  return parse<Attempt>(json, delivery);
}

/** @throws StoreError `corrupt` */
export function toDelivery(
  row: Omit<DeliveryRow, 'hold' | 'mayHaveBeenSent' | 'fence' | 'lastAttempt'>,
  messageId: string,
): Delivery {
  const { id, state, connection, attempts, agesFrom, lookUps, dueAt } = row;
  return {
    id,
    messageId,
    route: toRoute(row.route, id),
    connection,
    lane: toLaneKey(row.lane),
    state,
    attempts,
    agesFrom,
    lookUps,
    ...(dueAt !== null && { dueAt }),
  };
}

/** @throws StoreError `corrupt` */
export function toSummary(row: DeliveryRow, message: StoredMessage): DeliverySummary {
  const { id, state, connection, attempts, dueAt, hold, lastAttempt } = row;
  const route = toRoute(row.route, id);
  return {
    id,
    messageId: message.id,
    receivedAt: message.receivedAt,
    client: message.client.name,
    reversePath: message.envelope.reversePath,
    from: message.from,
    subject: message.subject,
    sizeBytes: message.sizeBytes,
    forwardPaths: route.forwardPaths,
    route: route.rule,
    connection,
    lane: toLaneKey(row.lane),
    state,
    attempts,
    ...(dueAt !== null && { dueAt }),
    ...(hold !== null && { hold }),
    ...(lastAttempt !== null && { lastAttempt: toAttempt(lastAttempt, id) }),
  };
}

/**
 * @param history JSON of each `Attempt`, oldest first
 * @throws StoreError `corrupt`
 */
export function toRecord(
  row: DeliveryRow,
  { message, history }: { readonly message: StoredMessage; readonly history: readonly string[] },
): DeliveryRecord {
  return {
    ...toSummary(row, message),
    delivery: toDelivery(row, message.id),
    mayHaveBeenSent: row.mayHaveBeenSent,
    fence: row.fence,
    history: history.map((json) => toAttempt(json, row.id)),
  };
}

/** Lane keys are made by laneOf alone, and what stands in a row came in with a delivery. */
export function toLaneKey(key: string): LaneKey {
  return key as LaneKey;
}

/** What stands in a row was written by a store from a value of the same type: only damage can make it another. */
function parse<T>(json: string, id: string): T {
  try {
    return JSON.parse(json) as T;
  } catch (cause) {
    throw new StoreError('corrupt', `The row of "${id}" cannot be read: ${String(cause)}`, {
      cause,
    });
  }
}
