// The composition root: makes the parts from the configuration, starts them, and stops them in reverse order.
import { createHash, randomBytes } from 'node:crypto';
import type { Config, Endpoint } from './config/config.ts';
import { keysThatNeedRestart } from './config/restart-keys.ts';
import type { Secrets } from './config/secrets.ts';
import { formatId } from './core/id.ts';
import { checkReversePath } from './core/senders.ts';
import { GatewayAlerts } from './gateway-alerts.ts';
import { Connections, maxInFlight } from './gateway-connections.ts';
import { createDirectMode, hasQueue, largestDirectMessage } from './gateway-direct.ts';
import { startReporter, waking } from './gateway-reports.ts';
import { createQueueOperator } from './gateway-operator.ts';
import { freeSpaceOf, leaseMsOf, openStore } from './gateway-store.ts';
import { createExplainer } from './gateway-explain.ts';
import type { AccessRule } from './http/access.ts';
import { createAdminApp } from './http/admin-app.ts';
import { adminTokenFileOf, loadAdminToken } from './http/admin-token.ts';
import type { Readiness } from './http/readiness.ts';
import { serveHttp } from './http/serve.ts';
import { createTelemetryApp } from './http/telemetry-app.ts';
import { senderHere } from './http/try-line.ts';
import { ThreadedContentReader } from './mime/content-reader.ts';
import { mime } from './mime/mime.ts';
import { messageParts } from './mime/part-port.ts';
import { createAccept } from './relay/accept.ts';
import { Holds } from './relay/holds.ts';
import { Breakers } from './relay/breakers.ts';
import { keepHouse } from './relay/housekeeping.ts';
import { createNoStore } from './relay/no-store.ts';
import { Pace } from './relay/pace.ts';
import { shareRates } from './relay/shared-rates.ts';
import { watchPressure, type Pressure } from './relay/pressure.ts';
import type { Policy } from './relay/policy.ts';
import type { Clock, Digest, Events, SharedHold, Store } from './relay/ports.ts';
import { Runner } from './relay/runner.ts';
import { forcedOutcomes } from './sandbox/forced-outcomes.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import { createListener, type Listener } from './smtp/listener.ts';
import type { ListenerSettings } from './smtp/reception.ts';
import { Quotas } from './smtp/quotas.ts';
import { createEvents } from './telemetry/events.ts';
import { createLog, type LogStream } from './telemetry/log.ts';
import { createMetrics, type ConfiguredNames, type Metrics } from './telemetry/metrics.ts';

/** For one piece of a message; a piece takes a few ms. */
const contentDeadlineMs = 10_000;
/** From SIGTERM to the exit within ten seconds: clients and requests under way have this long, side by side. */
const clientGraceMs = 3_000;
const requestGraceMs = 8_000;
/** A client of a direct listener waits for a request, and hears before its own end what became of it. */
const directGraceMs = 7_000;

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
  /**
   * Takes up another configuration: mail that comes from now on follows it, mail that was accepted keeps its route.
   * Returns the keys whose change takes a restart; theirs stays as it was. Throws, and changes nothing, when one of its
   * connections cannot be made.
   */
  reload(loaded: LoadedConfig): readonly string[];
  /** A changed configuration was found wrong: the metrics say so. */
  reloadRefused(): void;
}

