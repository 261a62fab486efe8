// The end of our patience with a request: its time is over, or the caller wants no more of it.
import type { Clock } from '../relay/ports.ts';

export interface Deadline extends Disposable {
  /** Aborted when patience has ended, and after the request: nothing goes out later. */
  readonly signal: AbortSignal;
  /** Resolves when patience ends. Of no meaning after the request. */
  readonly ended: Promise<'timeout' | 'cancelled'>;
}

/**
 * To be raced against every wait: undici looks at a signal only when the request is on a socket, and none of its
 * timeouts covers a request that it has queued.
 */
export function startDeadline(options: {
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}): Deadline {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const ended = options.clock.wait(options.deadlineMs, { signal }).then(() => {
    over.abort();
    return options.signal.aborted ? 'cancelled' : 'timeout';
  });
  return { signal, ended, [Symbol.dispose]: () => over.abort() };
}
