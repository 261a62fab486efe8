// A claimed delivery as it is to leave: From, recipients and header by the rules of today.
import type { Address } from '../core/address.ts';
import { fromBlockOf, planSubmission, type SubmissionPlan } from '../core/compose.ts';
import { deferred, failed, type Failed, type Outcome } from '../core/outcome.ts';
import { checkOriginators, reversePathOf } from '../core/senders.ts';
import type { Connection, Policy } from './policy.ts';
import type { Claim, Content, Mime, Submission } from './ports.ts';

export interface ComposeParts {
  readonly mime: Mime;
  readonly policy: () => Policy;
}

export interface ComposedClaim {
  readonly connection: Connection;
  readonly submission: Submission;
  /** The From address that it leaves with. */
  readonly from: Address;
}

/** The message as its route and connection want it, or why it cannot leave now. Throws what the content throws. */
export async function composeClaim(
  claim: Claim,
  parts: ComposeParts,
): Promise<ComposedClaim | Outcome> {
  const composed = await composeAnySize(claim, parts);
  return 'kind' in composed ? composed : (findTooLarge(composed) ?? composed);
}

/** As `composeClaim`, also where the connection takes less: that says nothing of what was sent before. */
export async function composeAnySize(
  claim: Claim,
  parts: ComposeParts,
): Promise<ComposedClaim | Outcome> {
  const { delivery, message } = claim;
  const { connections, from: topFrom } = parts.policy();
  const connection = connections.get(delivery.connection);
  if (!connection) return connectionGone(delivery.connection);
  const header = await readAll(claim.content, message.headerBytes);
  const source = {
    header: parts.mime.readHeader(header),
    fromWasMissing: message.fromWasMissing,
    route: delivery.route,
    connectionFrom: connection.from,
    topFrom,
    connectionSendAs: connection.sendAs,
    ...(connection.carriesEnvelope && { carriesEnvelope: true }),
    ...(message.reusedMessageId !== undefined && { newMessageId: message.messageId }),
  };
  // The block that was to replace its From may have gone from the configuration since it was accepted.
  const forbidden = checkOriginators(message.client, source, fromBlockOf(source));
  if (forbidden) return notAllowedAnyMore(forbidden);
  const plan = planSubmission(source);
  if (!plan) return noOriginator;
  const content = withHeader(claim, parts.mime.editHeader(header, plan.edits));
  const submission = toSubmission(claim, { ...plan, content, connection });
  return { connection, submission: { ...submission, header: source.header }, from: plan.from };
}

function toSubmission(
  { delivery, message, fence }: Claim,
  plan: Pick<SubmissionPlan, 'from' | 'sendAs'> & {
    readonly content: Content;
    readonly connection: Connection;
  },
): Submission {
  const { action, forwardPaths } = delivery.route;
  const ofRoute = action.kind === 'send' ? action.saveToSentItems : undefined;
  return {
    deliveryId: delivery.id,
    attempt: delivery.attempts,
    wasTried: fence > 1,
    sendAs: plan.sendAs,
    envelope: {
      ...message.envelope,
      reversePath: reversePathOf(message.client, message.envelope.reversePath, plan.from),
      forwardPaths,
    },
    messageId: message.messageId,
    saveToSentItems: ofRoute ?? plan.connection.saveToSentItems,
    content: plan.content,
  };
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

/** It was accepted when the connection took more, or had not said yet how much it takes. */
export function findTooLarge({ connection, submission }: ComposedClaim): Failed | undefined {
  const { sizeBytes } = submission.content;
  const { maxMessageBytes } = connection.transport;
  if (sizeBytes <= maxMessageBytes) return undefined;
  return failed('5.3.4', {
    reason: 'tooLarge',
    diagnostic: `The message has ${sizeBytes} bytes, but the connection carries at most ${maxMessageBytes}`,
  });
}
