// How a message goes straight through: it is judged like any other, and what the next hop says of it the client hears.
import type { Attempt, Delivery, DeliveryChange, Passage } from '../core/delivery.ts';
import { isTooLargeForIt, laterCandidates } from '../core/backup.ts';
import { isOwnTrouble } from '../core/breaker.ts';
import { laneOf } from '../core/lane.ts';
import { delivered, type Deferred, type Outcome, type Refusal } from '../core/outcome.ts';
import type { LaneUse, OverPace, RequestUse } from '../core/pace.ts';
import { isReportWanted } from '../core/report-wish.ts';
import { noTraces } from '../core/traces.ts';
import { attemptFacts, isTooLargeForOneRequest, useOf } from './attempt.ts';
import { createIntake, reportRoutes, type IntakeParts, type JudgedMessage } from './accept.ts';
import type { BodyMemory } from './body-memory.ts';
import { composeClaim } from './compose-claim.ts';
import {
  cannotHold,
  noPlace,
  overPace,
  shuttingDown,
  toRefusal,
  unexpected,
} from './direct-answers.ts';
import { DirectDoubts } from './direct-doubts.ts';
import { DirectLanes, type EnterOptions, type Entry } from './direct-lanes.ts';
import { startPatience, type Patience } from './direct-patience.ts';
import { Pace } from './pace.ts';
import type { PlannedSend } from './plan-sends.ts';
import { findUncarriable } from './plan-transport.ts';
import type { Connection } from './policy.ts';
import type { Accept, Acceptance, Claim, DueReport, Submission, Transaction } from './ports.ts';
import { RecentDigests } from './recent-digests.ts';
import { wasSent } from './was-sent.ts';

export interface DirectParts extends Omit<IntakeParts, 'store' | 'settle'> {
  readonly bodies: BodyMemory;
  /** A mailbox shows what was sent only after a while: an unsure send is looked for no sooner than this. */
  readonly lookUpAfterMs: () => number;
  /**
   * Tells the sender that a part of his message failed, while another part was sent; or that it was sent, where he wants
   * to be told. Never rejects.
   */
  readonly report: (end: DueReport, options: { readonly signal: AbortSignal }) => Promise<void>;
}

/** Pause of a lane whose throttling answer named no time. */
const defaultPauseMs = 30_000;

/** Takes messages for listeners in mode `direct`. Nothing is stored: until the client has its 250, the mail is the client's. */
export class Direct {
  readonly accept: Accept;
  readonly #parts: DirectParts;
  readonly #lanes: DirectLanes;
  readonly #pace = new Pace();
  readonly #digests = new RecentDigests();
  readonly #doubts = new DirectDoubts();
  /** Aborted: no further message is taken. */
  readonly #stopping = new AbortController();
  /** Aborted: the grace of `stop` is over. */
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<Acceptance>>();

  constructor(parts: DirectParts) {
    this.#parts = parts;
    this.#lanes = new DirectLanes(parts.clock);
    this.accept = createIntake({
      ...parts,
      store: {
        createBody: () => parts.bodies.createBody(),
        bodyDigestsOf: (messageId) => this.#digests.bodyDigestsOf(messageId),
      },
      settle: (judged, transaction) => this.#settle(judged, transaction),
    });
  }

  /** Takes nothing more, gives the sends under way `graceMs`, then cuts them. May be called again. */
  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#stopping.abort();
    const grace = new AbortController();
    const cutting = this.#parts.clock.wait(graceMs, grace).then(() => this.#stopped.abort());
    await Promise.allSettled(this.#running);
    grace.abort();
    await cutting;
    this.#lanes[Symbol.dispose]();
  }

