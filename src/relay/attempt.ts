// One try at a claimed delivery: whether it may be made, whether an earlier one did the work, and then the send itself.
import type { Address } from '../core/address.ts';
import {
  afterLookUp,
  type AfterAttemptOptions,
  type DeliveryChange,
  type LookUpResult,
  type Passage,
} from '../core/delivery.ts';
import { candidatesOf } from '../core/backup.ts';
import { deferred, delivered, type Outcome } from '../core/outcome.ts';
import type { LaneUse } from '../core/pace.ts';
import type { RetrySchedule } from '../core/schedule.ts';
import type { Breakers } from './breakers.ts';
import { composeAnySize, findTooLarge, type ComposedClaim } from './compose-claim.ts';
import type { HeldTogether, HoldPass } from './holds.ts';
import type { OverPace, Pace } from './pace.ts';
import type { Connection, Policy } from './policy.ts';
import type { Claim, Clock, Events, Mime, Store, Submission } from './ports.ts';
import { wasSent } from './was-sent.ts';

export interface AttemptParts {
  readonly store: Store;
  readonly mime: Mime;
  readonly events: Events;
  readonly clock: Clock;
  readonly policy: () => Policy;
  readonly schedule: () => RetrySchedule;
  /** The wait before a send that may have happened is looked for; later look-ups wait for multiples of it. */
  readonly lookupAfterMs: () => number;
  /** 0 to 1. */
  readonly chance: () => number;
}

/** What became of a try. */
export type Course =
  | {
      readonly kind: 'tried';
      readonly outcome: Outcome;
      readonly sendAs?: Address;
      readonly passage?: Passage;
      /** It was sent although an earlier try may have sent it. */
      readonly isRepeat?: boolean;
      /** The earlier try had sent it. */
      readonly wasFound?: boolean;
      /** Its connection was asked to send it. */
      readonly wasGiven?: boolean;
    }
  /** An earlier try may have sent it, and nothing is sent for now. */
  | { readonly kind: 'lookedFor'; readonly result: LookUpResult; readonly change: DeliveryChange }
  /** A fault holds it that others have met. */
  | { readonly kind: 'heldTogether'; readonly held: HeldTogether }
  /** Its lane has done as much as it may for now. */
  | { readonly kind: 'overPace'; readonly over: OverPace };

interface AttemptOptions extends AttemptParts {
  readonly pace: Pace;
  readonly breakers: Pick<Breakers, 'isOpen' | 'isFault' | 'begin'>;
  readonly pass: HoldPass;
  readonly signal: AbortSignal;
}

/** A bug defers the mail, and never loses it. */
export async function attempt(claim: Claim, options: AttemptOptions): Promise<Course> {
  try {
    const held = options.pass.ask(['connection', 'lane']) ?? askBreaker(claim, options);
    if (held) return { kind: 'heldTogether', held };
    const composed = await composeAnySize(claim, options);
    if ('kind' in composed) return { kind: 'tried', outcome: composed };
    const found = claim.mayHaveBeenSent ? await lookFor(claim, composed, options) : undefined;
    return found ?? (await send(claim, composed, options));
  } catch (error) {
    options.events.fault({ where: 'deliver', error, id: claim.message.id });
    return { kind: 'tried', outcome: unexpected };
  }
}

/** Where its route has backups, nothing is tried over a connection whose breaker is open. */
function askBreaker(
  { delivery, mayHaveBeenSent }: Claim,
  { breakers, clock, chance }: AttemptOptions,
): HeldTogether | undefined {
  const { connection, route } = delivery;
  const hasBackups = candidatesOf(route.action).length > 1;
  if (mayHaveBeenSent || !hasBackups || !breakers.isOpen(connection)) return undefined;
  const dueAt = clock.now() + Math.round(breakerWaitMs * (1 + chance()));
  const cause = breakers.isFault(connection) ? breakerOfFault : breakerIsOpen;
  return { cause, dueAt };
}

/** How long a delivery waits at least that no backup took either. */
const breakerWaitMs = 30_000;

