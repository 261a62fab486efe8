// Keeps deliveries moving: claims what is due, attempts it, renews leases, and stops without losing a result.
import { deliver, type DeliverParts } from './deliver.ts';
import { renewLease, type Held } from './lease.ts';
import { StoreError, type Claim } from './ports.ts';

export interface RunnerOptions {
  /** Attempts under way at once, over all lanes. */
  readonly maxInFlight: number;
  /** How long a claim is ours without renewal. */
  readonly leaseMs: number;
}

/** The longest sleep of the loop: leases that other processes let lapse are found this soon. */
const longestIdleMs = 5_000;
/** Why a sleep was cut short. An abort without a reason makes an error, and there is one for each message. */
const awake = 'awake';
/** Wait after the store has failed. */
const storeTroubleMs = 500;

interface InFlight extends Held {
  readonly ended: Promise<void>;
}

export class Runner {
  readonly #parts: DeliverParts;
  readonly #options: RunnerOptions;
  /** Aborted: nothing new is claimed. */
  readonly #stopping = new AbortController();
  /** Aborted: the grace of `stop` is over, or nothing is left to wait for. */
  readonly #stopped = new AbortController();
  readonly #inFlight = new Map<Claim, InFlight>();
  #wake = Promise.withResolvers<void>();
  #loop: Promise<void> | undefined;
  #renewal: Promise<void> | undefined;

  constructor(parts: DeliverParts, options: RunnerOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
    this.#renewal = this.#renewLeases();
  }

  /** Something may be due. */
  nudge(): void {
    this.#wake.resolve();
  }

  /**
   * Claims nothing more, gives the attempts under way `graceMs`, then cuts them.
   * What cannot be recorded stays `sending` in the store, and is looked at again after the next start.
   * May be called again.
   */
  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#stopping.abort();
    this.nudge();
    await this.#loop;
    const grace = new AbortController();
    const cutting = this.#parts.clock.wait(graceMs, grace).then(() => this.#cut());
    await Promise.all([...this.#inFlight.values()].map(({ ended }) => ended));
    grace.abort();
    this.#stopped.abort();
    await Promise.all([cutting, this.#renewal]);
  }

  #cut(): void {
    this.#stopped.abort();
    for (const { cut } of this.#inFlight.values()) cut.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#wake = Promise.withResolvers();
      const room = this.#options.maxInFlight - this.#inFlight.size;
      const claims = room > 0 ? await this.#claim(room) : [];
      for (const claim of claims) this.#begin(claim);
      if (claims.length === 0 || claims.length === room) await this.#rest(room === claims.length);
    }
  }

  async #claim(limit: number): Promise<readonly Claim[]> {
    if (this.#isHeld()) return [];
    try {
      const { clock, store } = this.#parts;
      return await store.claim({ limit, now: clock.now(), leaseMs: this.#options.leaseMs });
    } catch (error) {
      await this.#waitOutTrouble(error);
      return [];
    }
  }

  /** The configuration lets nothing be sent. */
  #isHeld(): boolean {
    return this.#parts.policy().sending !== undefined;
  }

  /** Sleeps until a nudge, or until the store says that something falls due. */
  async #rest(full: boolean): Promise<void> {
    const asleep = new AbortController();
    void this.#wake.promise.then(() => asleep.abort(awake));
    const sleepMs = full ? longestIdleMs : await this.#idleMs();
    await this.#parts.clock.wait(sleepMs, asleep);
    asleep.abort(awake);
  }

  async #idleMs(): Promise<number> {
    if (this.#isHeld()) return longestIdleMs;
    try {
      const dueAt = await this.#parts.store.nextDueAt();
      const waitMs = dueAt === undefined ? longestIdleMs : dueAt - this.#parts.clock.now();
      return Math.min(Math.max(waitMs, 1), longestIdleMs);
    } catch {
      return storeTroubleMs;
    }
  }

  #begin(claim: Claim): void {
    const cut = new AbortController();
    const ended = this.#attempt(claim, cut.signal).then(() => {
      this.#inFlight.delete(claim);
      this.nudge();
    });
    const leaseUntil = claim.delivery.dueAt ?? Infinity;
    this.#inFlight.set(claim, { claim, cut, ended, leaseUntil });
  }

  async #attempt(claim: Claim, signal: AbortSignal): Promise<void> {
    const made = await deliver(claim, this.#parts, { signal });
    for (;;) {
      try {
        return await made.record();
      } catch (error) {
        // A sent message whose record is lost would be sent again, so the slot is kept until it is written.
        await this.#waitOutTrouble(error);
        if (this.#stopped.signal.aborted) return;
      }
    }
  }

  async #waitOutTrouble(error: unknown): Promise<void> {
    this.#parts.events.fault({ where: error instanceof StoreError ? 'store' : 'runner', error });
    await this.#parts.clock.wait(storeTroubleMs, this.#stopped);
  }

  async #renewLeases(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#parts.clock.wait(this.#options.leaseMs / 3, { signal });
      const renewing = { ...this.#parts, leaseMs: this.#options.leaseMs };
      await Promise.all([...this.#inFlight.values()].map((held) => renewLease(held, renewing)));
    }
  }
}
