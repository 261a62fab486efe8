// Keeps each lane within its limits: counts what was sent, and says when the next send has room.
import type { LaneKey } from '../core/lane.ts';
import { SlidingSum, type LaneUse, type PaceLimit } from '../core/pace.ts';

/** Why a send must wait. */
export interface OverPace {
  /** Epoch ms at which there is room. */
  readonly roomAt: number;
  readonly limit: PaceLimit;
}

/** Lanes beyond this many: those that were used longest ago are forgotten. */
const maxLanes = 50_000;

/** The counts of one process. They are lost with it: what Graph then has to say (429) is heeded as ever. */
export class Pace {
  readonly #lanes = new Map<LaneKey, Map<string, SlidingSum>>();

  /** Counts a send that is about to be made. Returned: it must not be made now, and nothing was counted. */
  take(
    lane: LaneKey,
    use: LaneUse,
    { limits, now }: { readonly limits: readonly PaceLimit[]; readonly now: number },
  ): OverPace | undefined {
    const sums = this.#sumsOf(lane);
    const counted = limits.filter(({ measure }) => use[measure] > 0);
    let over: OverPace | undefined;
    for (const limit of counted) {
      const sum = sumOf(sums, limit);
      const roomAt = sum.roomAt(use[limit.measure], { limit: limit.amount, now });
      if (roomAt > (over?.roomAt ?? now)) over = { roomAt, limit };
    }
    if (over) return over;
    for (const limit of counted) sumOf(sums, limit).add(use[limit.measure], now);
    return undefined;
  }

  #sumsOf(lane: LaneKey): Map<string, SlidingSum> {
    const sums = this.#lanes.get(lane) ?? new Map<string, SlidingSum>();
    this.#lanes.delete(lane);
    this.#lanes.set(lane, sums);
    if (this.#lanes.size > maxLanes) this.#lanes.delete(this.#lanes.keys().next().value ?? lane);
    return sums;
  }
}

/** A limit that is changed by a reload keeps its count; one with another window begins anew. */
function sumOf(sums: Map<string, SlidingSum>, { measure, windowMs }: PaceLimit): SlidingSum {
  const key = `${measure} ${windowMs}`;
  const sum = sums.get(key) ?? new SlidingSum(windowMs);
  sums.set(key, sum);
  return sum;
}
