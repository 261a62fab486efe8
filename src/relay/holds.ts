// Faults that only an administrator can mend, by cause: one message shows a fault, and tries after a while; the others wait.
import type { Address } from '../core/address.ts';
import type { Passage } from '../core/delivery.ts';
import type { LaneKey } from '../core/lane.ts';
import type { Deferred, Outcome, SharedHoldScope } from '../core/outcome.ts';
import type { Policy } from './policy.ts';
import type { Clock, Events, HoldEnd, SharedHold } from './ports.ts';

export interface HoldsParts {
  readonly clock: Clock;
  readonly events: Pick<Events, 'holdBegan' | 'holdEnded'>;
  /** Another object, after a reload: whatever was held is tried anew. */
  readonly policy: () => Policy;
  /** 0 to 1. */
  readonly chance: () => number;
}

/** What an attempt depends on. */
export interface HoldFacts {
  readonly connection: string;
  readonly lane: LaneKey;
}

/** Why an attempt must not be made now. */
export interface HeldTogether {
  /** Without a hold where it is trouble that passes. */
  readonly cause: Deferred;
  /** Epoch ms. */
  readonly dueAt: number;
}

/** What an attempt came to. */
export interface HoldResult {
  readonly outcome: Outcome;
  readonly passage?: Passage | undefined;
  /** It was no send, but a look-up that was answered: it shows that the connection works, and no more. */
  readonly onlyReached?: boolean;
  /** Epoch ms at which it will be tried again; absent: it will not. */
  readonly dueAt?: number | undefined;
}

/** What an attempt shows of the faults that it met or did not meet. */
export interface HoldPass {
  /** Whether one of these scopes is held. Undefined: it goes on, perhaps as the one that tries for the others. */
  ask(scopes: readonly SharedHoldScope[]): HeldTogether | undefined;
  /** The From address that it leaves with: known when the message is composed. */
  setFrom(from: Address): void;
  /** Must be called. @param result absent: nothing was asked of the next hop */
  leave(result?: HoldResult): void;
}

/** Beyond this many, what meets a fault is held by itself. */
const maxHolds = 10_000;
/** What waits comes back a little after the one that tries, and not all at once. */
const behindProbeMs = 5_000;
const spreadMs = 55_000;
/** So much later comes the one that tried last: others try before it, since the trouble may be its alone. */
export const behindOthersMs = behindProbeMs + spreadMs;
/** While one tries, the others come back so soon. */
const probeUnderWayMs = 10_000;
/** After an attempt that showed neither that the fault is mended nor that it lasts. */
const unclearMs = 30_000;
/** A lane that shows a fault of the whole connection again so soon after another one showed it mended is alone with it. */
const relapseMs = 900_000;

/**
 * What waited has gone when nothing has tried for so long: it was deleted, or sent another way. A hold that lasts for longer
 * than that from now was set by a clock that was ahead, and would keep mail until then.
 */
const abandonedMs = 1_800_000;
const sweepMs = 60_000;

interface Hold {
  readonly shared: SharedHold;
  readonly since: number;
  /** Of the attempt that showed the fault. */
  readonly lane: LaneKey;
  cause: Deferred;
  /** Epoch ms; after it one attempt may try. */
  until: number;
  probe: object | undefined;
}

/** The holds of one process. All that it knows is lost with it: the first attempts afterwards show the faults again. */
export class Holds {
  readonly #parts: HoldsParts;
  readonly #holds = new Map<string, Hold>();
  /** When a lane was last seen to show a fault of its connection that others did not meet: epoch ms, by both. */
  readonly #alone = new Map<string, number>();
  #policy: Policy;
  #sweepAt = 0;

  constructor(parts: HoldsParts) {
    this.#parts = parts;
    this.#policy = parts.policy();
  }

