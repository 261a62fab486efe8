// How a claimed delivery leaves: it is tried, and what came of it is decided and recorded.
import {
  afterAttempt,
  failureOf,
  putBack,
  waitForPace,
  type Attempt,
  type DeliveryChange,
  type DeliveryState,
  type LookUpResult,
} from '../core/delivery.ts';
import { maxLookUps } from '../core/look-up-schedule.ts';
import { deferred, unsure, type Outcome, type RemoteDetail } from '../core/outcome.ts';
import type { OverPace } from '../core/pace.ts';
import { isReportWanted } from '../core/report-wish.ts';
import { attempt, decisionOptions, type AttemptParts, type Course } from './attempt.ts';
import type { Breakers } from './breakers.ts';
import { behindOthersMs, type HeldTogether, type Holds } from './holds.ts';
import type { Pace } from './pace.ts';
import { passOn, type Conclusion, type PassedOn } from './pass-on.ts';
import type { Claim, MessageParts, NewDelivery } from './ports.ts';

export interface DeliverParts extends AttemptParts {
  readonly holds: Holds;
  readonly breakers: Breakers;
  readonly pace: Pace;
  readonly messageParts: MessageParts;
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
  const pass = parts.holds.enter(claim.delivery);
  const course = await attempt(claim, { ...parts, ...options, pass });
  const endedAt = parts.clock.now();
  const { delivery, message } = claim;
  const conclusion = conclude(claim, course, parts);
  const { outcome } = conclusion;
  pass.leave(holdResult(course, conclusion.change));
  if (tellsOfConnection(course)) parts.breakers.end(delivery.connection, outcome);
  const rested = course.kind === 'tried' ? behindOthers(conclusion) : conclusion;
  const { change: settled, instead } = await findNext(claim, rested, parts);
  const end = { message, route: delivery.route, state: settled.state };
  const change = { ...settled, reportDue: isReportWanted(end, parts.policy().bounce) };
  const made: Attempt = {
    number: delivery.attempts,
    connection: delivery.connection,
    startedAt,
    endedAt,
    outcome: failureOf(change, outcome) ?? outcome,
    ...(course.kind === 'tried' && course.passage && { passage: course.passage }),
  };
  return {
    async record() {
      const written = await parts.store.record(claim, made, change);
      if (!written) return reportStale(claim, made, parts);
      report(course, { claim, attempt: made, change }, parts);
      if (instead) await replace(claim, { instead, state: change.state }, parts);
    },
  };
}

/** A fault may be this message's alone: those that wait with it try before it does. */
function behindOthers({ outcome, change }: Conclusion): Conclusion {
  const { hold, dueAt, agesFrom } = change;
  if (hold === undefined || hold === 'message' || dueAt === undefined) return { outcome, change };
  const later = { dueAt: dueAt + behindOthersMs, agesFrom: agesFrom + behindOthersMs };
  return { outcome, change: { ...change, ...later } };
}

/** What a message meets before its connection is asked is its own trouble, unless that connection is gone. */
function tellsOfConnection(course: Course): boolean {
  if (course.kind !== 'tried') return false;
  const { outcome, wasGiven = false } = course;
  return wasGiven || (outcome.kind === 'deferred' && outcome.hold === 'connection');
}

/** What goes wrong here leaves the delivery where it is. */
async function findNext(
  claim: Claim,
  conclusion: Conclusion,
  parts: DeliverParts,
): Promise<PassedOn> {
  try {
    return await passOn(claim, conclusion, { ...parts, now: parts.clock.now() });
  } catch (error) {
    parts.events.fault({ where: 'backup', error, id: claim.message.id });
    return { change: conclusion.change };
  }
}

/**
 * It is written by now, so trouble here leaves it to the connection that it had, and it is passed on again. So does whoever
 * was quicker: an operator who holds it, or another claim.
 */
async function replace(
  { delivery, message, fence }: Claim,
  { instead, state }: { readonly instead: readonly NewDelivery[]; readonly state: DeliveryState },
  { store, events }: DeliverParts,
): Promise<void> {
  try {
    await store.replace(delivery.id, instead, { fence, state });
  } catch (error) {
    events.fault({ where: 'backup', error, id: message.id });
  }
}

