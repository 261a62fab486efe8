// Plans the sends of a stored message anew, for the recipients of one of its deliveries.
import { addressKey, type Address } from '../core/address.ts';
import { isContentNeeded } from '../core/content-need.ts';
import type { ContentFacts } from '../core/content.ts';
import type { Delivery, DeliveryState } from '../core/delivery.ts';
import { laneOf } from '../core/lane.ts';
import type { HeaderFacts } from '../core/message.ts';
import type { Refusal } from '../core/outcome.ts';
import { planRoutes, type Route, type RoutePlan } from '../core/route.ts';
import { checkOriginators } from '../core/senders.ts';
import { isSendRoute, type PlannedSend, type SendRoute } from './plan-sends.ts';
import { planCarriedSends } from './plan-transport.ts';
import type { Policy } from './policy.ts';
import type {
  Clock,
  Content,
  ContentReader,
  DeliveryRecord,
  MessageParts,
  MessageRecord,
  Mime,
  NewDelivery,
  StoredMessage,
} from './ports.ts';
import { readStart } from './read-start.ts';

export interface ReplanParts {
  readonly mime: Mime;
  readonly messageParts: MessageParts;
  readonly contents: ContentReader;
  readonly clock: Pick<Clock, 'now'>;
  readonly policy: () => Policy;
  readonly createId: () => string;
}

/** A message whose body is kept. */
export type WholeRecord = MessageRecord & { readonly content: Content };

/** As acceptance plans them, with the header that was completed then; or why not. */
export async function planSendsAnew(
  record: WholeRecord,
  own: DeliveryRecord,
  parts: ReplanParts,
): Promise<readonly PlannedSend[] | Refusal | string> {
  const policy = parts.policy();
  const { message, content } = record;
  const header = await readStart(content, message.headerBytes);
  const facts = parts.mime.readHeader(header);
  const source = { header: facts, fromWasMissing: message.fromWasMissing };
  const forbidden = checkOriginators(message.client, source, policy.from);
  if (forbidden) return forbidden;
  const recipients = recipientsOf(own.delivery, message);
  const plan = await route(record, { ...parts, facts, recipients, today: policy });
  if ('kind' in plan) return plan;
  const notSent = plan.find(({ action }) => action.kind !== 'send');
  if (notSent) return endedBy(notSent);
  const routes = routesLeft(plan.filter(isSendRoute), record, own);
  if (typeof routes === 'string') return routes;
  return await planCarriedSends(routes, {
    message: { message, header, facts },
    policy,
    mime: parts.mime,
    content: () => content,
    parts: parts.messageParts,
  });
}

/** What got its 250 is not dropped by the way. */
function endedBy({ rule, action }: Route): string {
  const does = action.kind === 'drop' ? 'drops' : 'refuses';
  return `The rule "${rule}" ${does} it: remove it where that is what you want`;
}

type RouteParts = Pick<ReplanParts, 'contents'> & {
  readonly facts: HeaderFacts;
  readonly recipients: readonly Address[];
  readonly today: Policy;
};

async function route(
  { message, content }: WholeRecord,
  { facts, recipients, today, contents }: RouteParts,
): Promise<RoutePlan | Refusal> {
  const { client, envelope, sizeBytes } = message;
  const { reversePath } = envelope;
  const subject = { client, reversePath, forwardPaths: recipients, header: facts, sizeBytes };
  const isNeeded = today.needsContent && isContentNeeded(today.rules, subject);
  const read = isNeeded ? await readContent(content, contents) : undefined;
  if (read && 'kind' in read) return read;
  return planRoutes(today.rules, today.fallback, { ...subject, ...(read && { content: read }) });
}

async function readContent(
  content: Content,
  contents: ContentReader,
): Promise<ContentFacts | Refusal> {
  const reading = contents.open();
  try {
    for await (const piece of content.read()) await reading.write(piece);
    return await reading.end();
  } finally {
    reading.discard();
  }
}

/** Those of the envelope whom this delivery stands for; where it has none but the rule's own, those. */
function recipientsOf(
  { route: { forwardPaths, insteadOf } }: Delivery,
  { envelope }: StoredMessage,
): readonly Address[] {
  if (insteadOf) return insteadOf;
  const ofEnvelope = new Set(envelope.forwardPaths.map(addressKey));
  const asked = forwardPaths.filter((path) => ofEnvelope.has(addressKey(path)));
  return asked.length > 0 ? asked : forwardPaths;
}

