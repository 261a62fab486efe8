// Everything behind the sockets: store, connections, queue runner and what watches over them.
import type { QueueConfig } from './config/config.ts';
import { GatewayAlerts } from './gateway-alerts.ts';
import { Connections, maxInFlight } from './gateway-connections.ts';
import { systemClock } from './gateway-clock.ts';
import { requestGraceMs } from './gateway-grace.ts';
import { startReporter, waking } from './gateway-reports.ts';
import { startSandbox } from './gateway-sandbox.ts';
import { freeSpaceOf, leaseMsOf, type OpenQueue } from './gateway-store.ts';
import { createTelemetry } from './gateway-telemetry.ts';
import { ViewMemory } from './gateway-views.ts';
import type { GatewayOptions, LoadedConfig } from './gateway.ts';
import type { Traces } from './core/traces.ts';
import { mime } from './mime/mime.ts';
import { messageParts } from './mime/part-port.ts';
import { Breakers } from './relay/breakers.ts';
import { Holds } from './relay/holds.ts';
import { keepHouse } from './relay/housekeeping.ts';
import { createNoStore } from './relay/no-store.ts';
import { Pace } from './relay/pace.ts';
import type { Policy } from './relay/policy.ts';
import type { Clock, Events, SharedHold, Store } from './relay/ports.ts';
import { watchPressure, type Pressure } from './relay/pressure.ts';
import { Runner } from './relay/runner.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** The configuration in force, with the policy that was made of it. */
export interface Live extends LoadedConfig {
  readonly policy: Policy;
}

export interface Parts {
  readonly clock: Clock;
  readonly events: Events;
  readonly alerts: GatewayAlerts;
  readonly metrics: Metrics;
  readonly traces: Traces;
  readonly store: Store;
  readonly sandbox: Sandbox | undefined;
  readonly connections: Connections;
  readonly live: { current: Live };
  readonly holds: Holds;
  readonly breakers: Breakers;
  /** For the page. */
  readonly memory: ViewMemory;
  readonly runner: Runner;
  readonly pressure: Pressure;
}

/** Everything behind the sockets; disposal runs upwards: the runner before the store that it writes to. */
export async function createParts(
  { queue, ...options }: GatewayOptions & { readonly queue: OpenQueue | undefined },
  stack: AsyncDisposableStack,
): Promise<Parts> {
  const { config } = options;
  const clock = systemClock;
  const { events: logged, metrics, traces, setStore } = await createTelemetry(options, stack);
  const alerts = new GatewayAlerts({ ...options, clock, events: logged, metrics });
  const memory = new ViewMemory(alerts.events, clock);
  const { events } = memory;
  queue?.tell(events);
  const isQueued = queue !== undefined;
  const store = queue?.store ?? createNoStore();
  setStore(store);
  const sandbox = await startSandbox(config, stack);
  const connections = stack.use(
    new Connections({
      clock,
      events,
      env: options.env,
      hostname: config.hostname,
      ...(sandbox && { sandbox }),
    }),
  );
  const { policy } = connections.adopt(options);
  const live = { current: { config, secrets: options.secrets, policy } };
  const stopping = new AbortController();
  stack.defer(() => stopping.abort());
  void keepHouse({ store, clock, events, retention: () => live.current.config.queue }, stopping);
  const watching = { store, clock, events, live, queue: config.queue };
  const pressure = isQueued ? watchQueue(watching, stopping) : noPressure;
  const holds = new Holds({
    clock,
    events: {
      ...events,
      holdEnded(ended) {
        events.holdEnded(ended);
        // What waited with it has the time of its next look, which may be a minute away.
        if (ended.cause === 'mended') void letGo(ended, { store, clock, runner, events });
      },
    },
    policy: () => live.current.policy,
    chance: Math.random,
  });
  const breakers = new Breakers({ store, clock, events });
  void breakers.follow(stopping);
  const runner = createRunner({
    clock,
    events: waking(events, () => reporter.nudge()),
    traces,
    store,
    live,
    holds,
    breakers,
    stack,
  });
  const reporter = startReporter({
    clock,
    events,
    store,
    hostname: config.hostname,
    policy: () => live.current.policy,
    schedule: () => live.current.config.queue.retry,
    onMade: () => runner.nudge(),
    stack,
  });
  alerts.start({
    store,
    isQueued,
    policy: () => live.current.policy,
    onMail: () => runner.nudge(),
    stack,
  });
  return {
    clock,
    events,
    alerts,
    metrics,
    traces,
    store,
    sandbox,
    connections,
    live,
    holds,
    breakers,
    memory,
    runner,
    pressure,
  };
}

function watchQueue(
  {
    live,
    queue,
    ...parts
  }: Pick<Parts, 'store' | 'clock' | 'events' | 'live'> & { readonly queue: QueueConfig },
  stopping: AbortController,
): Pressure {
  return watchPressure(
    {
      ...parts,
      full: () => live.current.config.queue.full,
      freeSpace: () => freeSpaceOf(queue),
    },
    stopping,
  );
}

/** Nothing is kept that could become too much. */
const noPressure: Pressure = { refusal: () => undefined };

/** It begins when mail can come in: who cannot bind his ports sends nothing either. */
function createRunner(
  parts: Pick<Parts, 'clock' | 'events' | 'traces' | 'store' | 'live' | 'holds'> & {
    readonly breakers: Breakers;
    readonly stack: AsyncDisposableStack;
  },
): Runner {
  const runner = new Runner(
    {
      ...parts,
      mime,
      messageParts,
      pace: new Pace(parts),
      policy: () => parts.live.current.policy,
      schedule: () => parts.live.current.config.queue.retry,
      lookupAfterMs: () => parts.live.current.config.queue.lookupAfterMs,
      chance: Math.random,
    },
    { maxInFlight, leaseMs: leaseMsOf(parts.live.current.config.queue) },
  );
  parts.stack.defer(() => runner.stop({ graceMs: requestGraceMs }));
  return runner;
}

/** Lets go at once what a fault had held that is mended. */
async function letGo(
  { connection, lane }: SharedHold,
  { store, clock, runner, events }: Pick<Parts, 'store' | 'clock' | 'runner' | 'events'>,
): Promise<void> {
  try {
    const held = { connection, state: 'deferred', ...(lane !== undefined && { lane }) } as const;
    await store.act({ kind: 'retry', now: clock.now() }, held);
    runner.nudge();
  } catch (error) {
    events.fault({ where: 'hold', error });
  }
}
