// One message over one route, and what it becomes after each attempt.
import type { LaneKey } from './lane.ts';
import {
  failed,
  type Deferred,
  type Delivered,
  type Failed,
  type HoldScope,
  type Outcome,
  type Reason,
  type Unsure,
} from './outcome.ts';
import type { Route } from './route.ts';
import { lookUpDelayMs, maxLookUps } from './look-up-schedule.ts';
import { retryDelayMs, type RetrySchedule } from './schedule.ts';
import type { TransportKind } from './transport-plan.ts';

export type DeliveryState =
  'ready' | 'sending' | 'unsure' | 'deferred' | 'held' | 'failed' | 'delivered';

export const deliveryStates: readonly DeliveryState[] = [
  'ready',
  'sending',
  'unsure',
  'deferred',
  'held',
  'failed',
  'delivered',
];

export interface Delivery {
  readonly id: string;
  readonly messageId: string;
  readonly route: Route;
  /** The connection that the next attempt takes. */
  readonly connection: string;
  readonly lane: LaneKey;
  readonly state: DeliveryState;
  /** Attempts begun, the one under way included. Throttled ones do not count before its time is over. */
  readonly attempts: number;
  /** Epoch ms from which age counts; moved on by the time that a fault of configuration held it. */
  readonly agesFrom: number;
  /** Look-ups that found nothing since an attempt ended as `unsure`. */
  readonly lookUps: number;
  /** Epoch ms at which it may be claimed; absent when nobody will claim it. */
  readonly dueAt?: number;
}

/** What the store writes after an attempt. */
export interface DeliveryChange {
  readonly state: Exclude<DeliveryState, 'sending'>;
  readonly attempts: number;
  readonly agesFrom: number;
  readonly dueAt?: number;
  /** Nothing of this lane is claimed before this time, by any replica. */
  readonly pauseLaneUntil?: number;
  readonly hold?: HoldScope;
  /** Default: 0. */
  readonly lookUps?: number;
  /**
   * It may have been sent, and nothing has told since. Of state `held` or `failed`: when an operator lets it go on, it
   * is `unsure`. Default: only where the state is `unsure`.
   */
  readonly mayHaveBeenSent?: boolean;
  /** Another connection takes it from here on. */
  readonly move?: {
    readonly connection: string;
    readonly lane: LaneKey;
    readonly laneConcurrency: number;
  };
  /** Its sender is to get a report of this end (RFC 3464): it waits in `Store.dueReports`. */
  readonly reportDue?: boolean;
}

/** How a message left. */
export interface Passage {
  readonly transport: TransportKind | 'smtp';
  /** One sentence. */
  readonly why: string;
  /** Names of header fields that the recipients may not get to see; absent where there are none. */
  readonly droppedFields?: readonly string[];
}

/** One attempt, as it is kept for the operator. */
export interface Attempt {
  readonly number: number;
  readonly connection: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  /** Present where the message went on its way. */
  readonly passage?: Passage;
}

export interface AfterAttemptOptions {
  readonly now: number;
  readonly schedule: RetrySchedule;
  /** The wait before a send that may have happened is looked for; later look-ups wait for multiples of it. */
  readonly lookupAfterMs: number;
  /** 0 to 1. */
  readonly chance: number;
  /** An earlier attempt may have sent it, and nothing has told since. Default: no. */
  readonly mayHaveBeenSent?: boolean;
}

/** Age ends no delivery that was tried less often. */
const leastAttempts = 5;
/** Pause of a lane whose throttling answer named no time. */
const defaultPauseMs = 30_000;
/** A fault that only an administrator can mend is looked at this often. */
const holdRetryMs = 300_000;
/** Mail for which there was no room here is looked at this soon again. */
const roomRetryMs = 5_000;
/** Outlook.com's and Exchange's daily quotas: asking again sooner only counts against them. */
const quotaRetryMs = 2 * 3_600_000;

/** What `delivery`, whose attempt just ended with `outcome`, becomes. */
export function afterAttempt(
  delivery: Delivery,
  outcome: Outcome,
  options: AfterAttemptOptions,
): DeliveryChange {
  const { attempts, agesFrom } = delivery;
  switch (outcome.kind) {
    case 'delivered':
      return { state: 'delivered', attempts, agesFrom, ...pauseOf(outcome, options) };
    case 'failed':
      return { state: 'failed', attempts, agesFrom, ...doubtOf(options) };
    case 'unsure':
      return { ...inDoubt(delivery, options), ...pauseOf(outcome, options) };
    case 'deferred':
      return stillInDoubt(afterDeferral(delivery, outcome, options), delivery, options);
  }
}

/** A lane is left alone as long as it wants to be, whatever became of this message. */
function pauseOf({ retryAfterMs }: Delivered | Unsure, { now }: AfterAttemptOptions) {
  return retryAfterMs === undefined ? {} : { pauseLaneUntil: now + retryAfterMs };
}

