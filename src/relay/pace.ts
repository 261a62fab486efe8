// Keeps each lane within its limits: counts what was sent, and says when the next send has room.
import type { LaneKey } from '../core/lane.ts';
import { SlidingSum, type LaneUse, type PaceLimit } from '../core/pace.ts';

/** Why a send must wait. */
export interface OverPace {
  /** Epoch ms at which there is room. */
  readonly roomAt: number;
  readonly limit: PaceLimit;
}

export interface TakeOptions {
  readonly limits: readonly PaceLimit[];
  readonly now: number;
  /** Of the delivery: the room for its upload is kept for it while it waits. */
  readonly id: string;
}

/** The next upload of a lane: others wait behind it, since each smaller one would take the room that it waits for. */
interface Reservation {
  readonly id: string;
  /** Epoch ms at which there is room for it. */
  readonly roomAt: number;
  readonly limit: PaceLimit;
}

interface LaneCount {
  readonly sums: Map<string, SlidingSum>;
  reserved?: Reservation | undefined;
}

/** Room that is not taken so long after it came is anybody's: who waited for it may have been removed. */
const reservedForMs = 60_000;
/** Others ask again a little after the one whose turn it is. */
const behindMs = 1_000;

/** Lanes beyond this many: those that were used longest ago are forgotten. */
const maxLanes = 50_000;

/** The counts of one process. They are lost with it: what Graph then has to say (429) is heeded as ever. */
export class Pace {
  readonly #lanes = new Map<LaneKey, LaneCount>();

  /** Counts a send that is about to be made. Returned: it must not be made now, and nothing was counted. */
  take(lane: LaneKey, use: LaneUse, { limits, now, id }: TakeOptions): OverPace | undefined {
    const count = this.#countOf(lane);
    const counted = limits.filter(({ measure }) => use[measure] > 0);
    const behind = use.uploadBytes > 0 ? othersTurn(count, { id, now }) : undefined;
    if (behind) return behind;
    let over: OverPace | undefined;
    let upload: OverPace | undefined;
    for (const limit of counted) {
      const sum = sumOf(count.sums, limit);
      const roomAt = sum.roomAt(use[limit.measure], { limit: limit.amount, now });
      if (roomAt > (over?.roomAt ?? now)) over = { roomAt, limit };
      if (roomAt > now && limit.measure === 'uploadBytes') upload = { roomAt, limit };
    }
    if (upload) count.reserved = { ...upload, id };
    if (over) return over;
    if (count.reserved?.id === id) count.reserved = undefined;
    for (const limit of counted) sumOf(count.sums, limit).add(use[limit.measure], now);
    return undefined;
  }

  /** It waits no more: what it has reserved is free. */
  giveUp(lane: LaneKey, id: string): void {
    const count = this.#lanes.get(lane);
    if (count?.reserved?.id === id) count.reserved = undefined;
  }

  #countOf(lane: LaneKey): LaneCount {
    const count = this.#lanes.get(lane) ?? { sums: new Map<string, SlidingSum>() };
    this.#lanes.delete(lane);
    this.#lanes.set(lane, count);
    if (this.#lanes.size > maxLanes) this.#lanes.delete(this.#lanes.keys().next().value ?? lane);
    return count;
  }
}

/** Why an upload must wait for another one. A reservation lapses: forgotten are also those of a clock that was set back. */
function othersTurn(
  { reserved }: LaneCount,
  { id, now }: Pick<TakeOptions, 'id' | 'now'>,
): OverPace | undefined {
  if (!reserved || reserved.id === id) return undefined;
  const { roomAt, limit } = reserved;
  if (now >= roomAt + reservedForMs || roomAt > now + 2 * limit.windowMs) return undefined;
  return { roomAt: Math.max(roomAt, now) + behindMs, limit };
}

/** A limit that is changed by a reload keeps its count; one with another window begins anew. */
function sumOf(sums: Map<string, SlidingSum>, { measure, windowMs }: PaceLimit): SlidingSum {
  const key = `${measure} ${windowMs}`;
  const sum = sums.get(key) ?? new SlidingSum(windowMs);
  sums.set(key, sum);
  return sum;
}
