// How a message becomes ours: read it, judge it, route it, make it durable, and only then say 250.
import { isContentNeeded } from '../core/content-need.ts';
import type { ContentFacts } from '../core/content.ts';
import { laneOf } from '../core/lane.ts';
import { deferred, type Failed, type Refusal } from '../core/outcome.ts';
import { isAutomatic } from '../core/report-wish.ts';
import { dropSends, planRoutes, type Route, type RoutePlan } from '../core/route.ts';
import { traceparentOf } from '../core/traceparent.ts';
import { noTraces, type StepResult, type Traces } from '../core/traces.ts';
import { examineHeader, type ExaminedHeader } from './examine-header.ts';
import { openIdentity, type IdentityReading, type MessageIdentity } from './message-identity.ts';
import { findRefusal, isSendRoute, type PlannedSend } from './plan-sends.ts';
import { planCarriedSends } from './plan-transport.ts';
import type { Policy } from './policy.ts';
import {
  StoreError,
  type Accept,
  type Acceptance,
  type BodyWriter,
  type Clock,
  type ContentReader,
  type ContentReading,
  type Digest,
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
  /** Absent: nothing is kept of a message by which another one with its Message-ID could be known. */
  readonly createDigest?: () => Digest;
  /** Default: nobody follows. */
  readonly traces?: Traces;
  /** Called when new deliveries wait. */
  readonly onAccepted: () => void;
}

export function createAccept(parts: AcceptParts): Accept {
  return createIntake({ ...parts, settle: (judged) => enqueue(judged, parts) });
}

/** What acceptance needs, whoever takes responsibility in the end. */
export interface IntakeParts extends Omit<AcceptParts, 'store' | 'onAccepted'> {
  readonly store: Pick<Store, 'createBody' | 'bodyDigestsOf'>;
  /** Takes responsibility for a message, or says why not. Throws `StoreError`: the message was not taken then. */
  readonly settle: (judged: JudgedMessage, transaction: Transaction) => Promise<Acceptance>;
}

/** A message that was found good, and how it is to leave. */
export interface JudgedMessage {
  readonly message: StoredMessage;
  readonly plan: RoutePlan;
  /** None where every recipient took a rule that drops. */
  readonly sends: readonly PlannedSend[];
  readonly body: BodyWriter;
  /** Epoch ms of the end of its header. */
  readonly startedAt: number;
}

