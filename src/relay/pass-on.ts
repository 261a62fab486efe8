// Finds the connection that takes a delivery which another one did not: the backups of its route, in their order.
import { candidatesOf, isTooLargeForIt, laterCandidates, shouldPassOn } from '../core/backup.ts';
import type { Delivery, DeliveryChange } from '../core/delivery.ts';
import { laneOf, type LaneKey } from '../core/lane.ts';
import type { Outcome } from '../core/outcome.ts';
import { splitRecipients } from '../core/recipients.ts';
import type { Breakers } from './breakers.ts';
import { composeClaim, type ComposeParts } from './compose-claim.ts';
import { findUncarriable } from './plan-transport.ts';
import type { Connection } from './policy.ts';
import type { Claim, MessageParts, NewDelivery } from './ports.ts';

export interface PassOnParts extends ComposeParts {
  readonly messageParts: MessageParts;
  readonly breakers: Pick<Breakers, 'isOpen'>;
}

export interface Conclusion {
  readonly outcome: Outcome;
  readonly change: DeliveryChange;
}

/** What a delivery becomes. */
export interface PassedOn {
  readonly change: DeliveryChange;
  /**
   * What is to take its place once the change is written: the next connection takes fewer recipients at once. A crash
   * before that leaves it to the connection that it has, and it is passed on again.
   */
  readonly instead?: readonly NewDelivery[];
}

/**
 * What a delivery becomes where the trouble is its connection's own: the next backup that can carry it has it at once;
 * after the last one it begins again with the first, when it is due. Never while it may have been sent. Throws what the
 * content throws.
 */
export async function passOn(
  claim: Claim,
  { outcome, change }: Conclusion,
  parts: PassOnParts & { readonly now: number },
): Promise<PassedOn> {
  const { action } = claim.delivery.route;
  const { connection, attempts } = claim.delivery;
  if (claim.mayHaveBeenSent) return { change };
  if (isTooLargeForIt(outcome)) return (await passOnLarge(claim, parts)) ?? { change };
  if (!isWaiting(change)) return { change };
  if (isForTooMany(claim, connection, parts)) {
    const here = await placeAt(connection, claim, parts);
    if (here) return leaveOver(here, claim, { change, dueAt: parts.now });
  }
  if (candidatesOf(action).length < 2) return { change };
  const isOpen = parts.breakers.isOpen(connection);
  if (!shouldPassOn({ outcome, attempts, isOpen })) return { change };
  const next = await passToLater(claim, change, parts);
  if (next) return next;
  const [first = connection] = candidatesOf(action);
  const place = first === connection ? undefined : await placeAt(first, claim, parts);
  const dueAt = change.dueAt ?? parts.now;
  return place ? leaveOver(place, claim, { change, dueAt }) : { change };
}

/** At once, so that its age is as it was. Undefined: none of them can carry it now. */
async function passToLater(
  claim: Claim,
  change: DeliveryChange,
  parts: PassOnParts & { readonly now: number },
): Promise<PassedOn | undefined> {
  const { connection, route, agesFrom } = claim.delivery;
  for (const name of laterCandidates(route.action, connection)) {
    const place = parts.breakers.isOpen(name) ? undefined : await placeAt(name, claim, parts);
    if (place)
      return leaveOver(place, claim, { change: { ...change, agesFrom }, dueAt: parts.now });
  }
  return undefined;
}

/** How soon one that takes it, but whose breaker is open, is asked: it may have been left for its trouble. */
const openWaitMs = 60_000;

/** It is too large for its connection alone. Undefined: no other of its route takes it. */
async function passOnLarge(
  claim: Claim,
  parts: PassOnParts & { readonly now: number },
): Promise<PassedOn | undefined> {
  const { connection, route, attempts, agesFrom } = claim.delivery;
  const dueAt = parts.now + openWaitMs;
  const change: DeliveryChange = { state: 'deferred', attempts, agesFrom, dueAt };
  const next = await passToLater(claim, change, parts);
  if (next) return next;
  for (const name of candidatesOf(route.action)) {
    if (name === connection || !parts.breakers.isOpen(name)) continue;
    const place = await placeAt(name, claim, parts);
    if (place) return leaveOver(place, claim, { change, dueAt });
  }
  return undefined;
}

/** It was planned for a connection that took more: one of that name, before a reload. */
function isForTooMany({ delivery }: Claim, connection: string, { policy }: PassOnParts): boolean {
  const { recipientsPerSend = Infinity } = policy().connections.get(connection) ?? {};
  return delivery.route.forwardPaths.length > recipientsPerSend;
}

function isWaiting({ state }: DeliveryChange): boolean {
  return state === 'deferred' || state === 'ready';
}

/** Where a delivery would leave over another connection. */
interface Place {
  readonly connection: Connection;
  readonly lane: LaneKey;
}

/**
 * The next connection knows nothing of the trouble, so its hold does not concern the delivery any more. A pause is that of
 * the lane which it leaves, and stands.
 */
function leaveOver(
  place: Place,
  { delivery }: Claim,
  { change, dueAt }: { readonly change: DeliveryChange; readonly dueAt: number },
): PassedOn {
  const { attempts, agesFrom, pauseLaneUntil } = change;
  const { recipientsPerSend = Infinity } = place.connection;
  if (delivery.route.forwardPaths.length <= recipientsPerSend) {
    const move = moveTo(place);
    // It waits for what it has met there, and says so.
    if (dueAt === change.dueAt) return { change: { ...change, move } };
    const pause = pauseLaneUntil === undefined ? {} : { pauseLaneUntil };
    return { change: { state: 'ready', attempts, agesFrom, dueAt, move, ...pause } };
  }
  const portions = splitRecipients(delivery.route.forwardPaths, recipientsPerSend);
  const instead = portions.map((forwardPaths, index) => ({
    id: `${delivery.id}-${index + 1}`,
    messageId: delivery.messageId,
    route: { ...delivery.route, forwardPaths },
    ...moveTo(place),
    priority: priorityOf(delivery),
    state: 'ready' as const,
    dueAt,
  }));
  return { change, instead };
}

function moveTo({ connection, lane }: Place): NonNullable<DeliveryChange['move']> {
  return { connection: connection.name, lane, laneConcurrency: connection.laneConcurrency };
}

function priorityOf({ route: { action } }: Delivery): NewDelivery['priority'] {
  return action.kind === 'send' ? action.priority : 'normal';
}

/** Undefined: that connection is gone, or could not carry it. */
async function placeAt(name: string, claim: Claim, parts: PassOnParts): Promise<Place | undefined> {
  const composed = await composeClaim(
    { ...claim, delivery: { ...claim.delivery, connection: name } },
    parts,
  );
  if ('kind' in composed) return undefined;
  const { connection, submission } = composed;
  const { content, sendAs } = submission;
  const uncarriable = await findUncarriable([{ connection, sizeBytes: content.sizeBytes }], {
    content: () => content,
    parts: parts.messageParts,
  });
  return uncarriable ? undefined : { connection, lane: laneOf(connection.laneIdentity, sendAs) };
}
