// Takes deliveries out of the queue, and with the last of a message the message and its body.
import type { DatabaseSync } from 'node:sqlite';
import { placesOf } from './place.ts';
import type { QueueParts } from './queue-parts.ts';
import { integer } from './row.ts';

export interface Forget {
  /** Forgets the row of a delivery and its attempts; figures and lanes are the caller's. */
  delivery(number: number): void;
  /**
   * To be called after deliveries of the message went. True when nothing is left of it. Its body goes as soon as no
   * delivery can need it.
   */
  message(message: number): boolean;
}

export function prepareForget(db: DatabaseSync, { chunks, keepBodies }: QueueParts): Forget {
  const deleteAttempts = db.prepare('DELETE FROM attempt WHERE delivery = ?');
  const deleteDelivery = db.prepare('DELETE FROM delivery WHERE number = ?');
  const deleteMessage = db.prepare('DELETE FROM message WHERE number = ?');
  const countLeft = db.prepare(
    `SELECT count(*) AS all_left, count(*) FILTER (WHERE state <> 'delivered') AS undelivered
       FROM delivery WHERE number BETWEEN ? AND ?`,
  );
  return {
    delivery(number) {
      deleteAttempts.run(number);
      deleteDelivery.run(number);
    },
    message(message) {
      const left = countLeft.get(...placesOf(message)) ?? {};
      const isGone = integer(left, 'all_left') === 0;
      const isDelivered = integer(left, 'undelivered') === 0;
      if (isGone || (isDelivered && !keepBodies)) chunks.drop(message);
      if (isGone) deleteMessage.run(message);
      return isGone;
    },
  };
}
