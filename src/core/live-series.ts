// What came and went lately, in intervals: an hour of short ones and a day of long ones, in memory that never grows.
import { LatencyHistogram } from './latency-histogram.ts';

export type LiveCount = 'accepted' | 'delivered' | 'failed' | 'deferred';
export type LiveWindow = 'hour' | 'day';

export const liveWindows: Readonly<
  Record<LiveWindow, { readonly intervalMs: number; readonly intervals: number }>
> = {
  hour: { intervalMs: 10_000, intervals: 360 },
  day: { intervalMs: 300_000, intervals: 288 },
};

/** One interval. */
export interface LivePoint extends Readonly<Record<LiveCount, number>> {
  /** Epoch ms at which it begins. */
  readonly at: number;
  /** From acceptance to the next hop's answer, within 12 %; absent where nothing was delivered. */
  readonly latencyP50Ms?: number;
  readonly latencyP95Ms?: number;
}

/** The counts of one process, lost with it. */
export class LiveSeries {
  readonly #rings: Readonly<Record<LiveWindow, Ring>> = {
    hour: new Ring(liveWindows.hour),
    day: new Ring(liveWindows.day),
  };

  count(what: Exclude<LiveCount, 'delivered'>, now: number): void {
    for (const slot of this.#slotsAt(now)) slot.counts[what] += 1;
  }

  /** @param latencyMs from acceptance to the next hop's answer */
  countDelivered(latencyMs: number, now: number): void {
    for (const slot of this.#slotsAt(now)) {
      slot.counts.delivered += 1;
      slot.latencies.add(latencyMs);
    }
  }

  /** All intervals of the window, oldest first; the last one is under way. */
  points(window: LiveWindow, now: number): readonly LivePoint[] {
    return this.#rings[window].points(now);
  }

  #slotsAt(now: number): readonly Slot[] {
    return [this.#rings.hour.slotAt(now), this.#rings.day.slotAt(now)];
  }
}

interface Slot {
  /** Epoch ms. */
  readonly at: number;
  readonly counts: Record<LiveCount, number>;
  readonly latencies: LatencyHistogram;
}

/** Slots by the time that they are for: what is there from another time is forgotten when its place is needed. */
class Ring {
  readonly #intervalMs: number;
  readonly #slots: (Slot | undefined)[];

  constructor({ intervalMs, intervals }: (typeof liveWindows)[LiveWindow]) {
    this.#intervalMs = intervalMs;
    this.#slots = Array.from({ length: intervals });
  }

  slotAt(now: number): Slot {
    const interval = Math.floor(now / this.#intervalMs);
    const at = interval * this.#intervalMs;
    const place = interval % this.#slots.length;
    const known = this.#slots[place];
    if (known?.at === at) return known;
    const slot = { at, counts: noCounts(), latencies: new LatencyHistogram() };
    this.#slots[place] = slot;
    return slot;
  }

  points(now: number): readonly LivePoint[] {
    const last = Math.floor(now / this.#intervalMs);
    return this.#slots.map((_, index) => {
      const interval = last - this.#slots.length + 1 + index;
      const at = interval * this.#intervalMs;
      const slot = this.#slots[interval % this.#slots.length];
      return slot?.at === at ? toPoint(slot) : { at, ...noCounts() };
    });
  }
}

function toPoint({ at, counts, latencies }: Slot): LivePoint {
  const [p50, p95] = [latencies.quantile(0.5), latencies.quantile(0.95)];
  return {
    at,
    ...counts,
    ...(p50 !== undefined && { latencyP50Ms: p50 }),
    ...(p95 !== undefined && { latencyP95Ms: p95 }),
  };
}

function noCounts(): Record<LiveCount, number> {
  return { accepted: 0, delivered: 0, failed: 0, deferred: 0 };
}
