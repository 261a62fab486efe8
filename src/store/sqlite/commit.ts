// Writes a new message with its deliveries: after this transaction it exists, before it nothing of it does.
import type { DatabaseSync } from 'node:sqlite';
import { prepareEnrol } from './enrol.ts';
import type { NewMessage } from './operations.ts';
import type { QueueParts } from './queue-parts.ts';
import type { Reports } from './reports.ts';

export function prepareCommit(
  db: DatabaseSync,
  { reports, ...parts }: QueueParts & { readonly reports: Reports },
): (message: NewMessage) => boolean {
  const { chunks } = parts;
  const enrol = prepareEnrol(db, parts);
  const insertMessage = db.prepare(
    `INSERT INTO message (number, id, size_bytes, document, given_id_key, body_digest)
      VALUES (?, ?, ?, ?, ?, ?)`,
  );

  function insert(message: NewMessage): void {
    const { body, receivedAt, givenId } = message;
    chunks.finish(body, message.chunksStored, message.tail);
    insertMessage.run(
      body,
      message.id,
      message.sizeBytes,
      message.document,
      givenId?.key ?? null,
      givenId?.bodyDigest ?? null,
    );
    for (const [position, delivery] of message.deliveries.entries()) {
      enrol(delivery, { message: body, position, receivedAt, agesFrom: receivedAt, fence: 0 });
    }
  }

  return (message) => {
    const { body, reportOf } = message;
    const isDue = reportOf === undefined || reports.dismiss(reportOf);
    if (isDue) insert(message);
    else chunks.discard(body);
    return isDue;
  };
}
