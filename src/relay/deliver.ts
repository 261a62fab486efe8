// How a claimed delivery leaves: compose it for its route, hand it to the connection, record what came of it.
import type { Address } from '../core/address.ts';
import { fromBlockOf, planSubmission } from '../core/compose.ts';
import { afterAttempt, failureOf, type Attempt, type Passage } from '../core/delivery.ts';
import { deferred, delivered, failed, unsure, type Failed, type Outcome } from '../core/outcome.ts';
import type { RetrySchedule } from '../core/schedule.ts';
import { checkOriginators } from '../core/senders.ts';
import type { Connection, Policy } from './policy.ts';
import type { Claim, Clock, Content, Events, Mime, Store, Submission } from './ports.ts';
import { wasSent } from './was-sent.ts';

export interface DeliverParts {
  readonly store: Store;
  readonly mime: Mime;
  readonly events: Events;
  readonly clock: Clock;
  readonly policy: () => Policy;
  readonly schedule: () => RetrySchedule;
  /** 0 to 1. */
  readonly chance: () => number;
}

/**
 * Makes the attempt that the claim has recorded, and records its outcome.
 * A crash before the record leaves the delivery `sending`: it is `unsure` when its lease ends.
 * Throws `StoreError` when the outcome cannot be written; `record` may then be called again.
 */
export async function deliver(
  claim: Claim,
  parts: DeliverParts,
  options: { readonly signal: AbortSignal },
): Promise<{ record(): Promise<void> }> {
  const startedAt = parts.clock.now();
  const { outcome, sendAs, passage } = await attempt(claim, parts, options);
  const endedAt = parts.clock.now();
  const { delivery } = claim;
  const change = afterAttempt(delivery, outcome, {
    now: endedAt,
    schedule: parts.schedule(),
    chance: parts.chance(),
    mayHaveBeenSent: claim.mayHaveBeenSent,
  });
  const made: Attempt = {
    number: delivery.attempts,
    connection: delivery.connection,
    startedAt,
    endedAt,
    outcome: failureOf(change, outcome) ?? outcome,
    ...(passage && { passage }),
  };
  return {
    async record() {
      const written = await parts.store.record(claim, made, change);
      if (!written) return reportStale(claim, made, parts);
      parts.events.attempted({ claim, attempt: made, change, ...(sendAs && { sendAs }) });
    },
  };
}

/** Another process took the delivery over while this one was still at it: what it did must at least be known. */
function reportStale({ message }: Claim, { outcome }: Attempt, { events }: DeliverParts): void {
  const text = `The result of an attempt came after its lease had ended, and was not written: ${outcome.kind} ${outcome.status}`;
  events.fault({ where: 'lease', error: new Error(text), id: message.id });
}

interface Sent {
  readonly outcome: Outcome;
  readonly sendAs?: Address;
  readonly passage?: Passage;
}

/** A bug defers the mail, and never loses it. */
async function attempt(
  claim: Claim,
  parts: DeliverParts,
  options: { readonly signal: AbortSignal },
): Promise<Sent> {
  try {
    const composed = await compose(claim, parts);
    if ('outcome' in composed) return composed;
    const { connection, submission } = composed;
    if (claim.mayHaveBeenSent) {
      const answer = await wasSent({ connection, claim, submission }, options);
      if (answer === 'yes') return { outcome: foundSent, sendAs: submission.sendAs };
      if (answer === 'unknown') return { outcome: notLookedFor, sendAs: submission.sendAs };
      warnOfDuplicate(claim, parts);
    }
    const { passage, ...outcome } = await connection.transport.send(submission, options);
    return { outcome, sendAs: submission.sendAs, ...(passage && { passage }) };
  } catch (error) {
    parts.events.fault({ where: 'deliver', error, id: claim.message.id });
    return { outcome: unexpected };
  }
}

interface Composed {
  readonly connection: Connection;
  readonly submission: Submission;
}

