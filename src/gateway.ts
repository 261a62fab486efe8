// The composition root: makes the parts from the configuration, starts them, and stops them in reverse order.
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  Config,
  ConnectionConfig,
  CredentialConfig,
  Endpoint,
  GraphConnectionConfig,
} from './config/config.ts';
import type { Secrets } from './config/secrets.ts';
import { formatId } from './core/id.ts';
import type { LaneIdentity } from './core/lane.ts';
import { ruleNeedsContent } from './core/route.ts';
import { checkReversePath } from './core/senders.ts';
import { createAgent } from './graph/agent.ts';
import { createGraphHttp } from './graph/http.ts';
import { Semaphore } from './graph/semaphore.ts';
import { createGraphTransport } from './graph/transport.ts';
import type { AccessRule } from './http/access.ts';
import { createAdminApp } from './http/admin-app.ts';
import { loadAdminToken } from './http/admin-token.ts';
import type { Readiness } from './http/readiness.ts';
import { serveHttp } from './http/serve.ts';
import { createTelemetryApp } from './http/telemetry-app.ts';
import { senderHere } from './http/try-line.ts';
import type { Credential } from './identity/credential.ts';
import { createTokenSource } from './identity/token-source.ts';
import { ThreadedContentReader } from './mime/content-reader.ts';
import { mime } from './mime/mime.ts';
import { messageParts } from './mime/part-port.ts';
import { createAccept } from './relay/accept.ts';
import { keepHouse } from './relay/housekeeping.ts';
import { watchPressure, type Pressure } from './relay/pressure.ts';
import type { Connection, Policy } from './relay/policy.ts';
import type { Clock, Events, Store } from './relay/ports.ts';
import { Runner } from './relay/runner.ts';
import { forcedOutcomes } from './sandbox/forced-outcomes.ts';
import { createSandbox, type Sandbox } from './sandbox/sandbox.ts';
import { createListener, type Listener } from './smtp/listener.ts';
import { Quotas } from './smtp/quotas.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { createEvents } from './telemetry/events.ts';
import { createLog, type LogStream } from './telemetry/log.ts';
import { createMetrics, type ConfiguredNames, type Metrics } from './telemetry/metrics.ts';

/** Drafts under way at once, over all lanes: few are faster than many, and each holds some MB. */
const maxLargeMessages = 4;
/** Attempts under way at once, over all lanes: what bounds memory and sockets. */
const maxInFlight = 256;
/**
 * The queue file is this process's alone, so a claim ends with the process and never before: a machine that was
 * suspended, or whose clock was set, must not take its own attempts for lost ones.
 */
const leaseMs = 7 * 86_400_000;
/** For one piece of a message; a piece takes a few ms. */
const contentDeadlineMs = 10_000;
/** From SIGTERM to the exit within ten seconds: clients and requests under way have this long, side by side. */
const clientGraceMs = 3_000;
const requestGraceMs = 8_000;

export interface GatewayOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly version: string;
  /** Of the process: for the proxy. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: standard output. */
  readonly logStream?: LogStream;
  /** Standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Called when the gateway can do nothing any more but be started again. */
  readonly onLost?: (error: Error) => void;
}

/** A gateway that runs. Its disposal drains it. */
export interface Gateway extends AsyncDisposable {
  readonly listeners: readonly (Endpoint & { readonly name: string })[];
  readonly telemetry?: Endpoint;
  readonly admin?: Endpoint;
  /** Present when a connection of type `sandbox` is configured. */
  readonly sandbox?: Sandbox;
  /** Where the token of the page lies; absent when none is asked for, or the configuration has it. */
  readonly adminTokenFile?: string;
  /** An address that this machine may send as; absent when it may not send. */
  readonly trySender?: string;
  readonly events: Events;
}

