// Which connection takes a delivery that another one did not: the route's own, then its backups in their order.
import { isOwnTrouble } from './breaker.ts';
import type { Outcome, Reason } from './outcome.ts';
import type { Action } from './route.ts';

/** A single trouble of these kinds is over as a rule before the next attempt. */
const passing: ReadonlySet<Reason> = new Set<Reason>(['network', 'timeout', 'server']);

/** The connections that may carry a delivery of that route, in the order in which they are asked. */
export function candidatesOf(action: Action): readonly string[] {
  return action.kind === 'send' ? [action.via, ...action.backup] : [];
}

export interface Trouble {
  readonly outcome: Outcome;
  /** Of the delivery, this one included. */
  readonly attempts: number;
  /** The breaker of the connection lets nothing pass. */
  readonly isOpen: boolean;
}

/**
 * Whether another connection should be asked: not for a fault of the message, not while a send is in doubt, and for
 * trouble that passes only when it has come back.
 */
export function shouldPassOn({ outcome, attempts, isOpen }: Trouble): boolean {
  if (outcome.kind !== 'deferred' || !isOwnTrouble(outcome)) return false;
  return isOpen || attempts >= 2 || !passing.has(outcome.reason);
}

/** Whether the connection takes no message of that size: another one may, and it fails only where none does. */
export function isTooLargeForIt(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.reason === 'tooLarge';
}

/** Those that come after `current`; all but the first where `current` is none of them any more. */
export function laterCandidates(action: Action, current: string): readonly string[] {
  const candidates = candidatesOf(action);
  return candidates.slice(Math.max(candidates.indexOf(current), 0) + 1);
}
