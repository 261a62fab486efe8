// The events of the gateway, which the page also remembers: bounded memory, one process, lost with it.
import type { LiveSeries } from '../core/live-series.ts';
import type { Clock, Events } from '../relay/ports.ts';
import type { ClientMemory } from './client-memory.ts';
import type { ConnectionMemory } from './connection-memory.ts';

export interface Observers {
  readonly clock: Pick<Clock, 'now'>;
  readonly connections: ConnectionMemory;
  readonly clients: ClientMemory;
  readonly series: LiveSeries;
}

type EventOf<N extends keyof Events> = Parameters<Events[N]>[0];

/** Mail is never hurt by what is remembered: what that throws is told as a fault. */
export function observingEvents(events: Events, observers: Observers): Events {
  const { clock, connections, clients, series } = observers;
  const observe = (watch: (now: number) => void): void => {
    try {
      watch(clock.now());
    } catch (error) {
      events.fault({ where: 'observing', error });
    }
  };
  return {
    ...events,
    connectionOpened(event) {
      events.connectionOpened(event);
      observe((now) => clients.connectionOpened(event, now));
    },
    loginAttempted(event) {
      events.loginAttempted(event);
      observe((now) => clients.loginAttempted(event, now));
    },
    refused(event) {
      events.refused(event);
      observe((now) => clients.refused(event, now));
    },
    accepted(event) {
      events.accepted(event);
      observe((now) => {
        clients.accepted(event, now);
        series.count('accepted', now);
      });
    },
    attempted(event) {
      events.attempted(event);
      observe((now) => {
        connections.attempted(event, now);
        countAttempt(series, event, now);
      });
    },
    holdBegan(event) {
      events.holdBegan(event);
      observe((now) => connections.holdBegan(event, now));
    },
    holdEnded(event) {
      events.holdEnded(event);
      observe(() => connections.holdEnded(event));
    },
    breakerChanged(event) {
      events.breakerChanged(event);
      observe((now) => connections.breakerChanged(event, now));
    },
    graphRequestStarted(event) {
      events.graphRequestStarted(event);
      observe(() => connections.requestStarted(event));
    },
    graphRequestEnded(event) {
      events.graphRequestEnded(event);
      observe(() => connections.requestEnded(event));
    },
    tokenRequested(event) {
      events.tokenRequested(event);
      observe((now) => connections.tokenRequested(event, now));
    },
  };
}

function countAttempt(
  series: LiveSeries,
  { claim, attempt, change }: EventOf<'attempted'>,
  now: number,
): void {
  if (change.state === 'delivered') {
    series.countDelivered(Math.max(0, attempt.endedAt - claim.message.receivedAt), now);
  } else series.count(change.state === 'failed' ? 'failed' : 'deferred', now);
}
