// The parts of a row that are kept as JSON, and what the store gives back made of them.
import type { Attempt, Delivery } from '../../core/delivery.ts';
import type { LaneKey } from '../../core/lane.ts';
import type { Route } from '../../core/route.ts';
import {
  StoreError,
  type Claim,
  type Content,
  type DeliverySummary,
  type NewDelivery,
  type StoredMessage,
} from '../../relay/ports.ts';
import type { ClaimedRow, ListedRow, NewDeliveryRow } from './operations.ts';

export function toNewDeliveryRow(delivery: NewDelivery, receivedAt: number): NewDeliveryRow {
  const { id, lane, laneConcurrency, state, priority, connection } = delivery;
  return {
    id,
    lane,
    laneConcurrency,
    state,
    priority,
    connection,
    route: JSON.stringify(delivery.route),
    ...(state === 'ready' && { dueAt: delivery.dueAt ?? receivedAt }),
  };
}

/** @throws StoreError `corrupt` */
export function toClaim(row: ClaimedRow, content: Content): Claim {
  const message = parse<StoredMessage>(row.document, row.id);
  const delivery: Delivery = {
    id: row.id,
    messageId: message.id,
    route: parse<Route>(row.route, row.id),
    connection: row.connection,
    // Lane keys are made by laneOf alone, and this one came in with a delivery.
    lane: row.lane as LaneKey,
    state: 'sending',
    attempts: row.attempts,
    agesFrom: row.agesFrom,
    dueAt: row.leaseUntil,
  };
  return { delivery, message, content, fence: row.fence, mayHaveBeenSent: row.mayHaveBeenSent };
}

/** @throws StoreError `corrupt` */
export function toSummary(row: ListedRow): DeliverySummary {
  const message = parse<StoredMessage>(row.document, row.id);
  const route = parse<Route>(row.route, row.id);
  return {
    id: row.id,
    messageId: message.id,
    receivedAt: message.receivedAt,
    client: message.client.name,
    from: message.from,
    subject: message.subject,
    sizeBytes: row.sizeBytes,
    forwardPaths: route.forwardPaths,
    route: route.rule,
    connection: row.connection,
    state: row.state,
    attempts: row.attempts,
    ...(row.dueAt !== null && { dueAt: row.dueAt }),
    ...(row.lastAttempt !== null && { lastAttempt: toAttempt(row.lastAttempt, row.id) }),
  };
}

/** @throws StoreError `corrupt` */
export function toAttempt(json: string, delivery: string): Attempt {
  return parse<Attempt>(json, delivery);
}

/** What stands in the file was written by this store from a value of the same type: only damage can make it another. */
function parse<T>(json: string, delivery: string): T {
  try {
    return JSON.parse(json) as T;
  } catch (cause) {
    throw new StoreError('corrupt', `The delivery "${delivery}" cannot be read: ${String(cause)}`, {
      cause,
    });
  }
}
