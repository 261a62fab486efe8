// The circuit breaker of a connection: after repeated trouble nothing is sent over it but a probe now and then.
import type { Outcome } from './outcome.ts';

export type BreakerState = 'closed' | 'open' | 'halfOpen';

export const breakerStates: readonly BreakerState[] = ['closed', 'open', 'halfOpen'];

/** What is known of a connection's trouble. */
export interface Breaker {
  /** Attempts in a row that met trouble of the connection's own. */
  readonly failures: number;
  /** Epoch ms until which nothing goes over it; absent while it is closed. */
  readonly openUntil?: number;
  /** How long it was opened for the last time, in ms. */
  readonly openForMs?: number;
  /** What opened it last is a fault that an administrator must mend. */
  readonly isFault?: boolean;
}

export const closedBreaker: Breaker = { failures: 0 };

/** So much trouble in a row opens it. */
const failuresToOpen = 5;
const firstOpenMs = 30_000;
const longestOpenMs = 600_000;
/** A probe that has told nothing in this time is taken for lost, and another goes. */
const probeMs = 120_000;
/** A wait that is longer than this is trouble, a shorter one is the pace. */
const longThrottleMs = 300_000;

/**
 * @returns `halfOpen` when its time is over, or later than any that can have been set at `now`, since a clock that was
 *   ahead has set it: one probe is due
 */
export function stateOf({ openUntil }: Breaker, now: number): BreakerState {
  if (openUntil === undefined) return 'closed';
  return now < openUntil && openUntil <= now + longestOpenMs ? 'open' : 'halfOpen';
}

/** A probe goes out at `now`: until it has told, nothing else does. */
export function probing(breaker: Breaker, now: number): Breaker {
  return { ...breaker, openUntil: now + probeMs };
}

/** What an attempt over the connection tells of it. An outcome that says nothing of it leaves it as it was. */
export function afterOutcome(breaker: Breaker, outcome: Outcome, now: number): Breaker {
  if (isOwnTrouble(outcome)) return afterTrouble(breaker, outcome, now);
  return wasAnswered(outcome) ? closedBreaker : breaker;
}

/** A message that is refused shows that the connection works, unless nobody was asked. */
function wasAnswered(outcome: Outcome): boolean {
  return (
    outcome.kind === 'delivered' || (outcome.kind === 'failed' && outcome.remote !== undefined)
  );
}

function afterTrouble(breaker: Breaker, outcome: Outcome, now: number): Breaker {
  const failures = breaker.failures + 1;
  const wasOpen = breaker.openUntil !== undefined;
  const isOpening = wasOpen || failures >= failuresToOpen || needsAdministrator(outcome);
  if (!isOpening) return { ...breaker, failures };
  const openForMs = Math.min((breaker.openForMs ?? firstOpenMs / 2) * 2, longestOpenMs);
  const isFault = needsAdministrator(outcome);
  return { failures, openForMs, openUntil: now + openForMs, ...(isFault && { isFault }) };
}

/** The fault is the whole connection's, so the next message over it would meet it as well. */
function needsAdministrator(outcome: Outcome): boolean {
  return outcome.kind === 'deferred' && outcome.hold === 'connection';
}

/**
 * Whether the connection is at fault (its credential, cloud, mailbox, or a throttle for long), and not the message: only
 * then another connection can do better. Never of an unsure outcome, since what may have been sent must not go elsewhere.
 */
export function isOwnTrouble(outcome: Outcome): boolean {
  if (outcome.kind !== 'deferred' || outcome.hold === 'message') return false;
  switch (outcome.reason) {
    case 'network':
    case 'timeout':
    case 'server':
    case 'quota':
    case 'credential':
    case 'permission':
    case 'mailbox':
    case 'sendAsDenied':
    case 'configuration':
      return true;
    case 'throttled':
      return (outcome.retryAfterMs ?? 0) >= longThrottleMs;
    case 'tooLarge':
    case 'recipients':
    case 'rule':
    case 'content':
    case 'expired':
    case 'cancelled':
    case 'internal':
      return false;
  }
}