  /** An attempt begins. */
  enter(facts: HoldFacts): HoldPass {
    this.#forgetAfterReload();
    this.#forgetAbandoned();
    const policy = this.#policy;
    const attempt: Attempt = { ...facts, startedAt: this.#parts.clock.now() };
    return {
      ask: (scopes) => this.#ask(attempt, scopes),
      setFrom: (from) => void (attempt.from = from),
      leave: (result) => {
        this.#forgetAfterReload();
        if (policy === this.#policy) this.#leave(attempt, result);
      },
    };
  }

  /** What is held may be tried at once: an administrator says that a fault is mended. */
  tryNow(): void {
    const now = this.#parts.clock.now();
    for (const hold of this.#holds.values()) hold.until = Math.min(hold.until, now);
  }

  #forgetAfterReload(): void {
    const policy = this.#parts.policy();
    if (policy === this.#policy) return;
    this.#policy = policy;
    for (const id of this.#holds.keys()) this.#end(id, 'reloaded');
    this.#alone.clear();
  }

  #forgetAbandoned(): void {
    const now = this.#parts.clock.now();
    if (now < this.#sweepAt && this.#sweepAt <= now + sweepMs) return;
    this.#sweepAt = now + sweepMs;
    for (const [id, { until, probe }] of this.#holds) {
      if (probe === undefined && Math.abs(now - until) >= abandonedMs) this.#end(id, 'abandoned');
    }
  }

  #ask(attempt: Attempt, scopes: readonly SharedHoldScope[]): HeldTogether | undefined {
    const holds = scopes.flatMap((scope) => this.#holds.get(idOf(scope, attempt)) ?? []);
    for (const hold of holds) {
      const dueAt = this.#dueAfter(hold, attempt);
      if (dueAt === undefined) continue;
      this.#giveBack(attempt);
      return { cause: hold.cause, dueAt };
    }
    for (const hold of holds) hold.probe = attempt;
    return undefined;
  }

  /** Undefined: the attempt may try. */
  #dueAfter({ until, probe }: Hold, attempt: Attempt): number | undefined {
    const now = this.#parts.clock.now();
    const spread = Math.round(this.#parts.chance() * spreadMs);
    if (now < until) return until + behindProbeMs + spread;
    return probe === undefined || probe === attempt ? undefined : now + probeUnderWayMs + spread;
  }

  #giveBack(attempt: Attempt): void {
    for (const hold of this.#holdsOn(attempt)) if (hold.probe === attempt) hold.probe = undefined;
  }

  #holdsOn(attempt: Attempt): readonly Hold[] {
    return scopes.flatMap((scope) => this.#holds.get(idOf(scope, attempt)) ?? []);
  }

  #leave(attempt: Attempt, result: HoldResult | undefined): void {
    if (!result) return this.#giveBack(attempt);
    for (const scope of scopes) {
      const id = idOf(scope, attempt);
      const hold = this.#holds.get(id);
      if (isHeldBy(scope, result.outcome)) this.#hold(id, attempt, { ...result, scope });
      else if (hold && isEvidence(attempt, hold) && isMended(scope, result)) {
        this.#mended(id, hold, attempt);
      } else if (hold?.probe === attempt) this.#unclear(hold);
    }
  }

  #hold(
    id: string,
    attempt: Attempt,
    { outcome, dueAt, scope }: HoldResult & { readonly scope: SharedHoldScope },
  ): void {
    if (outcome.kind !== 'deferred' || dueAt === undefined) return;
    const hold = this.#holds.get(id);
    if (hold) return this.#lasts(hold, attempt, { cause: outcome, until: dueAt });
    const since = this.#parts.clock.now();
    const { lane } = attempt;
    if (scope === 'connection' && this.#isAlone(`${id} ${lane}`, since)) return;
    if (this.#holds.size >= maxHolds) return;
    const shared = toShared(scope, attempt);
    this.#holds.set(id, { shared, since, lane, cause: outcome, until: dueAt, probe: undefined });
    this.#parts.events.holdBegan({ ...shared, diagnostic: outcome.diagnostic });
  }

  #isAlone(key: string, now: number): boolean {
    const seenAt = this.#alone.get(key);
    this.#alone.delete(key);
    if (seenAt === undefined || Math.abs(now - seenAt) >= relapseMs) return false;
    this.#alone.set(key, now);
    return true;
  }

  /** Attempts that were under way when the fault was found say nothing new. */
  #lasts(hold: Hold, attempt: Attempt, found: Pick<Hold, 'cause' | 'until'>): void {
    if (hold.probe === attempt) Object.assign(hold, found, { probe: undefined });
  }

  #unclear(hold: Hold): void {
    hold.probe = undefined;
    hold.until = this.#parts.clock.now() + unclearMs;
  }

  #mended(id: string, { shared, lane }: Hold, attempt: Attempt): void {
    if (shared.scope === 'connection' && lane !== attempt.lane) {
      if (this.#alone.size >= maxHolds) this.#alone.clear();
      this.#alone.set(`${id} ${lane}`, this.#parts.clock.now());
    }
    this.#end(id, 'mended');
  }

  #end(id: string, cause: HoldEnd): void {
    const hold = this.#holds.get(id);
    if (!hold) return;
    this.#holds.delete(id);
    const durationMs = Math.max(this.#parts.clock.now() - hold.since, 0);
    this.#parts.events.holdEnded({ ...hold.shared, cause, durationMs });
  }
}

interface Attempt extends HoldFacts {
  readonly startedAt: number;
  from?: Address;
}

/** What was under way when the fault was found says nothing of it. */
function isEvidence({ startedAt }: Attempt, { since }: Hold): boolean {
  return startedAt >= since;
}

/** From the widest to the narrowest. */
const scopes: readonly SharedHoldScope[] = ['connection', 'lane', 'largeMessages', 'originator'];

function idOf(scope: SharedHoldScope, { connection, lane, from }: Attempt): string {
  switch (scope) {
    case 'connection':
      return `connection ${connection}`;
    case 'lane':
    case 'largeMessages':
      return `${scope} ${lane}`;
    case 'originator':
      return `originator ${lane} ${from?.toLowerCase() ?? ''}`;
  }
}

function toShared(scope: SharedHoldScope, { connection, lane, from }: Attempt): SharedHold {
  if (scope === 'connection') return { connection, scope };
  if (scope !== 'originator' || from === undefined) return { connection, scope, lane };
  return { connection, scope, lane, from };
}

function isHeldBy(scope: SharedHoldScope, outcome: Outcome): boolean {
  return outcome.kind === 'deferred' && outcome.hold === scope;
}

/**
 * Whether an attempt with that result was not stopped by a fault of that scope. One that met a narrower fault had the
 * wider ones behind it: the token comes before the mailbox, and the mailbox before the From address.
 */
function isMended(scope: SharedHoldScope, { outcome, passage, onlyReached }: HoldResult): boolean {
  if (onlyReached) return scope === 'connection';
  switch (outcome.kind) {
    case 'delivered':
      return scope !== 'largeMessages' || passage?.transport === 'draft';
    case 'deferred':
      return narrower[scope].some((hold) => hold === outcome.hold);
    case 'failed':
      return scope === 'connection' && outcome.remote !== undefined;
    case 'unsure':
      return false;
  }
}

const narrower: Record<SharedHoldScope, readonly SharedHoldScope[]> = {
  connection: ['lane', 'largeMessages', 'originator'],
  lane: ['originator'],
  largeMessages: [],
  originator: [],
};