const breakerIsOpen = deferred('4.4.1', {
  reason: 'server',
  diagnostic: 'The connection met trouble again and again: it is tried now and then by one message',
});

/** What waits for an administrator does not age. */
const breakerOfFault = deferred('4.4.1', {
  reason: 'server',
  hold: 'connection',
  diagnostic: 'The connection has a fault to be mended: it is tried now and then by one message',
});

/** Undefined: nothing proves that it was sent, and it is time to send it again. */
async function lookFor(
  claim: Claim,
  { connection, submission }: ComposedClaim,
  options: AttemptOptions,
): Promise<Course | undefined> {
  const { result, retryAfterMs } = await wasSent({ connection, claim, submission }, options);
  if (result === 'sent') {
    const { sendAs } = submission;
    return { kind: 'tried', outcome: delivered('2.0.0'), sendAs, wasFound: true };
  }
  const change = afterLookUp(claim.delivery, result, {
    ...decisionOptions(options),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
  return change && { kind: 'lookedFor', result, change };
}

/** What decides, besides an outcome, what becomes of a delivery. */
export function decisionOptions({
  clock,
  schedule,
  lookupAfterMs,
  chance,
}: AttemptParts): Omit<AfterAttemptOptions, 'mayHaveBeenSent'> {
  return {
    now: clock.now(),
    schedule: schedule(),
    lookupAfterMs: lookupAfterMs(),
    chance: chance(),
  };
}

async function send(
  claim: Claim,
  composed: ComposedClaim,
  { pass, pace, breakers, events, clock, signal }: AttemptOptions,
): Promise<Course> {
  const { connection, submission, from } = composed;
  const tooLarge = findTooLarge(composed);
  if (tooLarge) return { kind: 'tried', outcome: tooLarge };
  pass.setFrom(from);
  const isLarge = isTooLargeForOneRequest(connection, submission);
  const held = pass.ask(isLarge ? ['originator', 'largeMessages'] : ['originator']);
  if (held) return { kind: 'heldTogether', held };
  const use = useOf(submission, { isLarge });
  const limits = connection.pace ?? [];
  const { id, lane } = claim.delivery;
  const over = pace.take(lane, use, { limits, now: clock.now(), id });
  if (over) return { kind: 'overPace', over };
  if (claim.mayHaveBeenSent) warnOfDuplicate(claim, events);
  breakers.begin(connection.name);
  const { passage, ...outcome } = await connection.transport.send(submission, { signal });
  return {
    kind: 'tried',
    outcome,
    sendAs: submission.sendAs,
    isRepeat: claim.mayHaveBeenSent,
    wasGiven: true,
    ...(passage && { passage }),
  };
}

/** Bytes of one upload request of Graph, as docs/graph.md has them. */
const uploadSliceBytes = 3_932_160;
/** Token, draft, files, send: what a large message takes besides its slices. */
const requestsPerDraft = 8;

/** What a send takes of its lane: of a large message, as much as it may be. */
export function useOf(
  { content: { sizeBytes } }: Submission,
  { isLarge }: { readonly isLarge: boolean },
): LaneUse {
  if (!isLarge) return { messages: 1, requests: 1, uploadBytes: 0 };
  const requests = requestsPerDraft + Math.ceil(sizeBytes / uploadSliceBytes);
  return { messages: 1, requests, uploadBytes: sizeBytes };
}

/** What fits into one request needs no look at its structure. */
export function isTooLargeForOneRequest(
  { transport }: Connection,
  { content: { sizeBytes } }: Submission,
): boolean {
  if (transport.plan === undefined) return false;
  return transport.plan({ sizeBytes, saveToSentItems: true }) === undefined;
}

function warnOfDuplicate({ delivery, message }: Claim, events: Events): void {
  events.possibleDuplicate({
    id: message.id,
    connection: delivery.connection,
    messageId: message.messageId,
  });
}

const unexpected = deferred('4.3.0', {
  reason: 'internal',
  diagnostic: 'The gateway met a fault of its own; the log has it under the event "fault"',
});
