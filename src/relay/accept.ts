// How a message becomes ours: read it, judge it, route it, make it durable, and only then say 250.
import { planSubmission } from '../core/compose.ts';
import { countReceived, maxReceivedFields } from '../core/hygiene.ts';
import { laneOf } from '../core/lane.ts';
import type { HeaderFacts } from '../core/message.ts';
import { deferred, failed, type Failed, type Refusal } from '../core/outcome.ts';
import { splitRecipients } from '../core/recipients.ts';
import { planRoutes, type Route, type SendAction } from '../core/route.ts';
import { checkOriginators } from '../core/senders.ts';
import type { Connection, Policy } from './policy.ts';
import {
  StoreError,
  type Accept,
  type Acceptance,
  type BodyWriter,
  type Clock,
  type CompletedHeader,
  type Events,
  type Mime,
  type NewDelivery,
  type Store,
  type StoredMessage,
  type Transaction,
} from './ports.ts';
import { copyBody, readHead, swallow, type Head } from './receive.ts';

/** Exchange's default limit of recipients for one message (docs/graph.md, "Limits"). */
const maxRecipientsPerSend = 500;

export interface AcceptParts {
  readonly store: Store;
  readonly mime: Mime;
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
interface Arrival extends CompletedHeader {
  readonly id: string;
  readonly startedAt: number;
  readonly bodyStart: Uint8Array;
  readonly facts: HeaderFacts;
}

/** Completes the header and asks whether this client may send it. */
function examine(transaction: Transaction, head: Head, parts: AcceptParts): Arrival | Failed {
  const malformed = parts.mime.checkHeader(head.header);
  if (malformed) return malformed;
  const { client, envelope } = transaction;
  const id = parts.createId();
  const now = parts.clock.now();
  const completed = parts.mime.completeHeader(head.header, parts.mime.readHeader(head.header), {
    id,
    hostname: parts.hostname,
    now,
    client,
    envelope,
  });
  const facts = parts.mime.readHeader(completed.header);
  const source = { header: facts, fromWasMissing: completed.fromWasMissing };
  const forbidden = checkLoop(facts) ?? checkOriginators(client, source, parts.policy().from);
  return forbidden ?? { ...completed, id, startedAt: now, bodyStart: head.bodyStart, facts };
}

/** RFC 5321 §6.3. */
function checkLoop(facts: HeaderFacts): Failed | undefined {
  if (countReceived(facts) <= maxReceivedFields) return undefined;
  return failed('5.4.6', {
    reason: 'content',
    diagnostic: `The message has passed more than ${maxReceivedFields} hops: it runs in a loop`,
    reply: 'Message has passed too many hops: mail loop',
  });
}

type KeepParts = AcceptParts & { readonly pieces: AsyncIterator<Uint8Array> };

/** Stores the message. Until `commit`, a crash leaves chunks that belong to no message, and the store sweeps them. */
async function keep(
  transaction: Transaction,
  arrival: Arrival,
  parts: KeepParts,
): Promise<Acceptance> {
  const body = parts.store.createBody(arrival.id);
  try {
    await body.write(arrival.header);
    await copyBody(parts.pieces, { header: arrival.header, bodyStart: arrival.bodyStart }, body);
    return (
      transaction.refusal() ??
      (await commit(toMessage(transaction, arrival, body, parts), {
        ...parts,
        arrival,
        body,
      }))
    );
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    parts.events.fault({ where: 'store', error, id: arrival.id });
    await swallow(parts.pieces);
    return refusalOf(error);
  } finally {
    await body.discard();
  }
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

type CommitParts = AcceptParts & { readonly arrival: Arrival; readonly body: BodyWriter };

/** Routes every recipient and makes the message durable with its deliveries. */
async function commit(message: StoredMessage, parts: CommitParts): Promise<Acceptance> {
  const { events, arrival } = parts;
  const plan = planRoutes(parts.policy().rules, parts.policy().fallback, {
    client: message.client,
    reversePath: message.envelope.reversePath,
    forwardPaths: message.envelope.forwardPaths,
    header: arrival.facts,
    sizeBytes: message.sizeBytes,
  });
  const refused = plan.find((route) => route.action.kind === 'refuse');
  if (refused) return refusedByRule(refused);
  const deliveries = planDeliveries(message, plan.filter(isSend), parts);
  if ('kind' in deliveries) return deliveries;
  if (deliveries.length > 0) await parts.store.commit(message, deliveries, parts.body);
  report(message, plan, parts);
  if (deliveries.length > 0) parts.onAccepted();
  events.accepted({
    message,
    forwardPaths: message.envelope.forwardPaths,
    routes: plan.map((route) => route.rule),
    durationMs: parts.clock.now() - arrival.startedAt,
  });
  return { kind: 'accepted', id: message.id };
}

type SendRoute = Route & { readonly action: SendAction };

function isSend(route: Route): route is SendRoute {
  return route.action.kind === 'send';
}

function report(message: StoredMessage, plan: readonly Route[], { events }: AcceptParts): void {
  for (const { rule, action, forwardPaths } of plan) {
    events.routeMatched({ route: rule });
    if (action.kind !== 'drop') continue;
    events.discarded({ id: message.id, route: rule, client: message.client.name, forwardPaths });
  }
}

/** One delivery for each route and each 500 recipients, or why one of them could never leave. */
function planDeliveries(
  message: StoredMessage,
  routes: readonly SendRoute[],
  parts: CommitParts,
): readonly NewDelivery[] | Refusal {
  const deliveries: NewDelivery[] = [];
  for (const route of routes) {
    for (const forwardPaths of splitRecipients(route.forwardPaths, maxRecipientsPerSend)) {
      const id = `${message.id}-${deliveries.length + 1}`;
      const delivery = planDelivery(message, { ...route, forwardPaths }, { ...parts, id });
      if ('kind' in delivery) return delivery;
      deliveries.push(delivery);
    }
  }
  return deliveries;
}

function planDelivery(
  message: StoredMessage,
  route: SendRoute,
  parts: CommitParts & { readonly id: string },
): NewDelivery | Refusal {
  const { action } = route;
  const connection = parts.policy().connections.get(action.via);
  if (!connection) return unknownConnection(action.via);
  const submission = planSubmission({
    header: parts.arrival.facts,
    fromWasMissing: message.fromWasMissing,
    route,
    connectionFrom: connection.from,
    topFrom: parts.policy().from,
    connectionSendAs: connection.sendAs,
  });
  if (!submission) return noOriginator;
  const header = parts.mime.editHeader(parts.arrival.header, submission.edits);
  const sizeBytes = header.length + message.sizeBytes - message.headerBytes;
  if (sizeBytes > connection.transport.maxMessageBytes) return tooLarge(sizeBytes, connection);
  return {
    id: parts.id,
    messageId: message.id,
    route,
    connection: connection.name,
    lane: laneOf(connection.laneIdentity, submission.sendAs),
    laneConcurrency: connection.laneConcurrency,
    priority: action.priority,
    state: 'ready',
    dueAt: message.receivedAt,
  };
}

function refusedByRule({ rule, action }: Route): Failed {
  const text = action.kind === 'refuse' ? action.text : '';
  return failed('5.7.1', {
    reason: 'permission',
    diagnostic: `The rule "${rule}" refuses this message`,
    reply: text,
  });
}

function unknownConnection(name: string): Refusal {
  return deferred('4.3.5', {
    reason: 'configuration',
    diagnostic: `There is no connection "${name}"`,
  });
}

const noOriginator = failed('5.7.1', {
  reason: 'content',
  diagnostic: 'The message has no usable From address, and no rule gives it one',
  reply: 'Message has no usable From address',
});

function tooLarge(sizeBytes: number, { name, transport }: Connection): Failed {
  return failed('5.3.4', {
    reason: 'tooLarge',
    diagnostic: `The message has ${sizeBytes} bytes, but connection "${name}" carries at most ${transport.maxMessageBytes}`,
    reply: `Message is too large: ${sizeBytes} bytes, at most ${transport.maxMessageBytes} can be sent`,
  });
}

function refusalOf(error: StoreError): Refusal {
  const status = error.fault === 'full' ? '4.3.1' : '4.3.0';
  return deferred(status, { reason: 'internal', diagnostic: error.message });
}