function afterDeferral(
  delivery: Delivery,
  { reason, hold, retryAfterMs, waitedMs }: Deferred,
  options: AfterAttemptOptions,
): DeliveryChange {
  if (waitedMs !== undefined) return notTried(delivery, waitedMs, options);
  if (reason === 'throttled') return throttled(delivery, retryAfterMs, options);
  if (hold !== undefined) return held(delivery, hold, options);
  return backOff(delivery, { reason, retryAfterMs }, options);
}

/** Of an end, or of what waits for an operator. */
function doubtOf({ mayHaveBeenSent }: Pick<AfterAttemptOptions, 'mayHaveBeenSent'>) {
  return mayHaveBeenSent === true ? { mayHaveBeenSent } : {};
}

/** That this attempt sent nothing says nothing of the earlier one: it must be looked for before each further send. */
function stillInDoubt(
  change: DeliveryChange,
  { lookUps }: Delivery,
  { mayHaveBeenSent = false }: Pick<AfterAttemptOptions, 'mayHaveBeenSent'>,
): DeliveryChange {
  if (!mayHaveBeenSent) return change;
  if (change.state !== 'failed') return { ...change, state: 'unsure', lookUps };
  return { ...change, state: 'held', hold: 'message', mayHaveBeenSent };
}

/** It may have been sent: it is looked for, also when its time is over, before anything else becomes of it. */
function inDoubt(delivery: Delivery, options: AfterAttemptOptions): DeliveryChange {
  const { attempts, agesFrom } = delivery;
  const backOffMs = backOffAfter(attempts, options);
  const waitMs = lookUpDelayMs(0, { ...options, backOffMs });
  return { state: 'unsure', attempts, agesFrom, lookUps: 0, dueAt: options.now + waitMs };
}

/** What looking for a send that may have happened came to, where it proved none. */
export type LookUpResult = 'notFound' | 'notPermitted' | 'unknown';

export interface AfterLookUpOptions extends Omit<AfterAttemptOptions, 'mayHaveBeenSent'> {
  /** Of `unknown`: the mailbox was throttled, and nothing asks it for so long. */
  readonly retryAfterMs?: number;
}

/**
 * What `delivery`, which may have been sent and was looked for, becomes; undefined: it is sent again now, which the
 * claim has counted already. Each send is perhaps one more copy: they are as rare as those of any trouble, and when its
 * time is over an operator decides.
 */
export function afterLookUp(
  delivery: Delivery,
  result: LookUpResult,
  options: AfterLookUpOptions,
): DeliveryChange | undefined {
  if (result === 'notFound' && delivery.lookUps < maxLookUps - 1) {
    return lookAgain(delivery, options);
  }
  if (isOver(delivery, options)) return leftToOperator(delivery);
  switch (result) {
    case 'notFound':
      return undefined;
    case 'notPermitted':
      return delivery.lookUps < maxLookUps ? waitForSend(delivery, options) : undefined;
    case 'unknown':
      return waitToLook(delivery, options);
  }
}

/** A look-up is no attempt: the one that the claim counted is given back. */
function lookAgain(delivery: Delivery, options: AfterAttemptOptions): DeliveryChange {
  const attempts = delivery.attempts - 1;
  const lookUps = delivery.lookUps + 1;
  const backOffMs = backOffAfter(attempts, options);
  const waitMs = lookUpDelayMs(lookUps, { ...options, backOffMs });
  const { agesFrom } = delivery;
  return { state: 'unsure', attempts, agesFrom, lookUps, dueAt: options.now + waitMs };
}

/** There will never be a proof: what is left of the back-off passes before the next send. */
function waitForSend(delivery: Delivery, options: AfterAttemptOptions): DeliveryChange | undefined {
  const attempts = delivery.attempts - 1;
  const waitMs = backOffAfter(attempts, options) - options.lookupAfterMs;
  if (waitMs <= 0) return undefined;
  const { agesFrom } = delivery;
  return { state: 'unsure', attempts, agesFrom, lookUps: maxLookUps, dueAt: options.now + waitMs };
}

/** What keeps an answer from coming keeps a look-up from it, too: it is no proof that nothing was sent. */
function waitToLook(delivery: Delivery, options: AfterLookUpOptions): DeliveryChange {
  const { attempts, agesFrom, lookUps } = delivery;
  const { now, retryAfterMs } = options;
  if (retryAfterMs !== undefined) {
    const pauseLaneUntil = now + retryAfterMs;
    const change = { attempts: attempts - 1, agesFrom, lookUps, dueAt: pauseLaneUntil };
    return { state: 'unsure', ...change, pauseLaneUntil };
  }
  const dueAt = now + backOffAfter(attempts, options);
  return { state: 'unsure', attempts, agesFrom, lookUps, dueAt };
}

function leftToOperator({ attempts, agesFrom }: Delivery): DeliveryChange {
  return { state: 'held', attempts, agesFrom, hold: 'message', mayHaveBeenSent: true };
}

export interface PutBackOptions extends AfterAttemptOptions {
  readonly dueAt: number;
  /** Of the fault that an administrator must mend. Absent: it is trouble that passes, and the delivery ages. */
  readonly hold?: HoldScope | undefined;
}

