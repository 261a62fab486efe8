// The policy of a configuration for commands that only ask where mail would go: its connections reach nobody.
import type {
  Config,
  ConnectionConfig,
  GraphLikeConfig,
  SmtpConnectionConfig,
} from '../config/config.ts';
import type { LaneIdentity } from '../core/lane.ts';
import { ruleNeedsContent } from '../core/route.ts';
import { createGraphTransport } from '../graph/transport.ts';
import { messageParts } from '../mime/part-port.ts';
import type { Connection, Policy } from '../relay/policy.ts';
import type { Clock } from '../relay/ports.ts';
import { createSmarthostTransport } from '../smarthost/transport.ts';

export function createOfflinePolicy(config: Config): Policy {
  const connections = [...config.connections.values()].map(toConnection);
  return {
    from: config.from,
    rules: config.routes,
    fallback: config.fallback,
    ...(config.sending && { sending: config.sending }),
    needsContent: config.routes.some(ruleNeedsContent),
    connections: new Map(connections.map((connection) => [connection.name, connection])),
  };
}

function toConnection(config: ConnectionConfig): Connection {
  if (config.type === 'smtp') return toSmarthost(config);
  return {
    name: config.name,
    laneIdentity: laneIdentityOf(config),
    laneConcurrency: config.limits.concurrency,
    sendAs: config.sendAs,
    saveToSentItems: config.saveToSentItems,
    ...(config.from && { from: config.from }),
    transport: createGraphTransport({
      ...config,
      parts: messageParts,
      http: offline,
      clock: stopped,
    }),
  };
}

function toSmarthost({ name, from, host, port, ...rest }: SmtpConnectionConfig): Connection {
  return {
    name,
    laneIdentity: { kind: 'connection', name },
    laneConcurrency: 1,
    sendAs: { kind: 'from' },
    saveToSentItems: false,
    carriesEnvelope: true,
    recipientsPerSend: 1,
    ...(from && { from }),
    transport: createSmarthostTransport({ ...rest, host, port, hostname: '' }),
  };
}

function laneIdentityOf(config: GraphLikeConfig): LaneIdentity {
  // As the gateway has it: the lanes of mail that waits must stay the same.
  if (config.type === 'sandbox') {
    return { kind: 'graph', authority: 'sandbox', tenant: 'sandbox', clientId: 'sandbox' };
  }
  const { cloud, tenant, clientId } = config;
  return { kind: 'graph', authority: cloud.authority, tenant, clientId };
}

const offline = { request: refuse, upload: refuse };

function refuse(): Promise<never> {
  return Promise.reject(new Error('This command sends nothing'));
}

const stopped: Clock = { now: () => 0, wait: () => Promise.resolve() };
