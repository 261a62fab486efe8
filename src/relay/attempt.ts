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
import { base64Length } from '../core/base64-length.ts';
import { deferred, delivered, type Outcome } from '../core/outcome.ts';
import type { LaneUse, OverPace, RequestUse } from '../core/pace.ts';
import type { RetrySchedule } from '../core/schedule.ts';
import { noTraces, type StepOptions, type StepResult, type Traces } from '../core/traces.ts';
import type { Breakers } from './breakers.ts';
import { composeAnySize, findTooLarge, type ComposedClaim } from './compose-claim.ts';
import type { HeldTogether, HoldPass } from './holds.ts';
import type { Pace } from './pace.ts';
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
  /** Default: nobody follows. */
  readonly traces?: Traces;
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
  const { traces = noTraces } = options;
  const followed = { ...attemptFacts(claim), resultOf: ofCourse };
  return await traces.step('attempt', followed, () => attemptUnfollowed(claim, options));
}

/** An attempt belongs to the trace of the acceptance, which may have been days ago, in another process. */
export function attemptFacts({ delivery, message }: Claim): StepOptions<unknown> {
  const { id, traceparent: parent } = message;
  const { connection, route, attempts } = delivery;
  return {
    facts: { id, delivery: delivery.id, attempt: attempts, connection, route: route.rule },
    ...(parent !== undefined && { parent }),
  };
}

function ofCourse(course: Course): StepResult {
  return course.kind === 'tried' ? course.outcome : { kind: course.kind };
}

async function attemptUnfollowed(claim: Claim, options: AttemptOptions): Promise<Course> {
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

/** Two searches, and a copy that was found. */
const lookUpUse: LaneUse = { messages: 0, requests: 3, uploadBytes: 0 };

/** Undefined: nothing proves that it was sent, and it is time to send it again. */
async function lookFor(
  claim: Claim,
  { connection, submission }: ComposedClaim,
  options: AttemptOptions,
): Promise<Course | undefined> {
  const now = options.clock.now();
  const over = await takePace(claim, { connection, use: lookUpUse, now }, options);
  if (over) return over;
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
  options: AttemptOptions,
): Promise<Course> {
  const { pass, pace, breakers, events, clock, signal } = options;
  const { connection, submission, from } = composed;
  const tooLarge = findTooLarge(composed);
  if (tooLarge) return { kind: 'tried', outcome: tooLarge };
  pass.setFrom(from);
  const isLarge = isTooLargeForOneRequest(connection, submission);
  const held = pass.ask(isLarge ? ['originator', 'largeMessages'] : ['originator']);
  if (held) return { kind: 'heldTogether', held };
  const use = useOf(submission, { isLarge });
  const takenAt = clock.now();
  const over = await takePace(claim, { connection, use, now: takenAt }, options);
  if (over) return over;
  if (claim.mayHaveBeenSent) warnOfDuplicate(claim, events);
  breakers.begin(connection.name);
  const onUse = (used: RequestUse): void => {
    if (!isLarge && used.requests <= use.requests) return;
    const limits = connection.pace ?? [];
    void pace.settle(claim.delivery.lane, { limits, now: clock.now(), taken: use, takenAt, used });
  };
  const { passage, ...outcome } = await connection.transport.send(submission, { signal, onUse });
  return {
    kind: 'tried',
    outcome,
    sendAs: submission.sendAs,
    isRepeat: claim.mayHaveBeenSent,
    wasGiven: true,
    ...(passage && { passage }),
  };
}

/** Counts it in its lane. Returned: there is no room for it now. */
async function takePace(
  { delivery: { id, lane } }: Claim,
  {
    connection,
    use,
    now,
  }: { readonly connection: Connection; readonly use: LaneUse; readonly now: number },
  { pace }: Pick<AttemptOptions, 'pace'>,
): Promise<Course | undefined> {
  const over = await pace.take(lane, use, { limits: connection.pace ?? [], now, id });
  return over && { kind: 'overPace', over };
}

/** Bytes of one upload request of Graph, as docs/graph.md has them. */
const uploadSliceBytes = 3_932_160;
/** Token, draft, files, send: what a large message takes besides its slices. */
const requestsPerDraft = 8;

/** What a send takes of its lane: of a large message, as much as it may be. Graph counts the body of every request. */
export function useOf(
  { content: { sizeBytes } }: Submission,
  { isLarge }: { readonly isLarge: boolean },
): LaneUse {
  if (!isLarge) return { messages: 1, requests: 1, uploadBytes: base64Length(sizeBytes) };
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
