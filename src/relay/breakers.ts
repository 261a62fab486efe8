// The circuit breakers of all connections, as this process knows them; replicas tell each other through the store.
import {
  afterOutcome,
  closedBreaker,
  probing,
  stateOf,
  type Breaker,
  type BreakerState,
} from '../core/breaker.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Clock, Events, Store } from './ports.ts';

export interface BreakersParts {
  readonly store: Pick<Store, 'breakers' | 'saveBreaker'>;
  readonly clock: Clock;
  readonly events: Pick<Events, 'breakerChanged' | 'fault'>;
}

/** How soon a replica hears of what another one has seen. */
const everyMs = 5_000;

export class Breakers {
  readonly #parts: BreakersParts;
  readonly #breakers = new Map<string, Breaker>();
  /** Grows with each change that was made here: what was read before it is old. */
  #changes = 0;

  constructor(parts: BreakersParts) {
    this.#parts = parts;
  }

  /** Reads what other processes have seen, until `signal` is aborted. Never rejects. */
  async follow({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    while (!signal.aborted) {
      await this.read();
      await this.#parts.clock.wait(everyMs, { signal });
    }
  }

  /** Whether nothing but a probe may go over the connection now. */
  isOpen(connection: string): boolean {
    return this.#stateOf(connection) === 'open';
  }

  /** Whether what opened it last is a fault that an administrator must mend. */
  isFault(connection: string): boolean {
    return this.#of(connection).isFault === true;
  }

  /** An attempt over the connection is about to be made: where it is half open, this is the probe. */
  begin(connection: string): void {
    if (this.#stateOf(connection) !== 'halfOpen') return;
    this.#set(connection, probing(this.#of(connection), this.#parts.clock.now()));
  }

  /** What an attempt over the connection came to. */
  end(connection: string, outcome: Outcome): void {
    const before = this.#of(connection);
    const after = afterOutcome(before, outcome, this.#parts.clock.now());
    if (after === before) return;
    // Of a closed one only this process counts the failures: five that are spread over replicas are no outage.
    if (before.openUntil === undefined && after.openUntil === undefined) {
      this.#breakers.set(connection, after);
    } else this.#set(connection, after);
  }

  /** By connection, for the page; those that were never in trouble are left out. */
  known(): ReadonlyMap<string, Breaker> {
    return this.#breakers;
  }

  #of(connection: string): Breaker {
    return this.#breakers.get(connection) ?? closedBreaker;
  }

  #stateOf(connection: string): BreakerState {
    return stateOf(this.#of(connection), this.#parts.clock.now());
  }

  #set(connection: string, breaker: Breaker): void {
    this.#changes += 1;
    this.#take(connection, breaker);
    this.#parts.store.saveBreaker(connection, breaker).catch((error: unknown) => {
      this.#parts.events.fault({ where: 'breaker', error });
    });
  }

  #take(connection: string, breaker: Breaker): void {
    const before = this.#of(connection);
    this.#breakers.set(connection, breaker);
    const [was, is] = [before.openUntil !== undefined, breaker.openUntil !== undefined];
    if (was === is) return;
    this.#parts.events.breakerChanged({ connection, state: is ? 'open' : 'closed' });
  }

  /** Takes what other processes have seen, once. Never rejects. */
  async read(): Promise<void> {
    try {
      const changes = this.#changes;
      const found = await this.#parts.store.breakers();
      if (changes !== this.#changes) return;
      for (const [connection, breaker] of found) this.#take(connection, breaker);
    } catch (error) {
      this.#parts.events.fault({ where: 'breaker', error });
    }
  }
}
