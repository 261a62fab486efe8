// Writes the rows of new deliveries.
import type { DatabaseSync } from 'node:sqlite';
import type { NewDeliveryRow } from './operations.ts';
import { placeOf } from './place.ts';
import type { QueueParts } from './queue-parts.ts';

export interface NewPlace {
  /** Number of the message. */
  readonly message: number;
  /** Position among its deliveries. */
  readonly position: number;
  readonly receivedAt: number;
  readonly agesFrom: number;
  /** Claims of a delivery that had its id before are older than this. */
  readonly fence: number;
}

export type Enrol = (delivery: NewDeliveryRow, place: NewPlace) => void;

export function prepareEnrol(
  db: DatabaseSync,
  { figures, lanes }: Pick<QueueParts, 'figures' | 'lanes'>,
): Enrol {
  const insert = db.prepare(
    `INSERT INTO delivery
      (number, id, message, lane, priority, state, in_doubt, fence, received_at, ages_from, due_at, connection, route)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (delivery, { message, position, receivedAt, agesFrom, fence }) => {
    const { id, state, dueAt, laneConcurrency: concurrency } = delivery;
    insert.run(
      placeOf(message, position),
      id,
      message,
      lanes.enrol(delivery.lane, { concurrency, dueAt, usedAt: agesFrom }),
      delivery.priority === 'high' ? 0 : 1,
      state,
      Number(delivery.mayHaveBeenSent),
      fence,
      receivedAt,
      agesFrom,
      dueAt ?? null,
      delivery.connection,
      delivery.route,
    );
    figures.add(state, 1);
  };
}