/** Starts every part. Rejects, with a sentence for the operator and nothing left running, when one cannot start. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  await using starting = new AsyncDisposableStack();
  const parts = await createParts(options, starting);
  const telemetry = await startTelemetry(options, parts, starting);
  const listeners = await startListeners(options, parts, starting);
  parts.readiness.listening = true;
  const admin = await startAdmin(options, { ...parts, listeners }, starting);
  const running = starting.move();
  return {
    listeners: listeners.map(({ name, address }) => ({ name, ...address })),
    ...(telemetry && { telemetry }),
    ...(admin && { admin }),
    ...(parts.sandbox && { sandbox: parts.sandbox }),
    ...(needsTokenFile(options) && { adminTokenFile: adminTokenFileOf(options.config) }),
    ...trySenderOf(options.config),
    events: parts.events,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface Parts {
  readonly clock: Clock;
  readonly events: Events;
  readonly metrics: Metrics;
  readonly store: Store;
  readonly sandbox: Sandbox | undefined;
  readonly policy: Policy;
  readonly runner: Runner;
  readonly pressure: Pressure;
  readonly readiness: { listening: boolean };
}

/** Everything behind the sockets; disposal runs upwards: the runner before the store that it writes to. */
async function createParts(options: GatewayOptions, stack: AsyncDisposableStack): Promise<Parts> {
  const { config } = options;
  const clock = systemClock;
  const { events, metrics, setStore } = createTelemetry(options, stack);
  const onLost = options.onLost ?? (() => undefined);
  const store = stack.use(await openSqliteStore({ ...config.queue, events, onLost }));
  setStore(store);
  const sandbox = await startSandbox(config, stack);
  const policy = createPolicy(options, { clock, events, stack, ...(sandbox && { sandbox }) });
  const stopping = new AbortController();
  stack.defer(() => stopping.abort());
  void keepHouse({ ...config.queue, store, clock, events }, stopping);
  const pressure = watchPressure(
    { store, clock, events, full: config.queue.full, freeSpace: () => freeSpace(config) },
    stopping,
  );
  const runner = startRunner(config, { clock, events, store, policy, stack });
  const readiness = { listening: false };
  return { clock, events, metrics, store, sandbox, policy, runner, pressure, readiness };
}

function createTelemetry(options: GatewayOptions, stack: AsyncDisposableStack) {
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
    freeBytes: async () => (await freeSpace(config)).freeBytes,
  });
  return { metrics, events: createEvents({ log, metrics }), setStore: opened.resolve };
}

function namesOf(config: Config): ConfiguredNames {
  const connections = [...config.connections.values()];
  return {
    listeners: config.listeners.map(({ name }) => name),
    clients: config.clients.map(({ name }) => name),
    connections: connections.map(({ name }) => name),
    routes: [...config.routes, config.fallback].map(({ name }) => name),
    sandboxConnections: connections.filter(({ type }) => type === 'sandbox').length,
  };
}

async function freeSpace({ queue }: Config): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(dirname(queue.file));
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

async function startSandbox(
  config: Config,
  stack: AsyncDisposableStack,
): Promise<Sandbox | undefined> {
  const isWanted = [...config.connections.values()].some(({ type }) => type === 'sandbox');
  if (!isWanted) return undefined;
  const sandbox = stack.use(await createSandbox({ now: Date.now }));
  for (const mailbox of namedMailboxes(config)) sandbox.grantSendAs(mailbox, '*');
  return sandbox;
}

/** The mailboxes that `sendAs` names: an operator who names one has given it Send As, so the simulator has too. */
function namedMailboxes({ connections, routes, fallback }: Config): readonly string[] {
  const ofRoutes = [...routes, fallback].map(({ action }) =>
    action.kind === 'send' ? action.sendAs : undefined,
  );
  return [...ofRoutes, ...[...connections.values()].map(({ sendAs }) => sendAs)].flatMap(
    (sendAs) => {
      if (sendAs?.kind === 'mailbox') return [sendAs.mailbox];
      return sendAs?.kind === 'map' ? sendAs.entries.map((entry) => entry.sendAs) : [];
    },
  );
}

function createPolicy({ config, secrets, env }: GatewayOptions, parts: ConnectionParts): Policy {
  const largeMessageSlots = new Semaphore(maxLargeMessages);
  const connections = [...config.connections.values()].map((connection) =>
    createConnection(connection, { ...parts, secrets, env, largeMessageSlots }),
  );
  return {
    from: config.from,
    rules: config.routes,
    fallback: config.fallback,
    needsContent: config.routes.some(ruleNeedsContent),
    connections: new Map(connections.map((connection) => [connection.name, connection])),
  };
}

interface ConnectionParts {
  readonly clock: Clock;
  readonly events: Events;
  readonly stack: AsyncDisposableStack;
  readonly sandbox?: Sandbox;
}

interface TransportParts extends ConnectionParts, Pick<GatewayOptions, 'env'> {
  readonly largeMessageSlots: Semaphore;
}

