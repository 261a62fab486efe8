// What clients of direct listeners are told where their message is not sent on.
import { deferred, type Outcome, type Refusal } from '../core/outcome.ts';
import type { Entry } from './direct-lanes.ts';
import type { Patience } from './direct-patience.ts';
import type { OverPace } from '../core/pace.ts';

/** There was no place in the lane as long as the client waits. */
export function noPlace(entry: Exclude<Entry, { kind: 'place' }>, now: number): Refusal {
  if (entry.kind === 'full') {
    const diagnostic = 'The mailbox had too much mail of others before it (limits.concurrency)';
    return deferred('4.4.5', { reason: 'throttled', diagnostic });
  }
  return mustWait('The lane is paused', entry.pausedUntil - now);
}

/** The lane has done as much as it may for now. */
export function overPace({ limit, roomAt }: OverPace, now: number): Refusal {
  return mustWait(`The mailbox has sent as much as ${limit.key} allows`, roomAt - now);
}

function mustWait(cause: string, retryAfterMs: number): Refusal {
  const diagnostic = `${cause}; ${Math.ceil(retryAfterMs / 1000)} s are left`;
  return deferred('4.4.5', { reason: 'throttled', diagnostic, retryAfterMs });
}

/** What the client is told of a message that was not sent, or may not have been. */
export function toRefusal(
  outcome: Exclude<Outcome, { kind: 'delivered' }>,
  { isOver }: Pick<Patience, 'isOver'>,
): Refusal {
  if (outcome.kind === 'unsure') {
    const { reason, diagnostic } = outcome;
    return deferred('4.4.2', { reason, diagnostic, reply: notConfirmed });
  }
  const wasCut = outcome.kind === 'deferred' && outcome.reason === 'cancelled';
  if (!wasCut) return outcome;
  return isOver ? tookTooLong : shuttingDown;
}

const notConfirmed = 'The next mail system did not confirm the message; try again later';

const tookTooLong = deferred('4.4.5', {
  reason: 'timeout',
  diagnostic: 'The next hop did not take the message as long as its client waits',
});

export const shuttingDown = deferred('4.3.2', {
  reason: 'cancelled',
  diagnostic: 'The gateway is shutting down',
  reply: 'Shutting down; try again later',
});

export const cannotHold = deferred('4.3.5', {
  reason: 'configuration',
  diagnostic: 'A rule holds the message, and a direct listener has nowhere to keep it',
});

export const unexpected = deferred('4.3.0', {
  reason: 'internal',
  diagnostic: 'The gateway met a fault of its own; the log has it under the event "fault"',
});
