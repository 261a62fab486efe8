// Watches how full the queue and its disk are, so that mail is refused for a while before anything breaks.
import { deferred, type Refusal } from '../core/outcome.ts';
import type { Clock, Events, QueueFigures, Store } from './ports.ts';

/** The marks past which no new mail is taken. */
export interface HighWaterMarks {
  /** Deliveries that wait. */
  readonly messages: number;
  /** Bytes of bodies in the store. */
  readonly bytes: number;
  /** Share of the disk that must stay free, 0 to 1. */
  readonly freeDiskShare: number;
}

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface PressureParts {
  readonly store: Pick<Store, 'figures'>;
  readonly clock: Clock;
  readonly events: Pick<Events, 'notice'>;
  readonly full: () => HighWaterMarks;
  /** Undefined: nobody knows. */
  readonly freeSpace: () => Promise<DiskSpace | undefined>;
}

export interface Pressure {
  /** Why nothing can be taken just now: 452 4.3.1 past a mark, 451 4.3.0 while the store does not answer. */
  refusal(): Refusal | undefined;
}

/** Fast enough that a full disk is seen before `freeDiskShare` of it is used up. */
const everyMs = 1_000;

/** Looks once a second until `signal` is aborted. */
export function watchPressure(
  parts: PressureParts,
  options: { readonly signal: AbortSignal },
): Pressure {
  let refusal: Refusal | undefined;
  void watch();
  return { refusal: () => refusal };

  async function watch(): Promise<void> {
    while (!options.signal.aborted) {
      const next = await measure(parts);
      if (next?.diagnostic !== refusal?.diagnostic) report(next, parts);
      refusal = next;
      await parts.clock.wait(everyMs, options);
    }
  }
}

async function measure(parts: PressureParts): Promise<Refusal | undefined> {
  try {
    return judge(await parts.store.figures(), await parts.freeSpace(), parts.full());
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return deferred('4.3.0', { reason: 'internal', diagnostic: `The store is away: ${cause}` });
  }
}

/** Which mark is passed. */
export function judge(
  figures: QueueFigures,
  disk: DiskSpace | undefined,
  full: HighWaterMarks,
): Refusal | undefined {
  const { ready, sending, unsure, deferred: waiting, held } = figures.deliveries;
  if (ready + sending + unsure + waiting + held >= full.messages) {
    return tooFull(`The queue holds ${full.messages} deliveries or more (queue.full.messages)`);
  }
  if (figures.bodyBytes >= full.bytes) {
    return tooFull(`The queue holds ${full.bytes} bytes or more (queue.full.bytes)`);
  }
  if (disk && disk.freeBytes < disk.totalBytes * full.freeDiskShare) {
    const percent = Math.round(full.freeDiskShare * 100);
    return tooFull(`The disk of the queue has less than ${percent} % free (queue.full.freeDisk)`);
  }
  return undefined;
}

function tooFull(diagnostic: string): Refusal {
  return deferred('4.3.1', { reason: 'internal', diagnostic });
}

function report(refusal: Refusal | undefined, { events }: PressureParts): void {
  if (refusal) {
    const text = `${refusal.diagnostic}: no new mail is taken`;
    events.notice({ level: 'warn', event: 'overloaded', text });
  } else {
    events.notice({ level: 'info', event: 'recovered', text: 'New mail is taken again' });
  }
}
