// One message over one route, and what it becomes after each attempt.
import type { LaneKey } from './lane.ts';
import {
  failed,
  type Deferred,
  type Failed,
  type HoldScope,
  type Outcome,
  type Reason,
} from './outcome.ts';
import type { Route } from './route.ts';
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
  /** Attempts begun, the one under way included. Throttled ones do not count. */
  readonly attempts: number;
  /** Epoch ms from which age counts; moved on by the time that a fault of configuration held it. */
  readonly agesFrom: number;
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
}

/** How a message left. */
export interface Passage {
  readonly transport: TransportKind;
  /** One sentence. */
  readonly why: string;
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
    case 'failed':
      return { state: outcome.kind, attempts, agesFrom };
    case 'unsure':
      return inDoubt(delivery, options);
    case 'deferred':
      return stillInDoubt(afterDeferral(delivery, outcome, options), options);
  }
}

function afterDeferral(
  delivery: Delivery,
  { reason, hold, retryAfterMs }: Deferred,
  options: AfterAttemptOptions,
): DeliveryChange {
  if (reason === 'throttled') return throttled(delivery, retryAfterMs, options);
  if (hold !== undefined) return held(delivery, hold, options);
  return backOff(delivery, reason, retryAfterMs, options);
}

/** That this attempt sent nothing says nothing of the earlier one: it must be looked for before each further send. */
function stillInDoubt(
  change: DeliveryChange,
  { mayHaveBeenSent = false }: AfterAttemptOptions,
): DeliveryChange {
  if (!mayHaveBeenSent) return change;
  if (change.state === 'failed') return { ...change, state: 'held', hold: 'message' };
  return { ...change, state: 'unsure' };
}

/**
 * It may have been sent, so each further attempt may be one more copy: they are as rare as those of any trouble, and
 * when its time is over an operator decides.
 */
function inDoubt(delivery: Delivery, options: AfterAttemptOptions): DeliveryChange {
  const { attempts, agesFrom } = delivery;
  if (isOver(delivery, options)) return { state: 'held', attempts, agesFrom, hold: 'message' };
  return { state: 'unsure', attempts, agesFrom, dueAt: options.now + delayMs(delivery, options) };
}

/** A throttled request was no attempt: the lane waits, and the delivery is first again after it. */
function throttled(
  delivery: Delivery,
  retryAfterMs: number | undefined,
  { now }: AfterAttemptOptions,
): DeliveryChange {
  const pauseLaneUntil = now + (retryAfterMs ?? defaultPauseMs);
  return {
    state: 'ready',
    attempts: delivery.attempts - 1,
    agesFrom: delivery.agesFrom,
    dueAt: pauseLaneUntil,
    pauseLaneUntil,
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
  reason: Reason,
  retryAfterMs: number | undefined,
  options: AfterAttemptOptions,
): DeliveryChange {
  const { attempts, agesFrom } = delivery;
  if (isOver(delivery, options)) return { state: 'failed', attempts, agesFrom };
  const waitMs = Math.max(
    delayMs(delivery, options),
    reason === 'quota' ? quotaRetryMs : 0,
    retryAfterMs ?? 0,
  );
  return { state: 'deferred', attempts, agesFrom, dueAt: options.now + waitMs };
}

/** Whether its time is over. A clock that is set forward makes mail old at once: some attempts it gets all the same. */
function isOver({ attempts, agesFrom }: Delivery, { now, schedule }: AfterAttemptOptions): boolean {
  return now - agesFrom >= schedule.giveUpAfterMs && attempts >= leastAttempts;
}

function delayMs({ attempts }: Delivery, { schedule, chance }: AfterAttemptOptions): number {
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
