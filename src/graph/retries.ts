// More tries of one step within an attempt: few for a whole message, and never before Graph allows them.
import type { Outcome, Refusal } from '../core/outcome.ts';
import type { Clock } from '../relay/ports.ts';

/** For all steps of a message together, and for one step. */
const maxRetries = 12;
const maxInRow = 5;
const firstMs = 1_000;
/** Also what Graph may ask for: a longer wait is left to the queue, for it would keep others from one of few slots. */
const longestMs = 10_000;

export interface RetriesOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export class Retries {
  readonly #options: RetriesOptions;
  #left = maxRetries;
  /** Since the last step that went well. */
  #inRow = 0;

  constructor(options: RetriesOptions) {
    this.#options = options;
  }

  /** A step went well: the next trouble begins with a short wait again. */
  succeeded(): void {
    this.#inRow = 0;
  }

  /** Waits, and says whether the step that came to `outcome` may be tried once more. */
  async allow(outcome: Outcome): Promise<boolean> {
    const wishMs = outcome.kind === 'deferred' ? (outcome.retryAfterMs ?? 0) : 0;
    const { clock, signal } = this.#options;
    const isSpent = this.#left === 0 || this.#inRow === maxInRow;
    if (isSpent || wishMs > longestMs || signal.aborted) return false;
    this.#left -= 1;
    const ownMs = Math.min(firstMs * 2 ** this.#inRow, longestMs);
    this.#inRow += 1;
    await clock.wait(Math.max(wishMs, ownMs), { signal });
    return !signal.aborted;
  }
}

/** Trouble that passes by itself, soon. */
export function isPassing({ remote, ...outcome }: Outcome): boolean {
  if (outcome.kind !== 'deferred' || outcome.hold !== undefined) return false;
  const { httpStatus = 0 } = remote ?? {};
  const isObjection = httpStatus >= 400 && httpStatus < 500 && !passingStatuses.has(httpStatus);
  return !isObjection && passingReasons.has(outcome.reason);
}

/** 404 comes from a server of Exchange that has not heard of the draft yet. */
const passingStatuses: ReadonlySet<number> = new Set([404, 408, 409, 412, 423, 429]);
const passingReasons: ReadonlySet<Refusal['reason']> = new Set([
  'network',
  'timeout',
  'server',
  'throttled',
]);