/** Where a connection of type `graph` goes, and as which app: the sandbox is one more cloud. */
interface App {
  readonly authority: string;
  readonly graph: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly credential: Credential;
  /** PEM of an authority to trust for this connection alone. */
  readonly ca?: string;
}

function createConnection(
  config: ConnectionConfig,
  parts: TransportParts & Pick<GatewayOptions, 'secrets'>,
): Connection {
  const app =
    config.type === 'sandbox' ? appOfSandbox(parts.sandbox) : appOf(config, parts.secrets);
  return {
    name: config.name,
    laneIdentity: config.type === 'sandbox' ? laneOfSandbox : { kind: 'graph', ...app },
    laneConcurrency: config.limits.concurrency,
    sendAs: config.sendAs,
    saveToSentItems: config.saveToSentItems,
    ...(config.from && { from: config.from }),
    transport: createTransport(config, app, parts),
  };
}

/** The simulator is a new app at every start; the lanes of mail that waits must stay the same. */
const laneOfSandbox: LaneIdentity = {
  kind: 'graph',
  authority: 'sandbox',
  tenant: 'sandbox',
  clientId: 'sandbox',
};

function appOf(config: GraphConnectionConfig, secrets: Secrets): App {
  const { cloud, tenant, clientId, credential } = config;
  return { ...cloud, tenant, clientId, credential: toCredential(credential, config.name, secrets) };
}

function appOfSandbox(sandbox: Sandbox | undefined): App {
  if (!sandbox) throw new Error('The sandbox was not started');
  const { authority, graph, tenant, clientId, clientSecret, ca } = sandbox;
  const credential = { kind: 'secret', secret: clientSecret } as const;
  return { authority, graph, tenant, clientId, credential, ca };
}

function createTransport(
  config: ConnectionConfig,
  app: App,
  { clock, events, stack, env, largeMessageSlots }: TransportParts,
) {
  const shared = { ...app, clock, events, connection: config.name };
  // The simulator is on this machine: no proxy stands before it.
  const proxyEnv = config.type === 'sandbox' ? {} : env;
  const agent = stack.use(createAgent({ ...app, env: proxyEnv, connections: maxInFlight }));
  const tokenSource = createTokenSource({
    ...shared,
    dispatcher: agent,
    onDeadline: () => agent.replace(),
  });
  const http = createGraphHttp({ ...shared, agent, tokenSource, createRequestId: randomUUID });
  return createGraphTransport({
    ...config,
    http,
    clock,
    parts: messageParts,
    largeMessageSlots,
  });
}

function toCredential(config: CredentialConfig, connection: string, secrets: Secrets): Credential {
  if (config.kind === 'secret') {
    return { kind: 'secret', secret: secrets.clientSecret(connection) ?? '' };
  }
  const passphrase = secrets.passphrase(connection);
  return {
    kind: 'certificate',
    certPem: readIfThere(config.certFile),
    keyPem: readIfThere(config.keyFile),
    ...(passphrase !== undefined && { passphrase }),
  };
}

/** A missing credential must not keep the gateway from accepting mail: the empty one is refused at its first use. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function startRunner(
  config: Config,
  parts: Pick<Parts, 'clock' | 'events' | 'store' | 'policy'> & {
    readonly stack: AsyncDisposableStack;
  },
): Runner {
  const runner = new Runner(
    {
      ...parts,
      mime,
      policy: () => parts.policy,
      schedule: () => config.queue.retry,
      chance: Math.random,
    },
    { maxInFlight, leaseMs },
  );
  runner.start();
  parts.stack.defer(() => runner.stop({ graceMs: requestGraceMs }));
  return runner;
}

/** What SIZE offers: nothing larger could ever leave. */
function largestMessage({ connections }: Policy): number {
  const sizes = [...connections.values()].map(({ transport }) => transport.maxMessageBytes);
  return Math.max(...sizes);
}