function conclude(claim: Claim, course: Course, parts: DeliverParts): Conclusion {
  const { delivery, mayHaveBeenSent } = claim;
  const options = { ...decisionOptions(parts), mayHaveBeenSent };
  switch (course.kind) {
    case 'tried': {
      const { outcome, isRepeat } = course;
      const tried = isRepeat ? { ...delivery, lookUps: maxLookUps } : delivery;
      return { outcome, change: afterAttempt(tried, outcome, options) };
    }
    case 'lookedFor':
      return { outcome: stillUnsure(course.result), change: course.change };
    case 'heldTogether': {
      const { cause, dueAt } = course.held;
      const change = putBack(delivery, { ...options, dueAt, hold: cause.hold });
      return { outcome: outcomeOf(course.held), change };
    }
    case 'overPace': {
      const { roomAt, isAlone } = course.over;
      const outcome = waitsForRoom(course.over, options.now);
      const change = waitForPace(delivery, { ...options, dueAt: roomAt });
      // Small messages need not wait until a large one may be uploaded.
      return { outcome, change: isAlone ? change : { ...change, pauseLaneUntil: roomAt } };
    }
  }
}

/** What it tells of the faults that hold others. A delivery that was put back tells nothing. */
function holdResult(course: Course, { dueAt }: DeliveryChange) {
  switch (course.kind) {
    case 'tried': {
      const { outcome, passage, wasFound } = course;
      return { outcome, passage, dueAt, ...(wasFound && { onlyReached: true }) };
    }
    case 'lookedFor':
      return { outcome: stillUnsure(course.result), onlyReached: course.result !== 'unknown' };
    case 'heldTogether':
    case 'overPace':
      return undefined;
  }
}

/** A delivery that was put back is no news, unless that ended it: the hold itself was told once. */
function report(
  course: Course,
  { claim, attempt: made, change }: Recorded,
  { events }: DeliverParts,
): void {
  switch (course.kind) {
    case 'tried': {
      const { sendAs } = course;
      return events.attempted({ claim, attempt: made, change, ...(sendAs && { sendAs }) });
    }
    case 'lookedFor': {
      const { dueAt } = change;
      const { result } = course;
      return events.lookedFor({ claim, result, ...(dueAt !== undefined && { dueAt }) });
    }
    case 'heldTogether':
    case 'overPace':
      if (change.state === 'failed') events.attempted({ claim, attempt: made, change });
      return;
  }
}

interface Recorded {
  readonly claim: Claim;
  readonly attempt: Attempt;
  readonly change: DeliveryChange;
}

/** Another process took the delivery over while this one was still at it: what it did must at least be known. */
function reportStale({ message }: Claim, { outcome }: Attempt, { events }: DeliverParts): void {
  const text = `The result of an attempt came after its lease had ended, and was not written: ${outcome.kind} ${outcome.status}`;
  events.fault({ where: 'lease', error: new Error(text), id: message.id });
}

/** As the operator reads it beside the attempts. */
function stillUnsure(result: LookUpResult): Outcome {
  return unsure('4.4.2', {
    reason: 'timeout',
    diagnostic: `It may have been sent: ${lookUpWords[result]}`,
  });
}

const lookUpWords: Record<LookUpResult, string> = {
  notFound: 'it was looked for in the mailbox, and nothing there proves that it was',
  notPermitted: 'the app may not look for it in the mailbox, so that it will be sent again',
  unknown: 'the mailbox could not be searched for it just now',
};

function waitsForRoom({ roomAt, limit }: OverPace, now: number): Outcome {
  return deferred('4.7.0', {
    reason: 'throttled',
    retryAfterMs: roomAt - now,
    isUntried: true,
    diagnostic: `The mailbox has sent as much as it may for now: ${limit.key} of the connection is ${limit.amount}`,
  });
}

function outcomeOf({ cause }: HeldTogether): Outcome {
  const { status, reason, hold, remote } = cause;
  return deferred(status, {
    reason,
    diagnostic: `Not tried, since another message has met this: ${cause.diagnostic}`,
    isUntried: true,
    ...(hold && { hold }),
    ...(remote && { remote: withoutRequest(remote) }),
  });
}

/** The request was that of the other message. */
function withoutRequest({ code, httpStatus, words }: RemoteDetail): RemoteDetail {
  return {
    ...(code !== undefined && { code }),
    ...(httpStatus !== undefined && { httpStatus }),
    ...(words !== undefined && { words }),
  };
}
