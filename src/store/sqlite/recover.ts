// What the process before left behind: attempts without a result, and bodies without a message.
import type { DatabaseSync } from 'node:sqlite';
import type { QueueParts } from './queue-parts.ts';
import { integer } from './row.ts';

/**
 * Nobody else can be sending, because this process has the file alone: each attempt that has no result is unsure, and due.
 * A body that still arrived belongs to a client that never got its 250.
 */
export function recover(db: DatabaseSync, { lanes, figures }: QueueParts): void {
  const sending = db.prepare(
    `SELECT lane, count(*) AS deliveries FROM delivery WHERE state = 'sending' GROUP BY lane`,
  );
  for (const row of sending.all()) {
    figures.move('sending', 'unsure', integer(row, 'deliveries'));
    lanes.touch(integer(row, 'lane'), 0);
  }
  db.exec(`
    UPDATE delivery SET state = 'unsure', in_doubt = 1, look_ups = 0, due_at = received_at
      WHERE state = 'sending';
    INSERT INTO dropped_body SELECT number FROM incoming_body;
    DELETE FROM incoming_body;
  `);
}

/** A number that no body in the file has, nor any after it. */
export function nextBodyNumber(db: DatabaseSync): number {
  const row = db
    .prepare(
      `SELECT max(number) + 1 AS number FROM
        (SELECT 0 AS number UNION ALL SELECT max(number) FROM message
         UNION ALL SELECT max(number) FROM incoming_body UNION ALL SELECT max(number) FROM dropped_body)`,
    )
    .get();
  return integer(row ?? {}, 'number');
}