/** The message as its route and connection want it: From, recipients and header by the rules of today. */
async function compose(claim: Claim, parts: DeliverParts): Promise<Composed | Sent> {
  const { delivery, message } = claim;
  const connection = parts.policy().connections.get(delivery.connection);
  if (!connection) return { outcome: connectionGone(delivery.connection) };
  const header = await readAll(claim.content, message.headerBytes);
  const source = {
    header: parts.mime.readHeader(header),
    fromWasMissing: message.fromWasMissing,
    route: delivery.route,
    connectionFrom: connection.from,
    topFrom: parts.policy().from,
    connectionSendAs: connection.sendAs,
  };
  // The block that was to replace its From may have gone from the configuration since it was accepted.
  const forbidden = checkOriginators(message.client, source, fromBlockOf(source));
  if (forbidden) return { outcome: notAllowedAnyMore(forbidden) };
  const plan = planSubmission(source);
  if (!plan) return { outcome: noOriginator };
  const content = withHeader(claim, parts.mime.editHeader(header, plan.edits));
  const { maxMessageBytes } = connection.transport;
  if (content.sizeBytes > maxMessageBytes) return { outcome: tooLarge(content, maxMessageBytes) };
  return { connection, submission: toSubmission(claim, { ...plan, content, connection }) };
}

function toSubmission(
  { delivery, message }: Claim,
  plan: { readonly sendAs: Address; readonly content: Content; readonly connection: Connection },
): Submission {
  const { action, forwardPaths } = delivery.route;
  const ofRoute = action.kind === 'send' ? action.saveToSentItems : undefined;
  return {
    deliveryId: delivery.id,
    attempt: delivery.attempts,
    sendAs: plan.sendAs,
    envelope: { ...message.envelope, forwardPaths },
    messageId: message.messageId,
    saveToSentItems: ofRoute ?? plan.connection.saveToSentItems,
    content: plan.content,
  };
}

function warnOfDuplicate({ delivery, message }: Claim, { events }: DeliverParts): void {
  events.possibleDuplicate({
    id: message.id,
    connection: delivery.connection,
    messageId: message.messageId,
  });
}

/** The stored message with another header before its body. */
function withHeader({ message, content }: Claim, header: Uint8Array): Content {
  const movedBytes = header.length - message.headerBytes;
  return {
    sizeBytes: content.sizeBytes + movedBytes,
    async *read({ start = 0, end = content.sizeBytes + movedBytes } = {}) {
      if (start < header.length) yield header.subarray(start, Math.min(end, header.length));
      if (end <= header.length) return;
      const bodyFrom = Math.max(start, header.length);
      yield* content.read({ start: bodyFrom - movedBytes, end: end - movedBytes });
    },
  };
}

async function readAll(content: Content, bytes: number): Promise<Uint8Array> {
  const whole = new Uint8Array(bytes);
  let filled = 0;
  for await (const piece of content.read({ end: bytes })) {
    whole.set(piece, filled);
    filled += piece.length;
  }
  return whole;
}

/** An earlier attempt had sent it, and its answer was lost. */
const foundSent = delivered('2.0.0');

/** What keeps an answer from coming keeps a look-up from it, too: it must not count as a proof that nothing was sent. */
const notLookedFor = unsure('4.4.2', {
  reason: 'network',
  diagnostic: 'It may have been sent, and the mailbox could not be searched for it just now',
});

const unexpected = deferred('4.3.0', {
  reason: 'internal',
  diagnostic: 'The gateway met a fault of its own; the log has it under the event "fault"',
});

const noOriginator = deferred('4.7.1', {
  reason: 'configuration',
  hold: 'message',
  diagnostic: 'The message has no usable From address, and no "from" block gives it one any more',
});

function notAllowedAnyMore({ diagnostic }: Failed): Outcome {
  return deferred('4.7.1', { reason: 'permission', hold: 'message', diagnostic });
}

function connectionGone(name: string): Outcome {
  return deferred('4.3.5', {
    reason: 'configuration',
    hold: 'connection',
    diagnostic: `The configuration has no connection "${name}" any more: bring it back, or send the mail by another route`,
  });
}

function tooLarge({ sizeBytes }: Content, maxMessageBytes: number): Outcome {
  return failed('5.3.4', {
    reason: 'tooLarge',
    diagnostic: `The message has ${sizeBytes} bytes, but the connection carries at most ${maxMessageBytes}`,
  });
}