  async #settle(judged: JudgedMessage, transaction: Transaction): Promise<Acceptance> {
    if (this.#stopping.signal.aborted) return shuttingDown;
    this.#digests.add(judged.message);
    const running = this.#passOn(judged, transaction);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #passOn(judged: JudgedMessage, transaction: Transaction): Promise<Acceptance> {
    const { message, plan, sends, startedAt } = judged;
    const { clock, events } = this.#parts;
    if (sends.some(({ route }) => route.action.hold)) return cannotHold;
    using patience = startPatience(message.sizeBytes, {
      clock,
      stopped: this.#stopped.signal,
      ...(transaction.signal && { gone: transaction.signal }),
    });
    const refusal = await this.#sendAll(sends, judged, patience);
    if (refusal) return refusal;
    reportRoutes(message, plan, { events });
    const { id, messageId, envelope } = message;
    const durationMs = clock.now() - startedAt;
    const routes = plan.map(({ rule }) => rule);
    events.accepted({ message, forwardPaths: envelope.forwardPaths, routes, durationMs });
    // Whoever did not wait for his 250 will send it again.
    if (transaction.signal?.aborted) {
      for (const { connection } of sends) {
        events.possibleDuplicate({ id, connection: connection.name, messageId });
      }
    }
    return { kind: 'accepted', id };
  }

