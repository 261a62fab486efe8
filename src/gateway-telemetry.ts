// Log and metrics of one gateway.
import type { Config } from './config/config.ts';
import { hasQueue } from './gateway-direct.ts';
import { systemClock } from './gateway-clock.ts';
import { freeSpaceOf } from './gateway-store.ts';
import type { GatewayOptions } from './gateway.ts';
import type { Store } from './relay/ports.ts';
import { createEvents } from './telemetry/events.ts';
import { createLog } from './telemetry/log.ts';
import { createMetrics, type ConfiguredNames } from './telemetry/metrics.ts';

export function createTelemetry(options: GatewayOptions, stack: AsyncDisposableStack) {
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
  return { metrics, events: createEvents({ log, metrics }), setStore: opened.resolve };
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
