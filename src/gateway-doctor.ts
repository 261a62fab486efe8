// The doctor's checks, wired: what each of them asks the machine, the network and Microsoft.
import { randomBytes } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import type {
  ConnectionConfig,
  GraphConnectionConfig,
  SmtpConnectionConfig,
} from './config/config.ts';
import type { Address } from './core/address.ts';
import { systemClock } from './gateway-clock.ts';
import { loginOf } from './gateway-connections.ts';
import { createProbe, silentEvents, troubleOf } from './gateway-doctor-graph.ts';
import { hostsOf } from './gateway-doctor-hosts.ts';
import { appOf } from './gateway-identity.ts';
import { hasQueue } from './gateway-store.ts';
import type { GatewayOptions, LoadedConfig } from './gateway.ts';
import { createAgent, type GraphAgent } from './graph/agent.ts';
import { adminTokenFileOf } from './http/admin-token.ts';
import { findingsOf, type Check } from './setup/doctor-check.ts';
import { domainCheck, type DnsResolver } from './setup/doctor-dns.ts';
import { filesCheck } from './setup/doctor-files.ts';
import { credentialCheck, permissionCheck, troubleFinding } from './setup/doctor-graph.ts';
import { listenerCheck } from './setup/doctor-listeners.ts';
import { networkCheck } from './setup/doctor-network.ts';
import { storeCheck } from './setup/doctor-store.ts';
import { sendingDomains, sendPairs } from './setup/send-pairs.ts';
import { verifySmarthost } from './smarthost/verify.ts';

export interface DoctorOptions extends LoadedConfig, Pick<GatewayOptions, 'env'> {
  /** Files that the configuration was read from. */
  readonly readFiles: readonly string[];
  /** Mailboxes to try beside those that the configuration names. */
  readonly mailboxes: readonly Address[];
  /** Default: the machine's. */
  readonly resolver?: DnsResolver;
}

/** @param stack what is disposed when the checks are done */
export function createChecks(
  options: DoctorOptions,
  stack: AsyncDisposableStack,
): readonly Check[] {
  const { config, readFiles } = options;
  const now = () => systemClock.now();
  const agent = stack.use(createAgent({ env: options.env, connections: 8 }));
  const shared = { ...options, agent };
  const connections = [...config.connections.values()];
  const graphs = connections.filter((connection) => connection.type === 'graph');
  return [
    filesCheck({ config, readFiles, adminTokenFile: adminTokenFileOf(config) }),
    ...(hasQueue(config) ? [queueCheck(options)] : []),
    ...config.listeners.map((listener) =>
      listenerCheck(listener, { hostname: config.hostname, now }),
    ),
    ...hostsOf(graphs, shared).map((probe) => networkCheck(probe, { now })),
    ...connections.flatMap((connection) => connectionChecks(connection, shared)),
    ...domainChecks(graphs, options),
  ];
}

interface Shared extends DoctorOptions {
  readonly agent: GraphAgent;
}

function connectionChecks(connection: ConnectionConfig, options: Shared): readonly Check[] {
  switch (connection.type) {
    case 'graph':
      return graphChecks(connection, options);
    case 'smtp':
      return [smarthostCheck(connection, options)];
    case 'sandbox':
      return [sandboxCheck(connection.name)];
  }
}

function sandboxCheck(name: string): Check {
  const text = 'It is the sandbox: nothing that it takes leaves this machine';
  const found = [findingsOf('connection', name).warning(text)];
  return { name: 'connection', of: name, run: () => Promise.resolve(found) };
}

function graphChecks(connection: GraphConnectionConfig, options: Shared): readonly Check[] {
  const { config, mailboxes } = options;
  const pairs = sendPairs(connection, config, mailboxes);
  const given = { pairs, now: systemClock.now() };
  const probe = createProbe(connection, options);
  return [credentialCheck(probe, given), permissionCheck(probe, given)];
}

function smarthostCheck(connection: SmtpConnectionConfig, options: Shared): Check {
  const { name, host, port } = connection;
  const { config, secrets, agent } = options;
  const say = findingsOf('smarthost', name);
  const password = secrets.password(name);
  const identity = config.connections.get(connection.oauth2 ?? '');
  const source = {
    config: connection,
    ...(password !== undefined && { password }),
    ...(identity?.type === 'graph' && { app: appOf(identity, options) }),
  };
  const login = loginOf(source, { clock: systemClock, events: silentEvents, agent });
  return {
    name: 'smarthost',
    of: name,
    isRemote: true,
    async run() {
      const shared = { ...connection, hostname: config.hostname };
      const outcome = await verifySmarthost({ ...shared, ...(login && { login }) });
      if (!outcome) return [say.ok(`${host}:${port} takes mail${login ? ', and the login' : ''}`)];
      return [troubleFinding(troubleOf(outcome), say)];
    },
  };
}

function domainChecks(
  graphs: readonly GraphConnectionConfig[],
  { config, mailboxes, resolver }: DoctorOptions,
): readonly Check[] {
  const [first] = graphs;
  if (!first) return [];
  const asked = resolver ?? new Resolver({ timeout: 2_000, tries: 2 });
  const pairs = graphs.flatMap((connection) => sendPairs(connection, config, mailboxes));
  return sendingDomains(config, pairs).map((domain) =>
    domainCheck(domain, { resolver: asked, spfInclude: spfOf(first) }),
  );
}

function spfOf({ cloud: { authority } }: GraphConnectionConfig): string {
  switch (new URL(authority).hostname) {
    case 'login.microsoftonline.us':
      return 'spf.protection.office365.us';
    case 'login.chinacloudapi.cn':
      return 'spf.protection.partner.outlook.cn';
    default:
      return 'spf.protection.outlook.com';
  }
}

function queueCheck({
  config: { queue },
  secrets,
}: Pick<DoctorOptions, 'config' | 'secrets'>): Check {
  return storeCheck({
    queue,
    elapsedMs: () => performance.now(),
    random: randomBytes(6).toString('hex'),
    ...(queue.store.kind === 'postgres' && {
      askDatabase: () => askDatabase(secrets.queueUrl() ?? ''),
    }),
  });
}

async function askDatabase(url: string): Promise<string> {
  const { Client } = await import('pg');
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string }>(
      "select current_setting('server_version') as version",
    );
    return `PostgreSQL ${rows[0]?.version ?? ''}`;
  } finally {
    await client.end();
  }
}
