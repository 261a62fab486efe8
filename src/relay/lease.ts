// Prolongs the lease of an attempt under way, and stops the attempt when others may take it over.
import type { Claim, Clock, Events, Store } from './ports.ts';

/** An attempt under way. */
export interface Held {
  readonly claim: Claim;
  /** Its abort stops the attempt. */
  readonly cut: AbortController;
  /** Epoch ms. */
  leaseUntil: number;
}

export interface RenewingParts {
  readonly store: Pick<Store, 'renew'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly events: Pick<Events, 'fault'>;
  readonly leaseMs: number;
}

/**
 * To be called three times in each `leaseMs`. Where the store cannot be asked from here, other processes may still ask it:
 * the attempt is cut before its lease ends, when the next call would come too late. Never rejects.
 */
export async function renewLease(held: Held, parts: RenewingParts): Promise<void> {
  const { store, clock, events, leaseMs } = parts;
  try {
    const until = clock.now() + leaseMs;
    if (await store.renew(held.claim, until)) held.leaseUntil = until;
    else held.cut.abort();
  } catch (error) {
    events.fault({ where: 'lease', error, id: held.claim.message.id });
    if (clock.now() + leaseMs / 3 >= held.leaseUntil) held.cut.abort();
  }
}
