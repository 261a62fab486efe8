// The HTTP agent of a connection: through the proxy where there is one, and replaced when it is stuck.
import { createRequire } from 'node:module';
import { createSecureContext, getCACertificates } from 'node:tls';
import type * as Undici from 'undici';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';

export interface AgentOptions {
  /** PEM of authorities to trust besides those that Node trusts already. */
  readonly ca?: string;
  /** Sockets to one origin: at least what all lanes of the connection may have in flight, as undici must not queue. */
  readonly connections: number;
  /** Of the process: HTTPS_PROXY and NO_PROXY, in either case. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Silence of the server after the last byte that was given. Default: 100 s. */
  readonly headersTimeoutMs?: number;
}

/** Throws when HTTPS_PROXY is no URL. */
export function createAgent(options: AgentOptions): GraphAgent {
  const create = dispatcherFactory(options);
  return new GraphAgent(create);
}

/** A dispatcher of one generation, and how many requests of `http.ts` are on it. */
interface Generation {
  readonly dispatcher: Dispatcher;
  users: number;
}

/** One generation of the agent, for one request. */
export interface AgentLease extends Disposable {
  readonly dispatcher: Dispatcher;
  /** The request got no answer in time: nobody begins another on this generation. */
  abandon(): void;
}

export class GraphAgent extends Dispatcher implements AsyncDisposable {
  readonly #create: () => Dispatcher;
  #current: Generation;

  constructor(create: () => Dispatcher) {
    super();
    this.#create = create;
    this.#current = { dispatcher: create(), users: 0 };
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    return this.#current.dispatcher.dispatch(options, handler);
  }

  lease(): AgentLease {
    const generation = this.#current;
    generation.users += 1;
    return {
      dispatcher: generation.dispatcher,
      abandon: () => this.#abandon(generation),
      [Symbol.dispose]: () => {
        generation.users -= 1;
        this.#endUnused(generation);
      },
    };
  }

  /**
   * Begins a new generation of sockets. A proxy that took CONNECT and fell silent holds its sockets for ever, whatever
   * the signal says; requests that still run on the old generation end there, before it is destroyed.
   */
  replace(): void {
    this.#abandon(this.#current);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#current.dispatcher.destroy();
  }

  #abandon(generation: Generation): void {
    if (generation !== this.#current) return;
    this.#current = { dispatcher: this.#create(), users: 0 };
    this.#endUnused(generation);
  }

  #endUnused(generation: Generation): void {
    if (generation === this.#current || generation.users > 0) return;
    void generation.dispatcher.destroy();
  }
}

function dispatcherFactory(options: AgentOptions): () => Dispatcher {
  const tls = options.ca === undefined ? {} : trusting(options.ca);
  const settings = {
    connections: options.connections,
    pipelining: 1,
    // One multiplexed socket would take all requests in flight along when it is lost.
    allowH2: false,
    headersTimeout: options.headersTimeoutMs ?? 100_000,
    bodyTimeout: 30_000,
    maxResponseSize: 1_048_576,
    connect: tls,
  };
  const httpsProxy = proxyOf(options.env);
  if (httpsProxy === undefined) return () => new Agent(settings);
  const noProxy = options.env['no_proxy'] ?? options.env['NO_PROXY'] ?? '';
  // `connect` is for hosts that NO_PROXY names, `requestTls` for those behind the proxy.
  const proxied = { ...settings, httpProxy: '', httpsProxy, noProxy, requestTls: tls };
  const { EnvHttpProxyAgent } = loadUndici();
  return () => new EnvHttpProxyAgent(proxied);
}

/** Only who has a proxy pays for the whole of undici, without which its agent for proxies does not work. */
function loadUndici(): typeof Undici {
  const undici: typeof Undici = createRequire(import.meta.url)('undici');
  return undici;
}

function trusting(ca: string) {
  return { secureContext: createSecureContext({ ca: [...getCACertificates('default'), ca] }) };
}

/** `host:port` means the same as `http://host:port`, as it does for curl. */
function proxyOf(env: AgentOptions['env']): string | undefined {
  const text = env['https_proxy'] || env['HTTPS_PROXY'];
  if (!text) return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  // Its value is not shown: it may hold a password.
  if (!url?.hostname) throw new Error('The environment variable HTTPS_PROXY is no URL');
  return url.href;
}
