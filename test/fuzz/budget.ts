// How long the machine tries to break things: some seconds among the other tests, minutes by `npm run test:fuzz`.
import fc from 'fast-check';

/** Of each law; 0 among the other tests. */
export const fuzzMinutes = Number(process.env['GRAPHPOST_TEST_FUZZ_MINUTES'] ?? '0');

/** Rounds end, so that what one has gathered is let go. */
const longestRoundMs = 30_000;

export interface Round {
  /** Another one in each round. */
  readonly seed: number;
  readonly interruptAfterTimeLimit: number;
  readonly numRuns: number;
}

/** One round of `shortMs`, or as many as fit into the minutes. What a round finds, it says with its seed. */
export async function inRounds(
  shortMs: number,
  play: (round: Round) => Promise<void>,
): Promise<void> {
  const end = Date.now() + (fuzzMinutes > 0 ? fuzzMinutes * 60_000 : shortMs);
  let seed = fc.readConfigureGlobal().seed ?? 1;
  do {
    const leftMs = Math.max(1000, end - Date.now());
    const interruptAfterTimeLimit = Math.min(leftMs, longestRoundMs);
    await play({ seed, interruptAfterTimeLimit, numRuns: 1_000_000 });
    seed += 1;
  } while (Date.now() < end);
}

/** For the test that has the rounds. */
export const fuzzTimeoutMs = 60_000 + fuzzMinutes * 60_000;
