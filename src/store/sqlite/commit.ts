// Writes a new message with its deliveries: after this transaction it exists, before it nothing of it does.
import type { DatabaseSync } from 'node:sqlite';
import type { NewMessage } from './operations.ts';
import { placeOf } from './place.ts';
import type { QueueParts } from './queue-parts.ts';

export function prepareCommit(
  db: DatabaseSync,
  parts: QueueParts,
): (message: NewMessage) => undefined {
  const { chunks, figures, lanes } = parts;
  const insertMessage = db.prepare(
    'INSERT INTO message (number, id, size_bytes, document) VALUES (?, ?, ?, ?)',
  );
  const insertDelivery = db.prepare(
    `INSERT INTO delivery
      (number, id, message, lane, priority, state, received_at, ages_from, due_at, connection, route)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );

  return (message) => {
    const { body, receivedAt } = message;
    chunks.finish(body, message.chunksStored, message.tail);
    insertMessage.run(body, message.id, message.sizeBytes, message.document);
    for (const [position, delivery] of message.deliveries.entries()) {
      const { id, state, dueAt, laneConcurrency: concurrency } = delivery;
      const lane = lanes.enrol(delivery.lane, { concurrency, dueAt, receivedAt });
      insertDelivery.run(
        placeOf(body, position),
        id,
        body,
        lane,
        delivery.priority === 'high' ? 0 : 1,
        state,
        receivedAt,
        receivedAt,
        dueAt ?? null,
        delivery.connection,
        delivery.route,
      );
      figures.add(state, 1);
    }
    return undefined;
  };
}