/** Reads and judges a message, and lets `settle` answer for it. */
export function createIntake(parts: IntakeParts): Accept {
  return async (transaction) => {
    const pieces = transaction.content[Symbol.asyncIterator]();
    const head = await readHead(pieces, parts.mime);
    const arrival = 'kind' in head ? head : examine(transaction, head, parts);
    if ('kind' in arrival) {
      await swallow(pieces);
      return arrival;
    }
    return await followed(transaction, arrival, { pieces, ...parts });
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
  parts: IntakeParts,
): Arrival | Failed {
  const { mime, hostname } = parts;
  const id = parts.createId();
  const now = parts.clock.now();
  const policy = parts.policy();
  const options = { client, envelope, id, hostname, now, policy, mime };
  const examined = examineHeader(header, options);
  return 'kind' in examined ? examined : { ...examined, id, startedAt: now, bodyStart, policy };
}

type KeepParts = IntakeParts & { readonly pieces: AsyncIterator<Uint8Array> };

/** From the end of the header to the answer, for who follows the message. */
async function followed(
  transaction: Transaction,
  arrival: Arrival,
  parts: KeepParts,
): Promise<Acceptance> {
  const { traces = noTraces } = parts;
  const { id, startedAt, facts } = arrival;
  const { listener, name: client } = transaction.client;
  const parent = traceparentOf(facts);
  const options = {
    facts: { id, listener, client },
    ...(parent !== undefined && { parent }),
    startedAt,
    resultOf: toStepResult,
  };
  return await traces.step('accept', options, () => keep(transaction, arrival, parts));
}

function toStepResult(result: Acceptance | RoutePlan): StepResult {
  if (!('kind' in result)) return { kind: 'routed' };
  if (result.kind !== 'accepted') return { kind: result.kind, status: result.status };
  return { kind: result.isDropped ? 'dropped' : 'accepted' };
}

/** Stores the message. Until `settle`, a crash leaves chunks that belong to no message, and the store sweeps them. */
async function keep(
  transaction: Transaction,
  arrival: Arrival,
  parts: KeepParts,
): Promise<Acceptance> {
  const body = parts.store.createBody(arrival.id);
  const reading = openReading(transaction, arrival, parts);
  const identity = openIdentity(arrival, parts);
  try {
    const sink = reading ? tee(body, reading) : body;
    await sink.write(arrival.header);
    await copyBody(parts.pieces, arrival, withIdentity(sink, identity));
    return (
      transaction.refusal() ??
      (await judge(toMessage(transaction, arrival, { ...parts, body, ...(await identity.end()) }), {
        ...parts,
        transaction,
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
  { contents }: IntakeParts,
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

/** The header that is stored says when the message passed here, which is another time for a repeated one. */
function withIdentity(
  sink: Pick<BodyWriter, 'write'>,
  identity: IdentityReading,
): Pick<BodyWriter, 'write'> {
  return {
    async write(piece) {
      identity.update(piece);
      await sink.write(piece);
    },
  };
}

function toMessage(
  { client, envelope }: Transaction,
  arrival: Arrival,
  {
    body,
    clock,
    traces = noTraces,
    ...known
  }: IntakeParts & MessageIdentity & { readonly body: BodyWriter },
): StoredMessage {
  const { messageId, bodyDigest, reusedMessageId } = known;
  const traceparent = traces.traceparent();
  return {
    id: arrival.id,
    receivedAt: clock.now(),
    client,
    envelope,
    sizeBytes: body.sizeBytes,
    headerBytes: arrival.header.length,
    subject: arrival.facts.subject,
    messageId,
    ...(bodyDigest !== undefined && { bodyDigest }),
    ...(reusedMessageId !== undefined && { reusedMessageId }),
    from: arrival.fromWasMissing ? '' : (arrival.facts.from[0]?.address ?? ''),
    fromWasMissing: arrival.fromWasMissing,
    ...(isAutomatic(arrival.facts) && { isAutomatic: true }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

type JudgeParts = IntakeParts & {
  readonly transaction: Transaction;
  readonly arrival: Arrival;
  readonly body: BodyWriter;
  readonly reading?: ContentReading;
};

/** Routes every recipient, and asks of each send whether it could leave. */
async function judge(message: StoredMessage, parts: JudgeParts): Promise<Acceptance> {
  const { arrival, body, transaction } = parts;
  const { traces = noTraces } = parts;
  const options = { facts: { id: message.id }, resultOf: toStepResult };
  const plan = await traces.step('route', options, () => route(message, parts));
  if ('kind' in plan) return plan;
  const refusal = findRefusal(plan);
  if (refusal) return refusal;
  const { header, facts, policy } = arrival;
  const sends = await planCarriedSends(plan.filter(isSendRoute), {
    message: { message, header, facts },
    policy,
    mime: parts.mime,
    content: () => body.content(),
    parts: parts.messageParts,
  });
  if ('kind' in sends) return sends;
  const { startedAt } = arrival;
  return await parts.settle({ message, plan, sends, body, startedAt }, transaction);
}

/** Makes the message durable with its deliveries. */
async function enqueue(judged: JudgedMessage, parts: AcceptParts): Promise<Acceptance> {
  const { message, plan, sends, body, startedAt } = judged;
  const { store, traces = noTraces } = parts;
  const deliveries = sends.map((send, index) =>
    toDelivery(send, { id: `${message.id}-${index + 1}`, message }),
  );
  if (deliveries.length > 0) {
    const facts = { id: message.id };
    await traces.step('store', { facts }, () => store.commit(message, deliveries, body));
  }
  reportRoutes(message, plan, parts);
  if (deliveries.length > 0) parts.onAccepted();
  parts.events.accepted({
    message,
    forwardPaths: message.envelope.forwardPaths,
    routes: plan.map(({ rule }) => rule),
    durationMs: parts.clock.now() - startedAt,
  });
  return { kind: 'accepted', id: message.id, ...(deliveries.length === 0 && { isDropped: true }) };
}

/** What cannot be read is a refusal only where a rule needs it, now that the size is known. */
async function route(
  message: StoredMessage,
  { arrival: { facts, policy }, reading }: JudgeParts,
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
  const plan = planRoutes(policy.rules, policy.fallback, {
    ...subject,
    ...(content && { content }),
  });
  return policy.sending === 'drop' ? dropSends(plan) : plan;
}

export function reportRoutes(
  message: StoredMessage,
  plan: readonly Route[],
  { events }: Pick<AcceptParts, 'events'>,
): void {
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
