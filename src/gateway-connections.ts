// The connections of the configuration: transport, identity and lane of each, and the policy that the relay decides by.
import { createHash, randomUUID } from 'node:crypto';
import type {
  ConnectionConfig,
  GraphLikeConfig,
  LaneLimits,
  SmtpConnectionConfig,
} from './config/config.ts';
import type { LaneIdentity } from './core/lane.ts';
import type { PaceLimit } from './core/pace.ts';
import { ruleNeedsContent } from './core/route.ts';
import { keepAlive } from './identity/keep-alive.ts';
import { appOf, exchangeOf, tokenSourceOf, type App } from './gateway-identity.ts';
import type { GatewayOptions, LoadedConfig } from './gateway.ts';
import { createAgent, type GraphAgent } from './graph/agent.ts';
import { createGraphHttp } from './graph/http.ts';
import { atOwnMailbox } from './graph/own-mailbox.ts';
import { Semaphore } from './graph/semaphore.ts';
import { createGraphTransport } from './graph/transport.ts';
import { messageParts } from './mime/part-port.ts';
import type { Connection, Policy } from './relay/policy.ts';
import type { Clock, Events, TokenSource } from './relay/ports.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import type { Login } from './smarthost/login.ts';
import { createSmarthostTransport } from './smarthost/transport.ts';

/** Drafts under way at once, over all lanes: few are faster than many, and each holds some MB. */
const maxLargeMessages = 4;
/** Attempts under way at once, over all lanes: what bounds memory and sockets. */
export const maxInFlight = 256;

/** Sessions with a smart host at once: Exchange's SMTP takes three of one mailbox. */
const smarthostConcurrency = 3;
/** How long attempts that began with an older configuration may go on with its connections. */
const retirementMs = 900_000;

export interface ConnectionParts extends Pick<GatewayOptions, 'env'> {
  readonly clock: Clock;
  readonly events: Events;
  readonly sandbox?: Sandbox;
  /** Own name, for EHLO. */
  readonly hostname: string;
}

interface TransportParts extends ConnectionParts {
  readonly largeMessageSlots: Semaphore;
}

/** One that is in use, and what it was made from. */
interface Live {
  readonly connection: Connection;
  readonly fingerprint: string;
  readonly agent?: GraphAgent;
  /** Asked now and then, whether there is mail or not. */
  readonly tokens?: TokenSource;
}

interface Adopted {
  readonly policy: Policy;
  /** Names of the connections that are new, or not as they were. */
  readonly changed: readonly string[];
}

/** The connections of one configuration after the other. One that a reload leaves as it was keeps its sockets and token. */
export class Connections implements AsyncDisposable {
  readonly #parts: TransportParts;
  readonly #ending = new AbortController();
  readonly #retired = new Set<Promise<void>>();
  /** Ends what keeps the tokens of a connection alive. */
  readonly #keeping = new Map<Live, AbortController>();
  #live: ReadonlyMap<string, Live> = new Map();
  #asksForTokens = false;

  constructor(parts: ConnectionParts) {
    this.#parts = { ...parts, largeMessageSlots: new Semaphore(maxLargeMessages) };
  }