/** A configuration that was found right. */
export interface LoadedConfig {
  readonly config: Config;
  readonly secrets: Secrets;
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
    reloadRefused: () => parts.metrics.reloaded(),
    reload: (loaded) => reload(loaded, { ...parts, listeners, started: options }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The configuration in force, with the policy that was made of it. */
interface Live extends LoadedConfig {
  readonly policy: Policy;
}

interface Parts {
  readonly clock: Clock;
  readonly events: Events;
  readonly alerts: GatewayAlerts;
  readonly metrics: Metrics;
  readonly store: Store;
  readonly sandbox: Sandbox | undefined;
  readonly connections: Connections;
  readonly live: { current: Live };
  readonly holds: Holds;
  readonly runner: Runner;
  readonly pressure: Pressure;
  readonly readiness: { listening: boolean };
}

/** Everything behind the sockets; disposal runs upwards: the runner before the store that it writes to. */
async function createParts(options: GatewayOptions, stack: AsyncDisposableStack): Promise<Parts> {
  const { config } = options;
  const clock = systemClock;
  const { events: logged, metrics, setStore } = createTelemetry(options, stack);
  const alerts = new GatewayAlerts({ ...options, clock, events: logged, metrics });
  const { events } = alerts;
  const onLost = options.onLost ?? (() => undefined);
  const isQueued = hasQueue(config);
  const store = isQueued
    ? stack.use(await openStore({ ...options, queue: config.queue, events, onLost }))
    : createNoStore();
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
  const pressure = isQueued
    ? watchPressure(
        {
          store,
          clock,
          events,
          full: () => live.current.config.queue.full,
          freeSpace: () => freeSpaceOf(config.queue),
        },
        stopping,
      )
    : noPressure;
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
  const runner = startRunner({
    clock,
    events: waking(events, () => reporter.nudge()),
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
  const readiness = { listening: false };
  return {
    clock,
    events,
    alerts,
    metrics,
    store,
    sandbox,
    connections,
    live,
    holds,
    runner,
    pressure,
    readiness,
  };
}

/** Nothing is kept that could become too much. */
const noPressure: Pressure = { refusal: () => undefined };

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
    diskSpace: async () => (hasQueue(config) ? await freeSpaceOf(config.queue) : undefined),
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

async function startSandbox(
  config: Config,
  stack: AsyncDisposableStack,
): Promise<Sandbox | undefined> {
  const isWanted = [...config.connections.values()].some(({ type }) => type === 'sandbox');
  if (!isWanted) return undefined;
  // What it needs for its certificates takes a tenth of a start, and some MB: others do without.
  const { createSandbox } = await import('./sandbox/sandbox.ts');
  const sandbox = stack.use(await createSandbox({ now: Date.now }));
  for (const mailbox of namedMailboxes(config)) sandbox.grantSendAs(mailbox, '*');
  return sandbox;
}

/** The mailboxes that `sendAs` names: an operator who names one has given it Send As, so the simulator has too. */
function namedMailboxes({ connections, routes, fallback }: Config): readonly string[] {
  const ofRoutes = [...routes, fallback].map(({ action }) =>
    action.kind === 'send' ? action.sendAs : undefined,
  );
  const ofConnections = [...connections.values()].map((connection) =>
    connection.type === 'smtp' ? undefined : connection.sendAs,
  );
  return [...ofRoutes, ...ofConnections].flatMap((sendAs) => {
    if (sendAs?.kind === 'mailbox') return [sendAs.mailbox];
    return sendAs?.kind === 'map' ? sendAs.entries.map((entry) => entry.sendAs) : [];
  });
}

function startRunner(
  parts: Pick<Parts, 'clock' | 'events' | 'store' | 'live' | 'holds'> & {
    readonly breakers: Breakers;
    readonly stack: AsyncDisposableStack;
  },
): Runner {
  const runner = new Runner(
    {
      ...parts,
      mime,
      messageParts,
      pace: new Pace(),
      policy: () => parts.live.current.policy,
      schedule: () => parts.live.current.config.queue.retry,
      lookupAfterMs: () => parts.live.current.config.queue.lookupAfterMs,
      chance: Math.random,
    },
    { maxInFlight, leaseMs: leaseMsOf(parts.live.current.config.queue) },
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

/** What a listener may be given anew while it runs. */
function settingsOf(
  { config, secrets, policy }: Live,
  { mode, direct }: Pick<Listener, 'mode'> & Pick<Config, 'direct'>,
): ListenerSettings {
  const messageBytes = Math.min(
    config.limits.messageBytes,
    largestMessage(policy),
    mode === 'direct' ? largestDirectMessage(direct) : Infinity,
  );
  return { clients: config.clients, secrets, limits: { ...config.limits, messageBytes } };
}

function reload(
  loaded: LoadedConfig,
  parts: Parts & { readonly listeners: readonly Listener[]; readonly started: LoadedConfig },
): readonly string[] {
  refuseUnguarded(loaded, parts.started.config);
  const { policy, changed } = parts.connections.adopt(loaded);
  const live = { ...loaded, policy };
  parts.live.current = live;
  const { direct } = parts.started.config;
  for (const listener of parts.listeners) {
    listener.configure(settingsOf(live, { mode: listener.mode, direct }));
  }
  parts.metrics.reloaded({
    ...namesOf(loaded.config),
    listeners: parts.listeners.map(({ name }) => name),
  });
  parts.alerts.configure(loaded);
  void retryOver(changed, parts);
  parts.events.notice({
    level: 'info',
    event: 'config.reloaded',
    text: `The configuration was read again: ${loaded.config.file}`,
  });
  return keysThatNeedRestart(parts.started, loaded);
}

/** The page asks for no token while all connections are the sandbox, and begins to ask at a start. */
function refuseUnguarded({ config }: LoadedConfig, started: Config): void {
  if (started.http.admin === false || !isSandboxAlone(started) || isSandboxAlone(config)) return;
  throw new Error(
    'connections: the first one beside the sandbox takes a restart, since the admin page asks for no token until then',
  );
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

/** What waits for a fault of these connections to be mended need wait no longer. */
async function retryOver(
  connections: readonly string[],
  { store, clock, runner, events }: Parts,
): Promise<void> {
  try {
    for (const connection of connections) {
      await store.act({ kind: 'retry', now: clock.now() }, { connection, state: 'deferred' });
    }
  } catch (error) {
    events.fault({ where: 'reload', error });
  }
  runner.nudge();
}

async function startListeners(
  { config }: GatewayOptions,
  parts: Parts,
  stack: AsyncDisposableStack,
): Promise<readonly Listener[]> {
  const { hostname } = config;
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
    policy: () => parts.live.current.policy,
    createId: () => formatId(parts.clock.now(), randomBytes(7)),
    createDigest: createSha256,
    onAccepted: () => parts.runner.nudge(),
  });
  const direct = config.listeners.some(({ mode }) => mode === 'direct')
    ? await createDirectMode({
        ...parts,
        config,
        contents,
        createDigest: createSha256,
        policy: () => parts.live.current.policy,
        lookupAfterMs: () => parts.live.current.config.queue.lookupAfterMs,
      })
    : undefined;
  const quotas = new Quotas();
  const sharing = new AbortController();
  stack.defer(() => sharing.abort());
  void shareRates({ ...parts, counts: quotas }, sharing);
  const listeners: Listener[] = [];
  // All at once: one that is slow to drain takes no time from the others, nor from the requests under way.
  stack.defer(async () => {
    await Promise.all([
      ...listeners.map((listener) => listener.drain({ graceMs: graceMsOf(listener) })),
      direct?.stop({ graceMs: directGraceMs }),
      parts.runner.stop({ graceMs: requestGraceMs }),
    ]);
  });
  for (const listenerConfig of config.listeners) {
    const listener = await createListener(listenerConfig, {
      hostname,
      ...settingsOf(parts.live.current, { ...listenerConfig, direct: config.direct }),
      accept,
      clock: parts.clock,
      events: parts.events,
      checkReversePath: (client, path) =>
        checkReversePath(client, path, parts.live.current.policy.from),
      overload: () => parts.pressure.refusal(),
      quotas,
      ...(listenerConfig.mode === 'direct' && direct?.parts),
    });
    listeners.push(listener);
  }
  return listeners;
}

function graceMsOf({ mode }: Listener): number {
  return mode === 'direct' ? requestGraceMs : clientGraceMs;
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
    connections: () => [...parts.live.current.config.connections.values()],
    clients: () => parts.live.current.config.clients.map(({ name }) => name),
    explain: createExplainer(() => parts.live.current.config),
    sending: () => parts.live.current.config.sending,
    store: parts.store,
    operator: createQueueOperator(
      {
        ...parts,
        hostname: config.hostname,
        policy: () => parts.live.current.policy,
        onDue: () => {
          parts.holds.tryNow();
          parts.runner.nudge();
        },
      },
      stack,
    ),
    clock: parts.clock,
    events: parts.events,
    ...(parts.sandbox && { sandbox: parts.sandbox.mailbox, forcedOutcomes }),
    ...trySenderOf(config),
    ready: () => readinessOf(parts),
    access: await accessRuleOf(config, parts.live),
    random: randomBytes,
  });
  return await serve(app, { key: 'http.admin', endpoint }, stack);
}

/** No token is asked for while all connections are the sandbox: there is nothing to protect. */
async function accessRuleOf(config: Config, live: Parts['live']): Promise<AccessRule> {
  if (isSandboxAlone(config)) return { tokenNeeded: false };
  const isGiven = live.current.secrets.adminToken() !== undefined;
  const made = isGiven ? undefined : await loadAdminToken(adminTokenFileOf(config));
  let last = made ?? '';
  // One that is taken out of the configuration stays good until a restart: the page is never without.
  return { tokenNeeded: true, token: () => (last = live.current.secrets.adminToken() ?? last) };
}

function isSandboxAlone({ connections }: Config): boolean {
  return [...connections.values()].every(({ type }) => type === 'sandbox');
}

function needsTokenFile({ config, secrets }: GatewayOptions): boolean {
  return (
    config.http.admin !== false && !isSandboxAlone(config) && secrets.adminToken() === undefined
  );
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

function createSha256(): Digest {
  const hash = createHash('sha256');
  return { update: (piece) => void hash.update(piece), end: () => hash.digest('base64') };
}

const systemClock: Clock = {
  now: () => Date.now(),
  async wait(delayMs, { signal }) {
    if (signal.aborted) return;
    // Most waits are cut short: without an error that nobody reads, that costs nothing.
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    const cut = () => resolve();
    signal.addEventListener('abort', cut, { once: true });
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', cut);
  },
};