/**
 * What `delivery` becomes when it was not tried, because others showed that their trouble is its own, too. That was no
 * attempt, until its time is over: from then on it counts as one, so that trouble that lasts ends it.
 */
export function putBack(delivery: Delivery, options: PutBackOptions): DeliveryChange {
  return stillInDoubt(putBackSure(delivery, options), delivery, options);
}

function putBackSure(delivery: Delivery, options: PutBackOptions): DeliveryChange {
  const { now, dueAt, hold } = options;
  const attempts = delivery.attempts - 1;
  if (hold !== undefined) {
    const agesFrom = delivery.agesFrom + dueAt - now;
    return { state: 'deferred', attempts, agesFrom, dueAt, hold };
  }
  const { agesFrom } = delivery;
  if (!isLate(delivery, options)) return { state: 'deferred', attempts, agesFrom, dueAt };
  return backOff(delivery, { retryAfterMs: dueAt - now }, options);
}

/** What `delivery` becomes that waits for room in the pace of its lane: that is no attempt, and ends no delivery. */
export function waitForPace(
  delivery: Delivery,
  options: Pick<PutBackOptions, 'dueAt' | 'mayHaveBeenSent'>,
): DeliveryChange {
  const { attempts, agesFrom } = delivery;
  const change = {
    state: 'ready',
    attempts: attempts - 1,
    agesFrom,
    dueAt: options.dueAt,
  } as const;
  return stillInDoubt(change, delivery, options);
}

/**
 * A throttled request was no attempt: the lane waits, and the delivery is first again after it. When its time is over it
 * counts like any other attempt, so that a lane that is throttled for ever keeps nothing for ever.
 */
function throttled(
  delivery: Delivery,
  retryAfterMs: number | undefined,
  options: AfterAttemptOptions,
): DeliveryChange {
  const pauseLaneUntil = options.now + (retryAfterMs ?? defaultPauseMs);
  const { attempts, agesFrom } = delivery;
  if (isOver(delivery, options)) return { state: 'failed', attempts, agesFrom, pauseLaneUntil };
  return {
    state: 'ready',
    attempts: isLate(delivery, options) ? attempts : attempts - 1,
    agesFrom,
    dueAt: pauseLaneUntil,
    pauseLaneUntil,
  };
}

/** Nothing was tried for want of room here: that is no attempt, ages nothing, and concerns no other mail of the lane. */
function notTried(
  { attempts, agesFrom }: Delivery,
  waitedMs: number,
  { now, chance }: AfterAttemptOptions,
): DeliveryChange {
  const pauseMs = Math.round(roomRetryMs * (1 + chance));
  return {
    state: 'ready',
    attempts: attempts - 1,
    agesFrom: agesFrom + waitedMs + pauseMs,
    dueAt: now + pauseMs,
  };
}

/** Mail that waits for an administrator does not age: the wait is added to the time it may take. */
function held(
  delivery: Delivery,
  hold: HoldScope,
  { now, chance }: AfterAttemptOptions,
): DeliveryChange {
  const waitMs = Math.round(holdRetryMs * (1 + chance / 5));
  return {
    state: 'deferred',
    attempts: delivery.attempts,
    agesFrom: delivery.agesFrom + waitMs,
    dueAt: now + waitMs,
    hold,
  };
}

function backOff(
  delivery: Delivery,
  { reason, retryAfterMs }: { readonly reason?: Reason; readonly retryAfterMs: number | undefined },
  options: AfterAttemptOptions,
): DeliveryChange {
  const { attempts, agesFrom } = delivery;
  if (isOver(delivery, options)) return { state: 'failed', attempts, agesFrom };
  const waitMs = Math.max(
    backOffAfter(attempts, options),
    reason === 'quota' ? quotaRetryMs : 0,
    retryAfterMs ?? 0,
  );
  return { state: 'deferred', attempts, agesFrom, dueAt: options.now + waitMs };
}

/** Whether its time is over. A clock that is set forward makes mail old at once: some attempts it gets all the same. */
function isOver(delivery: Delivery, options: AfterAttemptOptions): boolean {
  return isLate(delivery, options) && delivery.attempts >= leastAttempts;
}

function isLate({ agesFrom }: Delivery, { now, schedule }: AfterAttemptOptions): boolean {
  return now - agesFrom >= schedule.giveUpAfterMs;
}

function backOffAfter(attempts: number, { schedule, chance }: AfterAttemptOptions): number {
  return retryDelayMs(schedule, Math.max(attempts, 1), chance);
}

/**
 * Why a delivery became `failed`, for its report and the metric: the outcome of its last attempt, or 5.4.7 (RFC 3463
 * §3.5) where that one would have deferred it but its time was over. Undefined for a delivery that has not failed.
 */
export function failureOf(change: DeliveryChange, outcome: Outcome): Failed | undefined {
  if (change.state !== 'failed' || outcome.kind === 'delivered') return undefined;
  if (outcome.kind === 'failed') return outcome;
  return failed('5.4.7', {
    reason: 'expired',
    diagnostic: `Its time was over before it could be sent: ${outcome.diagnostic}`,
    ...(outcome.remote && { remote: outcome.remote }),
  });
}