  /**
   * Makes the policy of a configuration, which takes the place of the one before.
   * Throws, and changes nothing, when one cannot be made.
   */
  adopt(loaded: LoadedConfig): Adopted {
    const { config } = loaded;
    const entries = [...config.connections].map(
      ([name, each]) => [name, this.#keepOrCreate(each, loaded)] as const,
    );
    const before = this.#live;
    this.#live = new Map(entries);
    const changed = entries.filter(([name, live]) => before.get(name) !== live);
    for (const live of before.values()) {
      if (this.#live.get(live.connection.name) !== live) this.#retire(live);
    }
    if (this.#asksForTokens) for (const [, live] of changed) this.#keepAlive(live);
    const policy = {
      from: config.from,
      rules: config.routes,
      fallback: config.fallback,
      ...(config.sending && { sending: config.sending }),
      needsContent: config.routes.some(ruleNeedsContent),
      connections: new Map(entries.map(([name, { connection }]) => [name, connection])),
      ...(config.bounce && { bounce: config.bounce }),
    };
    return { policy, changed: changed.map(([name]) => name) };
  }

  /** Asks for the token of each connection, and of each that comes later: not before mail is taken, as it loads a library. */
  askForTokens(): void {
    this.#asksForTokens = true;
    for (const live of this.#live.values()) this.#keepAlive(live);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    for (const live of this.#live.values()) this.#retire(live);
    await Promise.all(this.#retired);
  }

  #keepOrCreate(config: ConnectionConfig, loaded: LoadedConfig): Live {
    const source = sourceOf(config, { ...this.#parts, ...loaded });
    const fingerprint = fingerprintOf(source);
    const known = this.#live.get(config.name);
    return known?.fingerprint === fingerprint
      ? known
      : { ...createConnection(source, this.#parts), fingerprint };
  }

  #keepAlive(live: Live): void {
    if (!live.tokens) return;
    const ending = new AbortController();
    this.#keeping.set(live, ending);
    void keepAlive(live.tokens, { clock: this.#parts.clock, signal: ending.signal });
  }

  #retire(live: Live): void {
    this.#keeping.get(live)?.abort();
    this.#keeping.delete(live);
    const { agent } = live;
    const retired = this.#parts.clock
      .wait(retirementMs, this.#ending)
      .then(() => agent?.[Symbol.asyncDispose]())
      .finally(() => this.#retired.delete(retired));
    this.#retired.add(retired);
  }
}

/** Of secrets only their digest stays. */
function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}

/** All that a connection is made from: when any of it changes, it is another one. */
type Source =
  | { readonly kind: 'graph'; readonly config: GraphLikeConfig; readonly app: App }
  | {
      readonly kind: 'smtp';
      readonly config: SmtpConnectionConfig;
      readonly password?: string;
      /** By whose identity it logs in. */
      readonly app?: App;
    };

function sourceOf(config: ConnectionConfig, parts: ConnectionParts & LoadedConfig): Source {
  const { secrets, sandbox } = parts;
  if (config.type === 'sandbox') return { kind: 'graph', config, app: appOfSandbox(sandbox) };
  if (config.type === 'graph') return { kind: 'graph', config, app: appOf(config, parts) };
  const password = secrets.password(config.name);
  const identity = parts.config.connections.get(config.oauth2 ?? '');
  return {
    kind: 'smtp',
    config,
    ...(password !== undefined && { password }),
    ...(identity?.type === 'graph' && { app: appOf(identity, parts) }),
  };
}

function createConnection(source: Source, parts: TransportParts): Omit<Live, 'fingerprint'> {
  return source.kind === 'graph'
    ? createGraphConnection(source, parts)
    : createSmarthostConnection(source, parts);
}

function createGraphConnection(
  { config, app }: Extract<Source, { kind: 'graph' }>,
  parts: TransportParts,
): Omit<Live, 'fingerprint'> {
  const { transport, agent, tokenSource } = createTransport(config, app, parts);
  const connection = {
    name: config.name,
    laneIdentity: config.type === 'sandbox' ? laneOfSandbox : laneIdentityOf(app),
    laneConcurrency: config.limits.concurrency,
    sendAs: config.sendAs,
    saveToSentItems: config.saveToSentItems,
    pace: paceOf(config.limits),
    ...(config.from && { from: config.from }),
    ...(config.type === 'graph' && { remoteHost: new URL(app.graph).hostname }),
    transport,
  };
  return { connection, agent, ...(config.type === 'graph' && { tokens: tokenSource }) };
}

function laneIdentityOf({ authority, tenant, clientId }: App): LaneIdentity {
  return { kind: 'graph', authority, tenant, clientId };
}

const minuteMs = 60_000;

/** The limits that are set, by their keys in the file. */
function paceOf(limits: LaneLimits): readonly PaceLimit[] {
  const all = [
    ['requests', 'requestsPer10Minutes', limits.requestsPer10Minutes, 10 * minuteMs],
    ['uploadBytes', 'uploadPer5Minutes', limits.uploadBytesPer5Minutes, 5 * minuteMs],
    ['messages', 'messagesPerMinute', limits.messagesPerMinute, minuteMs],
    ['messages', 'messagesPerHour', limits.messagesPerHour, 60 * minuteMs],
    ['messages', 'messagesPerDay', limits.messagesPerDay, 1_440 * minuteMs],
  ] as const;
  return all.flatMap(([measure, key, amount, windowMs]) =>
    amount === undefined ? [] : [{ measure, amount, windowMs, key: `limits.${key}` }],
  );
}

function createSmarthostConnection(
  source: Extract<Source, { kind: 'smtp' }>,
  parts: TransportParts,
): Omit<Live, 'fingerprint'> {
  const { name, from, host } = source.config;
  const agent = source.app && createAgent({ env: parts.env, connections: maxInFlight });
  const login = loginOf(source, { ...parts, ...(agent && { agent }) });
  const connection = {
    name,
    laneIdentity: { kind: 'connection', name } as const,
    laneConcurrency: smarthostConcurrency,
    sendAs: { kind: 'from' } as const,
    saveToSentItems: false,
    carriesEnvelope: true,
    recipientsPerSend: 1,
    ...(from && { from }),
    remoteHost: host,
    transport: createSmarthostTransport({
      ...source.config,
      hostname: parts.hostname,
      ...(login && { login }),
    }),
  };
  return { connection, ...(agent && { agent }) };
}

/** Undefined: it takes mail without one. */
export function loginOf(
  { config, password, app }: Omit<Extract<Source, { kind: 'smtp' }>, 'kind'>,
  {
    clock,
    events,
    agent,
  }: Pick<TransportParts, 'clock'> & {
    readonly events: Pick<Events, 'tokenRequested' | 'fault'>;
    readonly agent?: GraphAgent;
  },
): Login | undefined {
  const { name, username } = config;
  if (username === undefined) return undefined;
  if (password !== undefined) return { kind: 'password', username, password };
  if (app === undefined || agent === undefined) return undefined;
  const resource = { ...app, graph: exchangeOf(app) };
  const tokens = tokenSourceOf(resource, { connection: name, agent, clock, events });
  return { kind: 'oauth2', username, tokens };
}

/** The simulator is a new app at every start; the lanes of mail that waits must stay the same. */
const laneOfSandbox: LaneIdentity = {
  kind: 'graph',
  authority: 'sandbox',
  tenant: 'sandbox',
  clientId: 'sandbox',
};

function appOfSandbox(sandbox: Sandbox | undefined): App {
  if (!sandbox) throw new Error('The sandbox was not started');
  const { authority, graph, tenant, clientId, clientSecret, ca } = sandbox;
  const credential = { kind: 'secret', secret: clientSecret } as const;
  return { authority, graph, tenant, clientId, credential, ca };
}

function createTransport(
  config: GraphLikeConfig,
  app: App,
  { clock, events, env, largeMessageSlots }: TransportParts,
) {
  const shared = { ...app, clock, events, connection: config.name };
  // The simulator is on this machine: no proxy stands before it.
  const proxyEnv = config.type === 'sandbox' ? {} : env;
  const agent = createAgent({ ...app, env: proxyEnv, connections: maxInFlight });
  const tokenSource = tokenSourceOf(app, { ...shared, agent });
  const anyHttp = createGraphHttp({ ...shared, agent, tokenSource, createRequestId: randomUUID });
  const http = app.user ? atOwnMailbox(anyHttp, app.user.account) : anyHttp;
  const transport = createGraphTransport({
    ...config,
    http,
    clock,
    parts: messageParts,
    largeMessageSlots,
  });
  return { transport, agent, tokenSource };
}
