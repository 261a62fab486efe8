// Waits until what was just made is known everywhere: directories have replicas, which follow within seconds or minutes.
import type { Clock } from '../relay/ports.ts';
import { DirectoryError } from './app-requests.ts';

export interface Patience {
  readonly clock: Clock;
  readonly progress: (text: string) => void;
}

const longestWaitMs = 10_000;
/** In all. More has been seen, but seldom; setup can be run again. */
const patienceMs = 300_000;

/** Does the work again while it fails for want of something that is new. Throws what it throws in the end. */
export async function untilKnown<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
  const last = await untilSettled(async () => {
    try {
      return { settled: true, value: await work() } as const;
    } catch (error) {
      if (error instanceof DirectoryError && error.isMissing)
        return { settled: false, error } as const;
      throw error;
    }
  }, patience);
  if (last.settled) return last.value;
  throw last.error;
}

/** Asks until the answer is settled, or patience is at its end: the last answer. */
export async function untilSettled<T extends { readonly settled: boolean }>(
  ask: () => Promise<T>,
  { clock, progress }: Patience,
): Promise<T> {
  let waitedMs = 0;
  for (let waitMs = 1_000; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    const answer = await ask();
    if (answer.settled || waitedMs >= patienceMs) return answer;
    progress(`The directory does not know it everywhere yet: ${Math.round(waitedMs / 1_000)} s …`);
    await clock.wait(waitMs, { signal: new AbortController().signal });
    waitedMs += waitMs;
  }
}
