// The lanes of direct connections: a few sends at once in each, and none while the next hop asks for a pause.
import type { LaneKey } from '../core/lane.ts';
import type { Clock } from './ports.ts';

export interface EnterOptions {
  /** How many may be in the lane at once. */
  readonly concurrency: number;
  readonly priority: 'high' | 'normal';
  /** Epoch ms at which it is no use any more. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/** A place in a lane, which its disposal gives back; or why there was none in time. */
export type Entry =
  | (Disposable & { readonly kind: 'place' })
  | { readonly kind: 'full' }
  | { readonly kind: 'paused'; readonly pausedUntil: number };

interface Waiter extends EnterOptions {
  readonly settle: (entry: Entry) => void;
}

interface Lane {
  inFlight: number;
  /** Epoch ms. */
  pausedUntil: number;
  /** How long the pause was when it began: of a clock that is set back, it lasts no longer. */
  pauseMs: number;
  /** In the order of their turns. */
  readonly waiting: Waiter[];
}

/** Held per process: another gateway on the same mailbox has lanes of its own. */
export class DirectLanes implements Disposable {
  readonly #clock: Clock;
  readonly #lanes = new Map<LaneKey, Lane>();
  readonly #closing = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits for a place, as long as one can come in time. Never rejects. */
  async enter(key: LaneKey, options: EnterOptions): Promise<Entry> {
    const lane = this.#laneOf(key);
    const { promise, resolve } = Promise.withResolvers<Entry>();
    const waiter: Waiter = { ...options, settle: resolve };
    const { length } = lane.waiting;
    const behind = lane.waiting.findIndex(({ priority }) => priority === 'normal');
    lane.waiting.splice(options.priority === 'high' && behind >= 0 ? behind : length, 0, waiter);
    const giveUp = (): void => this.#leave(key, waiter);
    options.signal.addEventListener('abort', giveUp, { once: true });
    if (options.signal.aborted) giveUp();
    this.#serve(key, lane);
    const entry = await promise;
    options.signal.removeEventListener('abort', giveUp);
    return entry;
  }

  /** Nobody enters before that time. */
  pause(key: LaneKey, pausedUntil: number): void {
    const lane = this.#laneOf(key);
    if (pausedUntil > this.#pauseOf(lane)) {
      Object.assign(lane, { pausedUntil, pauseMs: pausedUntil - this.#clock.now() });
    }
    void this.#serveAfterPause(key, lane);
    this.#serve(key, lane);
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
  }

  #laneOf(key: LaneKey): Lane {
    const known = this.#lanes.get(key);
    if (known) return known;
    const lane: Lane = { inFlight: 0, pausedUntil: 0, pauseMs: 0, waiting: [] };
    this.#lanes.set(key, lane);
    return lane;
  }

  /** Epoch ms until which nobody enters. */
  #pauseOf(lane: Lane): number {
    lane.pausedUntil = Math.min(lane.pausedUntil, this.#clock.now() + lane.pauseMs);
    return lane.pausedUntil;
  }

  #serve(key: LaneKey, lane: Lane): void {
    const pausedUntil = this.#pauseOf(lane);
    if (pausedUntil > this.#clock.now()) {
      const late = lane.waiting.filter(({ until }) => until <= pausedUntil);
      for (const waiter of late) this.#dismiss(lane, waiter, { kind: 'paused', pausedUntil });
      return;
    }
    for (let next = lane.waiting[0]; next; next = lane.waiting[0]) {
      if (lane.inFlight >= next.concurrency) return;
      lane.inFlight += 1;
      this.#dismiss(lane, next, this.#createPlace(key, lane));
    }
    if (lane.inFlight === 0) this.#lanes.delete(key);
  }

  /** A timer may fire a moment before the clock says so. */
  async #serveAfterPause(key: LaneKey, lane: Lane): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const leftMs = this.#pauseOf(lane) - this.#clock.now();
      if (leftMs <= 0) return this.#serve(key, lane);
      await this.#clock.wait(leftMs, this.#closing);
    }
  }

  #createPlace(key: LaneKey, lane: Lane): Entry {
    let isOurs = true;
    return {
      kind: 'place',
      [Symbol.dispose]: () => {
        if (!isOurs) return;
        isOurs = false;
        lane.inFlight -= 1;
        this.#serve(key, lane);
      },
    };
  }

  #leave(key: LaneKey, waiter: Waiter): void {
    const lane = this.#laneOf(key);
    const pausedUntil = this.#pauseOf(lane);
    const isPaused = pausedUntil > this.#clock.now();
    this.#dismiss(lane, waiter, isPaused ? { kind: 'paused', pausedUntil } : { kind: 'full' });
  }

  #dismiss({ waiting }: Lane, waiter: Waiter, entry: Entry): void {
    const at = waiting.indexOf(waiter);
    if (at < 0) return;
    waiting.splice(at, 1);
    waiter.settle(entry);
  }
}
