// Puts other deliveries of the same message into the place of one.
import type { DatabaseSync } from 'node:sqlite';
import { stateOf } from './delivery-row.ts';
import { prepareEnrol } from './enrol.ts';
import { prepareForget } from './forget.ts';
import type { Ask } from './operations.ts';
import { placesOf, placesPerOwner } from './place.ts';
import type { QueueParts } from './queue-parts.ts';
import { integer } from './row.ts';

export function prepareReplace(
  db: DatabaseSync,
  parts: QueueParts,
): (ask: Ask<'replace'>) => boolean {
  const { figures, lanes } = parts;
  const enrol = prepareEnrol(db, parts);
  const forget = prepareForget(db, parts);
  const find = db.prepare(
    'SELECT number, message, lane, state, fence, received_at FROM delivery WHERE id = ?',
  );
  const lastPlace = db.prepare(
    'SELECT max(number) AS number FROM delivery WHERE number BETWEEN ? AND ?',
  );

  return ({ id, deliveries, seen }) => {
    const row = find.get(id);
    const state = row && stateOf(row);
    if (row === undefined || state === undefined) return false;
    if (state === 'sending' || state === 'delivered') return false;
    if (state !== seen.state || integer(row, 'fence') !== seen.fence) return false;
    const message = integer(row, 'message');
    const receivedAt = integer(row, 'received_at');
    const last = integer(lastPlace.get(...placesOf(message)) ?? {}, 'number') % placesPerOwner;
    lanes.touch(integer(row, 'lane'), 0);
    figures.add(state, -1);
    forget.delivery(integer(row, 'number'));
    for (const [index, delivery] of deliveries.entries()) {
      // What is sent another way today has not aged on the way that did not work.
      const agesFrom = Math.max(receivedAt, delivery.dueAt ?? receivedAt);
      const position = last + 1 + index;
      enrol(delivery, { message, position, receivedAt, agesFrom, fence: integer(row, 'fence') });
    }
    forget.message(message);
    return true;
  };
}
