// Looks now and then for what no event tells: mail that waits for long, lanes that stay paused, disks that fill, ends that near.
import type { AlertSignal } from '../core/alert.ts';
import { diskLowSignal, expirySignal, type Expiry, type FreeDisk } from '../core/alert-signals.ts';
import { LongPauses } from '../core/long-pauses.ts';
import type { Clock, LaneSummary, QueueFigures, Store } from '../relay/ports.ts';

export interface WatchParts {
  readonly store: Pick<Store, 'figures' | 'lanes'>;
  readonly clock: Clock;
  readonly note: (signal: AlertSignal) => void;
  /** How long the oldest message has waited; 0: none does. */
  readonly noteAge: (oldestMs: number) => void;
  /** Undefined: nobody knows. */
  readonly freeDisk: () => Promise<FreeDisk | undefined>;
  readonly expiries: () => readonly Expiry[];
  readonly onLanes: (lanes: readonly LaneSummary[]) => void;
}

const everyMs = 30_000;

/** Looks until `signal` is aborted. Never rejects. */
export async function watchForTrouble(
  parts: WatchParts,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  const pauses = new LongPauses();
  while (!options.signal.aborted) {
    await look(parts, pauses);
    await parts.clock.wait(everyMs, options);
  }
}

async function look(parts: WatchParts, pauses: LongPauses): Promise<void> {
  const { store, clock, note } = parts;
  for (const expiry of parts.expiries()) note(expirySignal(expiry, clock.now()));
  try {
    parts.noteAge(ageOf(await store.figures(), clock.now()));
    const lanes = await store.lanes({ now: clock.now(), countTo: 1 });
    parts.onLanes(lanes);
    for (const signal of pauses.look(lanes, clock.now())) note(signal);
    const disk = await parts.freeDisk();
    if (disk) note(diskLowSignal(disk));
  } catch {
    // The store is away: the watch over its pressure says so, and refuses mail.
  }
}

/** Where all that waits is held, it waits for people, as it should. */
function ageOf({ deliveries, oldestReceivedAt }: QueueFigures, now: number): number {
  const { ready, sending, unsure, deferred } = deliveries;
  const isWaiting = ready + sending + unsure + deferred > 0;
  return isWaiting && oldestReceivedAt !== undefined ? Math.max(0, now - oldestReceivedAt) : 0;
}
