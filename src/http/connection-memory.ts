// What this process has seen of each connection: successes, troubles, tokens, holds and breakers; for people who ask.
import type { LaneKey } from '../core/lane.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Events, SharedHold, TokenFailure } from '../relay/ports.ts';
import { BoundedMap } from './bounded-map.ts';

type EventOf<N extends keyof Events> = Parameters<Events[N]>[0];

export type BadOutcome = Exclude<Outcome, { readonly kind: 'delivered' }>;

export interface SeenTrouble {
  /** Epoch ms. */
  readonly at: number;
  readonly outcome: BadOutcome;
}

export interface SeenHold extends SharedHold {
  /** Epoch ms. */
  readonly since: number;
  readonly diagnostic: string;
}

export interface SeenPause {
  /** Epoch ms. */
  readonly until: number;
  readonly why: string;
}

/** Times are epoch ms. */
export interface SeenConnection {
  up?: boolean;
  lastSuccessAt?: number;
  lastTrouble?: SeenTrouble;
  token?: { readonly obtainedAt: number; readonly expiresAt?: number };
  /** Its credential was refused the last time that it was asked for. */
  isCredentialRefused: boolean;
  breakerOpenSince?: number;
  requestsInFlight: number;
}

export interface ConnectionMemoryOptions {
  /** What follows from a token that was not given: words and codes for it. */
  readonly explainTokenFailure: (failure: TokenFailure) => Outcome;
}

/** Names come from the configuration, but reloads may bring ever new ones. */
const maxConnections = 1_000;
/** As many as there are holds at most (`relay/holds.ts`). */
const maxHolds = 10_000;
const maxPauses = 1_000;

export class ConnectionMemory {
  readonly #options: ConnectionMemoryOptions;
  readonly #connections = new BoundedMap<string, SeenConnection>(maxConnections);
  readonly #holds = new BoundedMap<string, SeenHold>(maxHolds);
  readonly #pauses = new BoundedMap<LaneKey, SeenPause>(maxPauses);

  constructor(options: ConnectionMemoryOptions) {
    this.#options = options;
  }

  of(connection: string): Readonly<SeenConnection> {
    return this.#connections.get(connection) ?? unseen();
  }

  /** Those that hold mail now, oldest first. */
  holdsOf(connection: string): readonly SeenHold[] {
    return this.#holds.values().filter((hold) => hold.connection === connection);
  }

  /** The last pause of a lane. */
  pauseOf(lane: LaneKey): SeenPause | undefined {
    return this.#pauses.get(lane);
  }

  attempted({ claim, attempt, change }: EventOf<'attempted'>, now: number): void {
    const { connection, outcome } = attempt;
    const seen = this.#seen(connection);
    if (outcome.kind === 'delivered') {
      Object.assign(seen, { up: true, lastSuccessAt: now, isCredentialRefused: false });
      return;
    }
    seen.lastTrouble = { at: now, outcome };
    if (isDown(outcome)) seen.up = false;
    seen.isCredentialRefused = outcome.reason === 'credential';
    const { pauseLaneUntil: until } = change;
    if (until === undefined) return;
    this.#pauses.set(claim.delivery.lane, { until, why: outcome.diagnostic });
  }

  tokenRequested(event: EventOf<'tokenRequested'>, now: number): void {
    const { connection, result, expiresAt, failure } = event;
    const seen = this.#seen(connection);
    seen.up = result === 'success';
    if (result === 'success') {
      seen.isCredentialRefused = false;
      seen.token = { obtainedAt: now, ...(expiresAt !== undefined && { expiresAt }) };
      return;
    }
    const outcome = failure && this.#options.explainTokenFailure(failure);
    if (!outcome || outcome.kind === 'delivered') return;
    seen.lastTrouble = { at: now, outcome };
    seen.isCredentialRefused = outcome.reason === 'credential';
  }

  holdBegan(event: EventOf<'holdBegan'>, now: number): void {
    this.#holds.set(keyOf(event), { ...event, since: now });
  }

  holdEnded(event: EventOf<'holdEnded'>): void {
    this.#holds.delete(keyOf(event));
  }

  breakerChanged({ connection, state }: EventOf<'breakerChanged'>, now: number): void {
    const seen = this.#seen(connection);
    if (state === 'open') seen.breakerOpenSince = now;
    else delete seen.breakerOpenSince;
  }

  requestStarted({ connection }: EventOf<'graphRequestStarted'>): void {
    this.#seen(connection).requestsInFlight += 1;
  }

  requestEnded({ connection }: EventOf<'graphRequestEnded'>): void {
    const seen = this.#seen(connection);
    seen.requestsInFlight = Math.max(0, seen.requestsInFlight - 1);
  }

  #seen(connection: string): SeenConnection {
    const known = this.#connections.get(connection);
    if (known) return known;
    const seen = unseen();
    this.#connections.set(connection, seen);
    return seen;
  }
}

function unseen(): SeenConnection {
  return { isCredentialRefused: false, requestsInFlight: 0 };
}

function keyOf({ connection, scope, lane, from }: SharedHold): string {
  return JSON.stringify([connection, scope, lane, from]);
}

/** Trouble of the connection, not of the message: as the metric `connection_up` has it. */
function isDown(outcome: BadOutcome): boolean {
  const { reason } = outcome;
  const holdsAll = outcome.kind === 'deferred' && outcome.hold === 'connection';
  return holdsAll || reason === 'network' || reason === 'credential';
}
