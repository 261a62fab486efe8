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
  const { clock, deadlineMs, signal: wanted } = options;
  const over = new AbortController();
  const end = () => over.abort(overReason);
  // AbortSignal.any would do the same at three times the price, for each request.
  if (wanted.aborted) end();
  else wanted.addEventListener('abort', end, { once: true });
  const ended = clock.wait(deadlineMs, over).then(() => {
    end();
    return wanted.aborted ? 'cancelled' : 'timeout';
  });
  return {
    signal: over.signal,
    ended,
    [Symbol.dispose]() {
      wanted.removeEventListener('abort', end);
      end();
    },
  };
}

/** One for all: an abort without a reason makes an error with its stack, and there is one for each request. */
const overReason = new Error('The request is over');