  /** The first refusal is the client's, as long as nothing was sent; what fails later is reported. */
  async #sendAll(
    sends: readonly PlannedSend[],
    judged: JudgedMessage,
    patience: Patience,
  ): Promise<Refusal | undefined> {
    let isAnySent = false;
    for (const [index, send] of sends.entries()) {
      const claim = toClaim(send, { ...judged, number: index + 1 });
      const { outcome, attempt } = await this.#sendOrFault(claim, patience);
      const isSent = outcome.kind === 'delivered';
      if (!isSent && !isAnySent) return toRefusal(outcome, patience);
      isAnySent = true;
      if (!isSent || this.#isTold(claim)) {
        await this.#parts.report(toReport(claim, attempt), patience);
      }
    }
    return undefined;
  }

  /** Whether the sender wants to hear of a message that was sent (RFC 3461 §4.1). */
  #isTold({ delivery: { route }, message }: Claim): boolean {
    const { bounce } = this.#parts.policy();
    return isReportWanted({ message, route, state: 'delivered' }, bounce);
  }

  /** A bug, or a body that cannot be read, must not take back the answer for the parts that were sent. */
  async #sendOrFault(claim: Claim, patience: Patience): Promise<Made> {
    const { traces = noTraces } = this.#parts;
    const options = { ...attemptFacts(claim), resultOf: ({ outcome }: Made) => outcome };
    try {
      return await traces.step('attempt', options, () => this.#send(claim, patience));
    } catch (error) {
      this.#parts.events.fault({ where: 'direct', error, id: claim.message.id });
      return noAttempt(claim, unexpected, this.#parts.clock.now());
    }
  }

  /** Where another connection can do better, the next backup that can carry it has it at once. */
  async #send(claim: Claim, patience: Patience): Promise<Made> {
    const { connection, route } = claim.delivery;
    let made = await this.#sendOver(claim, patience);
    for (const name of laterCandidates(route.action, connection)) {
      if (!isOwnTrouble(made.outcome) && !isTooLargeForIt(made.outcome)) break;
      const backup = await this.#moveTo(name, claim);
      const next = backup && (await this.#sendOver(backup, patience));
      // A connection that is in trouble now may take later what is too large for its backup.
      if (next && !(isOwnTrouble(made.outcome) && isTooLargeForIt(next.outcome))) made = next;
    }
    return made;
  }

  /** Undefined: that connection is gone, or could not carry it in one send. */
  async #moveTo(name: string, claim: Claim): Promise<Claim | undefined> {
    const delivery = { ...claim.delivery, connection: name };
    const composed = await composeClaim({ ...claim, delivery }, this.#parts);
    if ('kind' in composed) return undefined;
    const { connection, submission } = composed;
    const { content, envelope, sendAs } = submission;
    if (envelope.forwardPaths.length > (connection.recipientsPerSend ?? Infinity)) return undefined;
    const uncarriable = await findUncarriable([{ connection, sizeBytes: content.sizeBytes }], {
      content: () => content,
      parts: this.#parts.messageParts,
    });
    if (uncarriable) return undefined;
    return { ...claim, delivery: { ...delivery, lane: laneOf(connection.laneIdentity, sendAs) } };
  }

  /** Where the lane is paused, and the client can wait that out, it is tried once more after it. */
  async #sendOver(claim: Claim, patience: Patience): Promise<Made> {
    const composed = await composeClaim(claim, this.#parts);
    if ('kind' in composed) return noAttempt(claim, composed, this.#parts.clock.now());
    const given = { ...composed, patience };
    const taken = await this.#waitForPace(claim, given);
    const now = this.#parts.clock.now();
    if ('roomAt' in taken) return noAttempt(claim, overPace(taken, now), now);
    const first = await this.#takeTurn(claim, { ...given, taken });
    if (!isThrottled(first.outcome)) return first;
    const second = await this.#takeTurn(claim, given);
    return second.attempt.number > 0 ? second : first;
  }

  /** Waits for a place in the lane. */
  async #takeTurn(claim: Claim, given: Given): Promise<Made> {
    const { clock } = this.#parts;
    const { lane } = claim.delivery;
    using entry = asDisposable(await this.#lanes.enter(lane, enterOptions(claim, given)));
    const now = clock.now();
    if (entry.kind !== 'place') return noAttempt(claim, noPlace(entry, now), now);
    const made = await this.#attempt(claim, given);
    const { outcome } = made;
    const pauseMs = pauseMsOf(outcome);
    if (pauseMs !== undefined) this.#lanes.pause(lane, clock.now() + pauseMs);
    return made;
  }

  /** Counts the send in its lane. Returned: there is no room for it as long as the client waits. */
  async #waitForPace(
    { delivery: { id, lane } }: Claim,
    { connection, submission, patience }: Given,
  ): Promise<OverPace | Taken> {
    const { clock } = this.#parts;
    const isLarge = isTooLargeForOneRequest(connection, submission);
    const use = useOf(submission, { isLarge });
    const { pace: limits = [] } = connection;
    for (;;) {
      const now = clock.now();
      const over = await this.#pace.take(lane, use, { limits, now, id });
      if (!over) return { use, takenAt: now };
      if (over.roomAt >= patience.until || patience.waiting.aborted) {
        await this.#pace.giveUp(lane, { id, now });
        return over;
      }
      await clock.wait(over.roomAt - now, { signal: patience.waiting });
    }
  }

  async #attempt(claim: Claim, given: Given): Promise<Made> {
    const { clock, events } = this.#parts;
    const { connection, submission } = given;
    const startedAt = clock.now();
    const { passage, ...outcome } =
      (await this.#findEarlier(claim, given)) ?? (await this.#give(claim, given));
    if (outcome.kind === 'delivered') this.#doubts.remove(claim);
    const attempt = {
      number: 1,
      connection: connection.name,
      startedAt,
      endedAt: clock.now(),
      outcome,
      ...(passage && { passage }),
    };
    const change = toChange(claim, outcome);
    events.attempted({ claim, attempt, change, sendAs: submission.sendAs });
    return { outcome, attempt };
  }

  /** What its client was told to send again may have been sent. Undefined: it was not, as far as can be told. */
  async #findEarlier(claim: Claim, given: Given): Promise<Answer | undefined> {
    const earlier = this.#doubts.of(claim);
    return earlier && (await this.#isSent(earlier, given)) ? delivered('2.0.0') : undefined;
  }

  /** A bug defers the mail, and never loses it. */
  async #give(claim: Claim, given: Given): Promise<Answer> {
    const { connection, submission, patience } = given;
    try {
      using way = patience.startSend();
      const { signal, onGiven } = way;
      const onUse = (used: RequestUse) => this.#settlePace(claim, given, used);
      const answer = await connection.transport.send(submission, { signal, onGiven, onUse });
      return answer.kind === 'unsure' ? await this.#lookFor(answer, claim, given) : answer;
    } catch (error) {
      this.#parts.events.fault({ where: 'direct', error, id: claim.message.id });
      return unexpected;
    }
  }

  /** A second try has taken nothing: what it takes is counted all the same. */
  #settlePace({ delivery }: Claim, { connection, taken }: Given, used: RequestUse): void {
    const now = this.#parts.clock.now();
    const { use = noUse, takenAt = now } = taken ?? {};
    if (used.requests === use.requests) return;
    const { pace: limits = [] } = connection;
    void this.#pace.settle(delivery.lane, { limits, now, taken: use, takenAt, used });
  }

  /** One look, as long as the client waits. What is not found, the client is told to send again. */
  async #lookFor(doubt: Answer, claim: Claim, given: Given): Promise<Answer> {
    const { clock, events, lookUpAfterMs } = this.#parts;
    await clock.wait(lookUpAfterMs(), given.patience);
    if (await this.#isSent(claim, given)) return delivered('2.0.0');
    this.#doubts.add(claim);
    const { id, messageId } = claim.message;
    events.possibleDuplicate({ id, connection: claim.delivery.connection, messageId });
    return doubt;
  }

  async #isSent(claim: Claim, { connection, submission, patience }: Given): Promise<boolean> {
    const doubtful = {
      connection,
      claim,
      submission: { ...submission, deliveryId: claim.delivery.id },
    };
    const { signal } = patience;
    return (await wasSent(doubtful, { store: this.#digests, signal })).result === 'sent';
  }
}

type Answer = Outcome & { readonly passage?: Passage };

/** How long the next hop wants its lane to be left alone. */
function pauseMsOf(outcome: Outcome): number | undefined {
  if (isThrottled(outcome)) return outcome.retryAfterMs ?? defaultPauseMs;
  return outcome.kind === 'delivered' || outcome.kind === 'unsure'
    ? outcome.retryAfterMs
    : undefined;
}

function isThrottled(outcome: Outcome): outcome is Deferred {
  return outcome.kind === 'deferred' && outcome.reason === 'throttled';
}

interface Made {
  readonly outcome: Outcome;
  readonly attempt: Attempt;
}

interface Given {
  readonly connection: Connection;
  readonly submission: Submission;
  readonly patience: Patience;
  readonly taken?: Taken;
}

/** What a send was given of its lane. */
interface Taken {
  readonly use: LaneUse;
  /** Epoch ms. */
  readonly takenAt: number;
}

const noUse: LaneUse = { messages: 0, requests: 0, uploadBytes: 0 };

function toClaim(
  { connection, route, submission }: PlannedSend,
  { message, body, number }: JudgedMessage & { readonly number: number },
): Claim {
  const delivery: Delivery = {
    id: `${message.id}-${number}`,
    messageId: message.id,
    route,
    connection: connection.name,
    lane: laneOf(connection.laneIdentity, submission.sendAs),
    state: 'sending',
    attempts: 1,
    agesFrom: message.receivedAt,
    lookUps: 0,
  };
  return { delivery, message, content: body.content(), fence: 1, mayHaveBeenSent: false };
}

function enterOptions({ delivery }: Claim, { connection, patience }: Given): EnterOptions {
  const { action } = delivery.route;
  return {
    concurrency: connection.laneConcurrency,
    priority: action.kind === 'send' ? action.priority : 'normal',
    until: patience.until,
    signal: patience.waiting,
  };
}

/** What has no place has nothing to give back. */
function asDisposable(entry: Entry): Entry & Disposable {
  return entry.kind === 'place' ? entry : { ...entry, [Symbol.dispose]: () => undefined };
}

function noAttempt({ delivery }: Claim, outcome: Outcome, now: number): Made {
  const { connection } = delivery;
  return { outcome, attempt: { number: 0, connection, startedAt: now, endedAt: now, outcome } };
}

/** Nothing is kept of it: whatever is not sent is the client's again. */
function toChange({ delivery }: Claim, { kind }: Outcome): DeliveryChange {
  return { state: kind, attempts: delivery.attempts, agesFrom: delivery.agesFrom };
}

function toReport({ delivery, message, content }: Claim, attempt: Attempt): DueReport {
  return { delivery, message, content, attempt };
}
