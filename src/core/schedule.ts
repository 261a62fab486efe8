// When a deferred delivery is tried again: exponential back-off with jitter, until its time is over.

export interface RetrySchedule {
  readonly firstMs: number;
  readonly longestMs: number;
  /** Age at which a delivery fails with 5.4.7. */
  readonly giveUpAfterMs: number;
}

/** The part of a delay that is left to chance, so that what failed together does not come back together. */
const jitterShare = 0.2;

/**
 * The delay before the next attempt, in ms.
 * @param attempts how many were made, at least 1
 * @param chance 0 to 1, from the caller's source of randomness; 0 gives the shortest delay
 */
export function retryDelayMs(schedule: RetrySchedule, attempts: number, chance: number): number {
  const doublings = Math.min(attempts - 1, 40);
  const full = Math.min(schedule.firstMs * 2 ** doublings, schedule.longestMs);
  return Math.round(full * (1 - jitterShare + jitterShare * chance));
}