/** The routes without those whom other deliveries of the message serve; or why none of them may be taken. */
function routesLeft(
  routes: readonly SendRoute[],
  { deliveries }: MessageRecord,
  own: DeliveryRecord,
): readonly SendRoute[] | string {
  const others = deliveries.filter(({ id }) => id !== own.id);
  if (own.delivery.route.insteadOf && hasLeftInstead(routes, others)) return hasLeft;
  const left = routes
    .map((planned) => withoutOthers(planned, { others, own }))
    .filter(({ forwardPaths }) => forwardPaths.length > 0);
  return left.length === 0 ? isServed : left;
}

const hasLeft =
  'Its recipients would get it themselves today, but a redirected copy has gone in their place, or may have: resend it to them where that is what you want';
const isServed =
  'Those who would get it today have it by another delivery: remove it where that is what you want';

/** Whether a redirected copy has gone, or may have, in place of one who would get the message himself now. */
function hasLeftInstead(routes: readonly SendRoute[], others: readonly DeliveryRecord[]): boolean {
  const direct = keysOf(routes.flatMap((one) => (one.insteadOf ? [] : one.forwardPaths)));
  return others
    .filter((one) => isDoubtful(one) || leaving.has(one.state))
    .some(({ delivery }) => delivery.route.insteadOf?.some((path) => direct.has(addressKey(path))));
}

const leaving: ReadonlySet<DeliveryState> = new Set(['sending', 'delivered']);

/**
 * The rule's further recipients, or those to whom it redirects, may have the message by another delivery already: one of
 * the same kind, because what is redirected says in whose place it comes.
 */
function withoutOthers(
  planned: SendRoute,
  { others, own }: { readonly others: readonly DeliveryRecord[]; readonly own: DeliveryRecord },
): SendRoute {
  const pathsOf = ({ delivery: { route } }: DeliveryRecord) =>
    isAlike(route, planned) ? route.forwardPaths : [];
  const reached = keysOf(pathsOf(own));
  const elsewhere = keysOf(others.flatMap(pathsOf));
  const forwardPaths = planned.forwardPaths.filter(
    (path) => reached.has(addressKey(path)) || !elsewhere.has(addressKey(path)),
  );
  return { ...planned, forwardPaths };
}

/** Whether both bring the message to its own recipients, or the first does in place of all of the second's. */
function isAlike({ insteadOf }: Route, planned: Route): boolean {
  if (!insteadOf || !planned.insteadOf) return insteadOf === planned.insteadOf;
  const covered = keysOf(insteadOf);
  return planned.insteadOf.every((path) => covered.has(addressKey(path)));
}

function keysOf(paths: readonly Address[]): ReadonlySet<string> {
  return new Set(paths.map(addressKey));
}

/** Whether a delivery is what the plan makes of it. */
export function isSame(
  { route: before, connection, lane }: Delivery,
  sends: readonly PlannedSend[],
): boolean {
  const [send] = sends;
  return (
    send !== undefined &&
    sends.length === 1 &&
    send.connection.name === connection &&
    laneOf(send.connection.laneIdentity, send.submission.sendAs) === lane &&
    JSON.stringify(send.route) === JSON.stringify(before)
  );
}

export interface InPlaceOf extends Pick<ReplanParts, 'createId' | 'clock'> {
  readonly own: DeliveryRecord;
  readonly message: StoredMessage;
}

export function toDelivery(
  { route: planned, connection, submission }: PlannedSend,
  { own, message, createId, clock }: InPlaceOf,
): NewDelivery {
  return {
    // By chance: a number might have been that of a delivery which was removed, and whose copy is in the mailbox.
    id: `${message.id}-${createId().slice(-7)}`,
    messageId: message.id,
    route: planned,
    connection: connection.name,
    lane: laneOf(connection.laneIdentity, submission.sendAs),
    laneConcurrency: connection.laneConcurrency,
    priority: planned.action.priority,
    mayHaveBeenSent: isDoubtful(own),
    ...(planned.action.hold || isHeldByOperator(own)
      ? { state: 'held' }
      : { state: isDoubtful(own) ? 'unsure' : 'ready', dueAt: clock.now() }),
  };
}

/** Whether an earlier attempt may have sent it: then `force` lets it go, but it is looked for first. */
export function isDoubtful({ state, mayHaveBeenSent }: DeliveryRecord): boolean {
  return mayHaveBeenSent || state === 'unsure';
}

/** Neither by its rule, which no longer counts, nor for a doubt, which `force` has overruled. */
function isHeldByOperator({ state, mayHaveBeenSent, delivery }: DeliveryRecord): boolean {
  const { action } = delivery.route;
  return state === 'held' && !mayHaveBeenSent && !(action.kind === 'send' && action.hold);
}
