// What came to all replicas together: each tells the others through the store what came to it.
import type { Clock, Events, RateCount, Store } from './ports.ts';

/** Counts of one process, by key and second, which others are to know. */
export interface RateCounts {
  /** Of the last minute. */
  recent(now: number): readonly RateCount[];
  /** What came to the others in the last minute, in place of what was heard before. */
  hear(others: readonly RateCount[]): void;
}

export interface SharedRatesParts {
  readonly store: Pick<Store, 'shareRates'>;
  readonly counts: RateCounts;
  readonly clock: Clock;
  readonly events: Pick<Events, 'fault'>;
}

/** What comes within it to several replicas may pass a limit together. */
const everyMs = 1_000;
/** After a fault: the limits hold for each replica alone meanwhile. */
const afterFaultMs = 10_000;

/** Tells and hears until `signal` is aborted; at once over where the store has no replicas. Never rejects. */
export async function shareRates(
  { store, counts, clock, events }: SharedRatesParts,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  while (store.shareRates && !options.signal.aborted) {
    let waitMs = everyMs;
    try {
      const now = clock.now();
      counts.hear(await store.shareRates(counts.recent(now), { now }));
    } catch (error) {
      events.fault({ where: 'rates', error });
      counts.hear([]);
      waitMs = afterFaultMs;
    }
    await clock.wait(waitMs, options);
  }
}