async function startListeners(
  { config, secrets }: GatewayOptions,
  parts: Parts,
  stack: AsyncDisposableStack,
): Promise<readonly Listener[]> {
  const { hostname, clients } = config;
  const messageBytes = Math.min(config.limits.messageBytes, largestMessage(parts.policy));
  const limits = { ...config.limits, messageBytes };
  const contents = stack.use(
    new ThreadedContentReader({
      deadlineMs: contentDeadlineMs,
      fault: (error) => parts.events.fault({ where: 'content', error }),
    }),
  );
  const accept = createAccept({
    ...parts,
    mime,
    messageParts,
    contents,
    hostname,
    policy: () => parts.policy,
    createId: () => formatId(parts.clock.now(), randomBytes(7)),
    onAccepted: () => parts.runner.nudge(),
  });
  const quotas = new Quotas();
  const listeners: Listener[] = [];
  // All at once: one that is slow to drain takes no time from the others, nor from the requests under way.
  stack.defer(async () => {
    await Promise.all([
      ...listeners.map((listener) => listener.drain({ graceMs: clientGraceMs })),
      parts.runner.stop({ graceMs: requestGraceMs }),
    ]);
  });
  for (const listenerConfig of config.listeners) {
    const listener = await createListener(listenerConfig, {
      hostname,
      clients,
      secrets,
      limits,
      accept,
      clock: parts.clock,
      events: parts.events,
      checkReversePath: (client, path) => checkReversePath(client, path, parts.policy.from),
      overload: () => parts.pressure.refusal(),
      quotas,
    });
    listeners.push(listener);
  }
  return listeners;
}

async function startTelemetry(
  { config }: GatewayOptions,
  parts: Parts,
  stack: AsyncDisposableStack,
): Promise<Endpoint | undefined> {
  const endpoint = config.http.telemetry;
  if (endpoint === false) return undefined;
  const app = createTelemetryApp({ metrics: parts.metrics, ready: () => readinessOf(parts) });
  return await serve(app, { key: 'http.telemetry', endpoint }, stack);
}

/** Graph may be away: mail is accepted all the same. */
function readinessOf({ readiness, pressure }: Parts): Readiness {
  const refusal = pressure.refusal();
  const reasons = [
    ...(readiness.listening ? [] : ['The SMTP listeners are not bound yet']),
    ...(refusal ? [refusal.diagnostic] : []),
  ];
  return { ok: reasons.length === 0, reasons };
}

async function startAdmin(
  options: GatewayOptions,
  parts: Parts & { readonly listeners: readonly Listener[] },
  stack: AsyncDisposableStack,
): Promise<Endpoint | undefined> {
  const { config, version } = options;
  const endpoint = config.http.admin;
  if (endpoint === false) return undefined;
  const app = createAdminApp({
    version,
    hostname: config.hostname,
    host: endpoint.host,
    listeners: parts.listeners.map(({ name, address }) => ({ name, ...address })),
    connections: [...config.connections.values()],
    store: parts.store,
    clock: parts.clock,
    events: parts.events,
    ...(parts.sandbox && { sandbox: parts.sandbox.mailbox, forcedOutcomes }),
    ...trySenderOf(config),
    ready: () => readinessOf(parts),
    access: await accessRuleOf(options),
    random: randomBytes,
  });
  return await serve(app, { key: 'http.admin', endpoint }, stack);
}

/** No token is asked for while all connections are the sandbox: there is nothing to protect. */
async function accessRuleOf(options: GatewayOptions): Promise<AccessRule> {
  if (isSandboxAlone(options.config)) return { tokenNeeded: false };
  const token =
    options.secrets.adminToken() ?? (await loadAdminToken(adminTokenFileOf(options.config)));
  return { tokenNeeded: true, token };
}

function isSandboxAlone({ connections }: Config): boolean {
  return [...connections.values()].every(({ type }) => type === 'sandbox');
}

function needsTokenFile({ config, secrets }: GatewayOptions): boolean {
  return (
    config.http.admin !== false && !isSandboxAlone(config) && secrets.adminToken() === undefined
  );
}

function adminTokenFileOf({ queue }: Config): string {
  return join(dirname(queue.file), 'admin-token');
}

function trySenderOf({ clients }: Config): { readonly trySender?: string } {
  const trySender = senderHere(clients);
  return trySender === undefined ? {} : { trySender };
}

async function serve(
  app: Parameters<typeof serveHttp>[0],
  { key, endpoint }: { readonly key: string; readonly endpoint: Endpoint },
  stack: AsyncDisposableStack,
): Promise<Endpoint> {
  try {
    const server = await serveHttp(app, endpoint);
    stack.defer(() => server.close());
    return server.address;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${key}: ${reason}`, { cause });
  }
}

const systemClock: Clock = {
  now: () => Date.now(),
  async wait(delayMs, { signal }) {
    await delay(delayMs, undefined, { signal }).catch(() => undefined);
  },
};
