// How a message becomes ours: read it, judge it, route it, make it durable, and only then say 250.
import { isContentNeeded } from '../core/content-need.ts';
import type { ContentFacts } from '../core/content.ts';
import { laneOf } from '../core/lane.ts';
import { deferred, type Failed, type Refusal } from '../core/outcome.ts';
import { planRoutes, type Route, type RoutePlan } from '../core/route.ts';
import { examineHeader, type ExaminedHeader } from './examine-header.ts';
import { findRefusal, isSendRoute, planSends, type PlannedSend } from './plan-sends.ts';
import { findUncarriable } from './plan-transport.ts';
import type { Policy } from './policy.ts';
import {
  StoreError,
  type Accept,
  type Acceptance,
  type BodyWriter,
  type Clock,
  type ContentReader,
  type ContentReading,
  type Events,
  type MessageParts,
  type Mime,
  type NewDelivery,
  type Store,
  type StoredMessage,
  type Transaction,
} from './ports.ts';
import { copyBody, readHead, swallow, type Head } from './receive.ts';

export interface AcceptParts {
  readonly store: Store;
  readonly mime: Mime;
  readonly messageParts: MessageParts;
  readonly contents: ContentReader;
  readonly events: Events;
  readonly clock: Clock;
  /** The host name for Received and Message-ID. */
  readonly hostname: string;
  readonly policy: () => Policy;
  readonly createId: () => string;
  /** Called when new deliveries wait. */
  readonly onAccepted: () => void;
}

export function createAccept(parts: AcceptParts): Accept {
  return async (transaction) => {
    const pieces = transaction.content[Symbol.asyncIterator]();
    const head = await readHead(pieces, parts.mime);
    const arrival = 'kind' in head ? head : examine(transaction, head, parts);
    if ('kind' in arrival) {
      await swallow(pieces);
      return arrival;
    }
    return await keep(transaction, arrival, { pieces, ...parts });
  };
}

/** A message whose header is known and found good, while its body is still to come. */
interface Arrival extends ExaminedHeader {
  readonly id: string;
  readonly startedAt: number;
  readonly bodyStart: Uint8Array;
  /** Of its beginning: a reload while the body arrives does not concern it any more. */
  readonly policy: Policy;
}

function examine(
  { client, envelope }: Transaction,
  { header, bodyStart }: Head,
  parts: AcceptParts,
): Arrival | Failed {
  const { mime, hostname } = parts;
  const id = parts.createId();
  const now = parts.clock.now();
  const policy = parts.policy();
  const options = { client, envelope, id, hostname, now, policy, mime };
  const examined = examineHeader(header, options);
  return 'kind' in examined ? examined : { ...examined, id, startedAt: now, bodyStart, policy };
}

type KeepParts = AcceptParts & { readonly pieces: AsyncIterator<Uint8Array> };

/** Stores the message. Until `commit`, a crash leaves chunks that belong to no message, and the store sweeps them. */
async function keep(
  transaction: Transaction,
  arrival: Arrival,
  parts: KeepParts,
): Promise<Acceptance> {
  const body = parts.store.createBody(arrival.id);
  const reading = openReading(transaction, arrival, parts);
  try {
    const sink = reading ? tee(body, reading) : body;
    await sink.write(arrival.header);
    await copyBody(parts.pieces, { header: arrival.header, bodyStart: arrival.bodyStart }, sink);
    return (
      transaction.refusal() ??
      (await commit(toMessage(transaction, arrival, body, parts), {
        ...parts,
        arrival,
        body,
        ...(reading && { reading }),
      }))
    );
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    parts.events.fault({ where: 'store', error, id: arrival.id });
    await swallow(parts.pieces);
    return refusalOf(error);
  } finally {
    reading?.discard();
    await body.discard();
  }
}

/** Most messages are routed by envelope and header, and nobody parses their content. */
function openReading(
  { client, envelope }: Transaction,
  { facts, policy }: Arrival,
  { contents }: AcceptParts,
): ContentReading | undefined {
  const { reversePath, forwardPaths } = envelope;
  const message = { client, reversePath, forwardPaths, header: facts };
  const isNeeded = policy.needsContent && isContentNeeded(policy.rules, message);
  return isNeeded ? contents.open() : undefined;
}

