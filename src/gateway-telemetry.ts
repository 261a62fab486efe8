// Log, metrics and traces of one gateway.
import type { Config } from './config/config.ts';
import { noTraces } from './core/traces.ts';
import { systemClock } from './gateway-clock.ts';
import { freeSpaceOf, hasQueue } from './gateway-store.ts';
import type { GatewayOptions } from './gateway.ts';
import type { Store } from './relay/ports.ts';
import { createEvents } from './telemetry/events.ts';
import { createLog } from './telemetry/log.ts';
import { createMetrics, type ConfiguredNames } from './telemetry/metrics.ts';
import { loadTracing } from './telemetry/traces.ts';

export async function createTelemetry(options: GatewayOptions, stack: AsyncDisposableStack) {
  const { config, logStream, isTerminal, version } = options;
  const stream = logStream && { stream: logStream };
  const log = createLog({ ...config.log, ...stream, isTerminal, clock: systemClock });
  stack.defer(() => log.flush());
  const opened = Promise.withResolvers<Store>();
  const metrics = createMetrics({
    names: namesOf(config),
    version,
    clock: systemClock,
    figures: async () => await (await opened.promise).figures(),
    diskSpace: async () => (hasQueue(config) ? await freeSpaceOf(config.queue) : undefined),
  });
  const events = createEvents({ log, metrics });
  const tracing = await loadTracing(options.env, { version });
  return {
    metrics,
    events: tracing?.watch(events) ?? events,
    traces: tracing?.traces ?? noTraces,
    setStore: opened.resolve,
  };
}

export function namesOf(config: Config): ConfiguredNames {
  const connections = [...config.connections.values()];
  return {
    listeners: config.listeners.map(({ name }) => name),
    clients: config.clients.map(({ name }) => name),
    connections: connections.map(({ name }) => name),
    routes: [...config.routes, config.fallback].map(({ name }) => name),
    sandboxConnections: connections.filter(({ type }) => type === 'sandbox').length,
  };
}
