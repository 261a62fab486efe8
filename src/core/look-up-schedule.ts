// When a send that may have happened is looked for, before it is sent again.

/** Multiples of `lookupAfter`, counted from the moment at which the send became unsure. */
const looksAt: readonly number[] = [1, 3, 9];

/** So many look-ups that found nothing are enough to send again. */
export const maxLookUps = looksAt.length;

export interface LookUpSchedule {
  readonly lookupAfterMs: number;
  /** The least time between two sends: the last look-up, which a send may follow, waits for it. */
  readonly backOffMs: number;
}

/**
 * The wait before the next look-up, in ms.
 * @param lookUps how many have found nothing, less than `maxLookUps`
 */
export function lookUpDelayMs(
  lookUps: number,
  { lookupAfterMs, backOffMs }: LookUpSchedule,
): number {
  const [earlier, next] = [timesAt(lookUps - 1), timesAt(lookUps)];
  const isLast = lookUps >= maxLookUps - 1;
  const leastMs = isLast ? backOffMs - earlier * lookupAfterMs : 0;
  return Math.max((next - earlier) * lookupAfterMs, leastMs);
}

function timesAt(index: number): number {
  return looksAt[index] ?? 0;
}
