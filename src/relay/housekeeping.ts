// Forgets what was delivered or has failed when its time in the store is over.
import type { Clock, Events, Store } from './ports.ts';

export interface HousekeepingParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly events: Events;
  readonly retention: () => Retention;
}

/** How long what has ended stays, in ms. */
export interface Retention {
  readonly keepDeliveredMs: number;
  readonly keepFailedMs: number;
}

const everyMs = 600_000;

/** Sweeps now and then until `signal` is aborted. Never rejects. */
export async function keepHouse(
  parts: HousekeepingParts,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  while (!options.signal.aborted) {
    await sweep(parts);
    await parts.clock.wait(everyMs, options);
  }
}

async function sweep(parts: HousekeepingParts): Promise<void> {
  const now = parts.clock.now();
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
