// Plans the sends of a stored message anew, for the recipients of one of its deliveries.
import { addressKey, type Address } from '../core/address.ts';
import { isContentNeeded } from '../core/content-need.ts';
import type { ContentFacts } from '../core/content.ts';
import type { Delivery } from '../core/delivery.ts';
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
  const routes = plan.filter(isSendRoute).map((planned) => withoutSiblings(planned, record, own));
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

/** The rule's further recipients may have the message by another delivery already. */
function withoutSiblings(
  planned: SendRoute,
  { deliveries }: MessageRecord,
  own: DeliveryRecord,
): SendRoute {
  if (planned.insteadOf) return planned;
  const reached = new Set(own.forwardPaths.map(addressKey));
  const elsewhere = new Set(
    deliveries.filter(({ id }) => id !== own.id).flatMap((one) => one.forwardPaths.map(addressKey)),
  );
  const forwardPaths = planned.forwardPaths.filter(
    (path) => reached.has(addressKey(path)) || !elsewhere.has(addressKey(path)),
  );
  return { ...planned, forwardPaths };
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
    ...(planned.action.hold || isHeldByOperator(own)
      ? { state: 'held' }
      : { state: 'ready', dueAt: clock.now() }),
  };
}

/** Neither by its rule, which no longer counts, nor for a doubt, which `force` has overruled. */
function isHeldByOperator({ state, mayHaveBeenSent, delivery }: DeliveryRecord): boolean {
  const { action } = delivery.route;
  return state === 'held' && !mayHaveBeenSent && !(action.kind === 'send' && action.hold);
}
