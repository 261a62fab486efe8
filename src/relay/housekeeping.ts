// Forgets what was delivered or has failed when its time in the store is over.
import type { Clock, Events, Store } from './ports.ts';

export interface HousekeepingParts {
  readonly store: Pick<Store, 'sweep'>;
  readonly clock: Clock;
  readonly events: Pick<Events, 'fault'>;
  readonly retention: () => Retention;
}

/** How long what has ended stays, in ms. */
export interface Retention {
  readonly keepDeliveredMs: number;
  readonly keepFailedMs: number;
}

const everyMs = 600_000;
/** The most that the clock is believed to have gone on between two sweeps. */
const mostBelievedMs = 6 * everyMs;

/**
 * Sweeps now and then until `signal` is aborted. Never rejects.
 *
 * A clock that is set forward makes all that has ended old at once. The sweeps follow it six times as fast as time goes by
 * and no faster, so that dead letters of a month are there for five more days, in which somebody may set it right. What a
 * process finds at its start, it believes.
 */
export async function keepHouse(
  parts: HousekeepingParts,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  let now = parts.clock.now();
  while (!options.signal.aborted) {
    await sweep(parts, now);
    await parts.clock.wait(everyMs, options);
    now = Math.min(parts.clock.now(), now + mostBelievedMs);
  }
}

async function sweep(parts: HousekeepingParts, now: number): Promise<void> {
  const { keepDeliveredMs, keepFailedMs } = parts.retention();
  try {
    await parts.store.sweep({
      deliveredBefore: now - keepDeliveredMs,
      failedBefore: now - keepFailedMs,
    });
  } catch (error) {
    parts.events.fault({ where: 'housekeeping', error });
  }
}
