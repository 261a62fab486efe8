// Reports to senders, wired: what the runner brings to an end, the reporter tells.
import type { RetrySchedule } from './core/schedule.ts';
import { mime } from './mime/mime.ts';
import type { Policy } from './relay/policy.ts';
import type { Clock, Events, Store } from './relay/ports.ts';
import { Reporter } from './relay/reports.ts';
import { createIds } from './gateway-ids.ts';

export interface ReporterOptions {
  readonly clock: Clock;
  readonly events: Events;
  readonly store: Store;
  readonly hostname: string;
  readonly policy: () => Policy;
  readonly schedule: () => RetrySchedule;
  /** Called when a report waits in the queue. */
  readonly onMade: () => void;
  /** Its disposal ends the reporting. */
  readonly stack: AsyncDisposableStack;
}

export function startReporter({ stack, ...options }: ReporterOptions): Reporter {
  const reporter = new Reporter({
    ...options,
    mime,
    chance: Math.random,
    createId: createIds(options.clock),
  });
  const stopping = new AbortController();
  const running = reporter.run(stopping);
  stack.defer(async () => {
    stopping.abort();
    await running;
  });
  return reporter;
}

/** The same events, which also wake the reporter: an attempt is told when it is in the store. */
export function waking(events: Events, nudge: () => void): Events {
  return {
    ...events,
    attempted(event) {
      events.attempted(event);
      if (event.change.reportDue === true) nudge();
    },
  };
}
