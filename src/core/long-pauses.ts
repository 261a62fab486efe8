// Lanes that do not get out of their pauses: a short one is the pace, a long one or one after the other is trouble.
import type { AlertSignal } from './alert.ts';
import type { LaneKey } from './lane.ts';

/** A lane that waits so long is told. */
export const longPauseMs = 600_000;

export interface PausedLane {
  readonly lane: LaneKey;
  /** Epoch ms; absent where nothing holds it. */
  readonly pausedUntil?: number;
}

/** Remembers since when each lane has been seen paused. */
export class LongPauses {
  readonly #since = new Map<LaneKey, number>();

  /** @param lanes all that have mail to send */
  look(lanes: readonly PausedLane[], now: number): readonly AlertSignal[] {
    const paused = new Map(lanes.map(({ lane, pausedUntil = 0 }) => [lane, pausedUntil]));
    const over = [...this.#since.keys()].filter((lane) => (paused.get(lane) ?? 0) <= now);
    for (const lane of over) this.#since.delete(lane);
    const signals: AlertSignal[] = over.map((lane) => ({ kind: 'cleared', ...signalOf(lane) }));
    for (const [lane, until] of paused) {
      if (until <= now) continue;
      const since = this.#since.get(lane) ?? now;
      this.#since.set(lane, since);
      if (until - since >= longPauseMs) signals.push(longPauseSignal(lane, until));
    }
    return signals;
  }
}

function signalOf(lane: LaneKey) {
  return { event: 'throttled', cause: `lane ${lane}`, source: 'watch' } as const;
}

/** A lane is paused, for so long or once more, until that time (epoch ms). */
export function longPauseSignal(lane: LaneKey, until: number): AlertSignal {
  const mailbox = lane.split(' ').at(-1) ?? lane;
  const time = `${new Date(until).toISOString().slice(0, 19)}Z`;
  return {
    kind: 'raised',
    ...signalOf(lane),
    text: `Mail of "${mailbox}" is slowed down, and goes on at ${time} at the earliest`,
    remedy:
      'Microsoft 365, or "limits" of the connection, asks for it: send less at once, or from several mailboxes',
  };
}
