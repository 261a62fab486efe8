// What a row of the tables decides: the kind of an outcome, its status, its reason, and what waits for whom.
import type { HoldScope, Reason } from '../core/outcome.ts';
import type { Permanent, Success, Transient } from '../core/status.ts';

export type Verdict =
  | { readonly kind: 'delivered'; readonly status: Success }
  | {
      readonly kind: 'deferred';
      readonly status: Transient;
      readonly reason: Reason;
      readonly hold?: HoldScope;
    }
  | { readonly kind: 'failed'; readonly status: Permanent; readonly reason: Reason }
  | { readonly kind: 'unsure'; readonly status: Transient; readonly reason: Reason };

/** What an administrator reads: what is wrong, and what to do about it. */
export interface Explanation {
  readonly problem: string;
  readonly remedy: string;
}

/** It may go well later, by itself. */
export function retry(status: Transient, reason: Reason): Verdict {
  return { kind: 'deferred', status, reason };
}

/** An administrator has to mend something; all that shares the cause waits, and does not age. */
export function hold(scope: HoldScope, status: Transient, reason: Reason): Verdict {
  return { kind: 'deferred', status, reason, hold: scope };
}

/** This message will never go. */
export function fail(status: Permanent, reason: Reason): Verdict {
  return { kind: 'failed', status, reason };
}

/** It may have been sent. */
export function doubt(status: Transient, reason: Reason): Verdict {
  return { kind: 'unsure', status, reason };
}
