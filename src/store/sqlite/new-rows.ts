// What travels to the thread of a new message, and what a claim becomes on its way back.
import type { Claim, Content, NewDelivery, StoredMessage } from '../../relay/ports.ts';
import { toDelivery, toMessage } from '../documents.ts';
import { givenIdOf } from '../given-id.ts';
import type { ClaimedRow, NewDeliveryRow, NewMessage } from './operations.ts';

export function toNewMessage(
  message: StoredMessage,
  deliveries: readonly NewDelivery[],
): Pick<NewMessage, 'id' | 'receivedAt' | 'document' | 'givenId' | 'deliveries'> {
  const { id, receivedAt } = message;
  const givenId = givenIdOf(message);
  return {
    id,
    receivedAt,
    document: JSON.stringify(message),
    deliveries: deliveries.map((delivery) => toNewDeliveryRow(delivery, receivedAt)),
    ...(givenId && { givenId }),
  };
}

/** @param receivedAt when it is due where it says nothing else */
export function toNewDeliveryRow(delivery: NewDelivery, receivedAt = 0): NewDeliveryRow {
  const { id, lane, laneConcurrency, state, priority, connection } = delivery;
  const { mayHaveBeenSent = state === 'unsure' } = delivery;
  return {
    id,
    lane,
    laneConcurrency,
    state,
    priority,
    connection,
    route: JSON.stringify(delivery.route),
    mayHaveBeenSent,
    ...(state !== 'held' && { dueAt: delivery.dueAt ?? receivedAt }),
  };
}

/** @throws StoreError `corrupt` */
export function toClaim(row: ClaimedRow, content: Content): Claim {
  const message = toMessage(row.document, row.id);
  const delivery = toDelivery({ ...row, state: 'sending', dueAt: row.leaseUntil }, message.id);
  return { delivery, message, content, fence: row.fence, mayHaveBeenSent: row.mayHaveBeenSent };
}