/** The content is read while it arrives: before `commit` the store does not give it back. */
function tee(body: BodyWriter, reading: ContentReading): Pick<BodyWriter, 'write'> {
  return {
    async write(piece) {
      await reading.write(piece);
      await body.write(piece);
    },
  };
}

function toMessage(
  { client, envelope }: Transaction,
  arrival: Arrival,
  body: BodyWriter,
  { clock }: AcceptParts,
): StoredMessage {
  return {
    id: arrival.id,
    receivedAt: clock.now(),
    client,
    envelope,
    sizeBytes: body.sizeBytes,
    headerBytes: arrival.header.length,
    subject: arrival.facts.subject,
    messageId: arrival.messageId,
    from: arrival.fromWasMissing ? '' : (arrival.facts.from[0]?.address ?? ''),
    fromWasMissing: arrival.fromWasMissing,
  };
}

type CommitParts = AcceptParts & {
  readonly arrival: Arrival;
  readonly body: BodyWriter;
  readonly reading?: ContentReading;
};

/** Routes every recipient and makes the message durable with its deliveries. */
async function commit(message: StoredMessage, parts: CommitParts): Promise<Acceptance> {
  const { events, arrival } = parts;
  const plan = await route(message, parts);
  if ('kind' in plan) return plan;
  const refusal = findRefusal(plan);
  if (refusal) return refusal;
  const { header, facts, policy } = arrival;
  const sends = planSends({ message, header, facts }, plan.filter(isSendRoute), {
    policy,
    mime: parts.mime,
  });
  if ('kind' in sends) return sends;
  const uncarriable = await findUncarriable(sends, {
    content: () => parts.body.content(),
    parts: parts.messageParts,
  });
  if (uncarriable) return uncarriable;
  const deliveries = sends.map((send, index) =>
    toDelivery(send, { id: `${message.id}-${index + 1}`, message }),
  );
  if (deliveries.length > 0) await parts.store.commit(message, deliveries, parts.body);
  report(message, plan, parts);
  if (deliveries.length > 0) parts.onAccepted();
  events.accepted({
    message,
    forwardPaths: message.envelope.forwardPaths,
    routes: plan.map(({ rule }) => rule),
    durationMs: parts.clock.now() - arrival.startedAt,
  });
  return { kind: 'accepted', id: message.id };
}

/** What cannot be read is a refusal only where a rule needs it, now that the size is known. */
async function route(
  message: StoredMessage,
  { arrival: { facts, policy }, reading }: CommitParts,
): Promise<RoutePlan | Refusal> {
  const { client, envelope, sizeBytes } = message;
  const { reversePath, forwardPaths } = envelope;
  const subject = { client, reversePath, forwardPaths, header: facts, sizeBytes };
  let content: ContentFacts | undefined;
  if (reading) {
    const read = await reading.end();
    if (!('kind' in read)) content = read;
    else if (isContentNeeded(policy.rules, subject)) return read;
  }
  return planRoutes(policy.rules, policy.fallback, { ...subject, ...(content && { content }) });
}

function report(message: StoredMessage, plan: readonly Route[], { events }: AcceptParts): void {
  for (const { rule, action, forwardPaths } of plan) {
    events.routeMatched({ route: rule });
    if (action.kind !== 'drop') continue;
    events.discarded({ id: message.id, route: rule, client: message.client.name, forwardPaths });
  }
}

function toDelivery(
  { route, connection, submission }: PlannedSend,
  { id, message }: { readonly id: string; readonly message: StoredMessage },
): NewDelivery {
  return {
    id,
    messageId: message.id,
    route,
    connection: connection.name,
    lane: laneOf(connection.laneIdentity, submission.sendAs),
    laneConcurrency: connection.laneConcurrency,
    priority: route.action.priority,
    // Nobody claims what waits for its release.
    ...(route.action.hold ? { state: 'held' } : { state: 'ready', dueAt: message.receivedAt }),
  };
}

function refusalOf(error: StoreError): Refusal {
  const status = error.fault === 'full' ? '4.3.1' : '4.3.0';
  return deferred(status, { reason: 'internal', diagnostic: error.message });
}
