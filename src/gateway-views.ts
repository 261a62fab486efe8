// What the page and the API can say beyond the queue: connections, lanes, clients and figures, from events and the store.
import { LiveSeries } from './core/live-series.ts';
import type { LiveWindow } from './core/live-series.ts';
import type { Parts } from './gateway-parts.ts';
import { outcomeOfTokenFailure } from './graph/outcome.ts';
import { ClientMemory } from './http/client-memory.ts';
import { viewClients } from './http/clients-view.ts';
import { ConnectionMemory } from './http/connection-memory.ts';
import { viewConnections } from './http/connections-view.ts';
import { viewFigures } from './http/figures-view.ts';
import { viewLanes } from './http/lanes-view.ts';
import { observingEvents } from './http/observing-events.ts';
import type { AdminViews } from './http/views.ts';
import type { Clock, Events } from './relay/ports.ts';

/** What this process remembers for people: bounded, and lost with it. */
export class ViewMemory {
  /** The same events, which are also remembered. */
  readonly events: Events;
  readonly connections = new ConnectionMemory({ explainTokenFailure: outcomeOfTokenFailure });
  readonly clients = new ClientMemory();
  readonly series = new LiveSeries();

  constructor(events: Events, clock: Clock) {
    this.events = observingEvents(events, { ...this.#observers(), clock });
  }

  #observers() {
    const { connections, clients, series } = this;
    return { connections, clients, series };
  }
}

/** Whoever looks within that time sees the same reading: a page has several parts, and several people look at it. */
const laneReadingMs = 1_000;

export function createViews(
  parts: Pick<Parts, 'store' | 'live' | 'alerts' | 'breakers' | 'clock' | 'memory'>,
): AdminViews {
  const { store, live, alerts, breakers, clock, memory } = parts;
  const policyConnections = () => live.current.policy.connections;
  const lanes = sharedFor(laneReadingMs, () => store.lanes({ now: clock.now() }), clock);
  const source = {
    connections: () => [...live.current.config.connections.values()],
    laneFacts: policyConnections,
    breakers: () => breakers.known(),
    expiries: () => alerts.expiries(),
    memory: memory.connections,
  };
  const laneIdentities = () =>
    new Map([...policyConnections()].map(([name, { laneIdentity }]) => [name, laneIdentity]));
  return {
    connections: async () => viewConnections(await lanes(), source, clock.now()),
    lanes: async () =>
      viewLanes(await lanes(), { laneIdentities, memory: memory.connections }, clock.now()),
    clients: () => viewClients(memory.clients),
    figures: (window: LiveWindow) => viewFigures(memory.series, { window, now: clock.now() }),
  };
}

/** What was read is good for that time; a reading that fails is nobody's but who waits for it. */
function sharedFor<T>(
  goodForMs: number,
  read: () => Promise<T>,
  { now }: Pick<Clock, 'now'>,
): () => Promise<T> {
  let last: { readonly at: number; readonly reading: Promise<T> } | undefined;
  return () => {
    if (last && Math.abs(now() - last.at) < goodForMs) return last.reading;
    const reading = read();
    last = { at: now(), reading };
    reading.catch(() => (last = undefined));
    return reading;
  };
}
