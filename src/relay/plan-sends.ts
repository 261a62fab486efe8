// How a message would leave over each of its routes, or why it will not: asked before it is accepted.
import { candidatesOf } from '../core/backup.ts';
import { fromBlockOf, planSubmission, type SubmissionPlan } from '../core/compose.ts';
import type { HeaderFacts } from '../core/message.ts';
import { deferred, failed, type Failed, type Refusal } from '../core/outcome.ts';
import { splitRecipients } from '../core/recipients.ts';
import type { Route, RoutePlan, SendAction } from '../core/route.ts';
import { checkOriginators } from '../core/senders.ts';
import type { Connection, Policy } from './policy.ts';
import type { Mime, StoredMessage } from './ports.ts';

/** Exchange's default limit of recipients for one message (docs/graph.md, "Limits"). */
const maxRecipientsPerSend = 500;

/** A message whose header is complete. */
export interface PlannableMessage {
  readonly message: Pick<
    StoredMessage,
    'client' | 'fromWasMissing' | 'headerBytes' | 'sizeBytes' | 'messageId' | 'reusedMessageId'
  >;
  readonly header: Uint8Array;
  readonly facts: HeaderFacts;
}

export interface PlanParts {
  readonly policy: Policy;
  readonly mime: Pick<Mime, 'editHeader'>;
}

export type SendRoute = Route & { readonly action: SendAction };

export interface PlannedSend {
  /** Its forward-paths are the recipients of this send. */
  readonly route: SendRoute;
  readonly connection: Connection;
  readonly submission: SubmissionPlan;
  /** With which it would leave. */
  readonly header: Uint8Array;
  /** Of the message as it would leave. */
  readonly sizeBytes: number;
}

export function isSendRoute(route: Route): route is SendRoute {
  return route.action.kind === 'send';
}

/** What one of the rules that were taken says to the client: it concerns the message as a whole. */
export function findRefusal(plan: RoutePlan): Failed | undefined {
  for (const { rule, action } of plan) {
    if (action.kind !== 'refuse') continue;
    const diagnostic = `The rule "${rule}" refuses this message`;
    return failed('5.7.1', { reason: 'rule', diagnostic, reply: action.text });
  }
  return undefined;
}

/**
 * The sends of each route, over the first of its connections whose size allows it; or why one of them could never leave.
 */
export function planSends(
  message: PlannableMessage,
  routes: readonly SendRoute[],
  parts: PlanParts,
): readonly PlannedSend[] | Refusal {
  const sends: PlannedSend[] = [];
  for (const route of routes) {
    const ofRoute = planRoute(message, route, parts);
    if ('kind' in ofRoute) return ofRoute;
    sends.push(...ofRoute);
  }
  return sends;
}

function planRoute(
  message: PlannableMessage,
  route: SendRoute,
  parts: PlanParts,
): readonly PlannedSend[] | Refusal {
  const forbidden = checkOwnBlocks(message, route, parts.policy);
  if (forbidden) return forbidden;
  let refusal: Refusal | undefined;
  for (const name of candidatesOf(route.action)) {
    const sends = planOver(name, { message, route, ...parts });
    if (!('kind' in sends)) return sends;
    refusal ??= sends;
  }
  return refusal ?? unknownConnection(route.action.via);
}

/** One send for each portion of the recipients that the connection takes at once, or why it cannot carry the message. */
export function planOver(
  name: string,
  options: PlanParts & { readonly message: PlannableMessage; readonly route: SendRoute },
): readonly PlannedSend[] | Refusal {
  const { message, route, policy } = options;
  const connection = policy.connections.get(name);
  if (!connection) return unknownConnection(name);
  const { recipientsPerSend: limit = maxRecipientsPerSend } = connection;
  const sends: PlannedSend[] = [];
  for (const forwardPaths of splitRecipients(route.forwardPaths, limit)) {
    const send = planSend(message, { ...route, forwardPaths }, { ...options, connection });
    if ('kind' in send) return send;
    sends.push(send);
  }
  return sends;
}

/**
 * How many recipients one send of a rule may have. An SMTP server may refuse some and take the others: each has a send,
 * and a fate, of its own there.
 */
export function recipientsPerSend(
  { action }: Pick<Route, 'action'>,
  { connections }: Pick<Policy, 'connections'>,
): number {
  if (action.kind !== 'send') return maxRecipientsPerSend;
  return connections.get(action.via)?.recipientsPerSend ?? maxRecipientsPerSend;
}

function planSend(
  message: PlannableMessage,
  route: SendRoute,
  { policy, mime, connection }: PlanParts & { readonly connection: Connection },
): PlannedSend | Refusal {
  const submission = planSubmission({
    ...sourceOf(message),
    route,
    connectionFrom: connection.from,
    topFrom: policy.from,
    connectionSendAs: connection.sendAs,
    ...(connection.carriesEnvelope && { carriesEnvelope: true }),
  });
  if (!submission) return noOriginator;
  const header = mime.editHeader(message.header, submission.edits);
  const sizeBytes = header.length + message.message.sizeBytes - message.message.headerBytes;
  if (sizeBytes > connection.transport.maxMessageBytes) return tooLarge(sizeBytes, connection);
  return { route, connection, submission, header, sizeBytes };
}

/**
 * Who needed no permission because the top-level block would replace him, must not leave after all because a narrower
 * block does not.
 */
function checkOwnBlocks(
  message: PlannableMessage,
  route: SendRoute,
  { from, connections }: Policy,
): Failed | undefined {
  let refusal: Failed | undefined;
  for (const name of candidatesOf(route.action)) {
    const connectionFrom = connections.get(name)?.from;
    const block = fromBlockOf({ route, connectionFrom, topFrom: from });
    if (block === from) continue;
    refusal ??= checkOriginators(message.message.client, sourceOf(message), block);
  }
  return refusal;
}

function sourceOf({ facts, message }: PlannableMessage) {
  const { fromWasMissing, messageId, reusedMessageId } = message;
  const isReused = reusedMessageId !== undefined;
  return { header: facts, fromWasMissing, ...(isReused && { newMessageId: messageId }) };
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
