// Binds a port, serves an app there as soon as it is loaded, and lets go of it again without waiting for idle clients.
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Endpoint } from '../config/config.ts';
import { listenFault } from '../core/listen-fault.ts';

export interface ServeOptions extends Endpoint {
  /** How long `close` waits for answers that are under way. Default: 2 s. */
  readonly closeGraceMs?: number;
}

/** A port whose requests wait for an app. */
export interface BoundPort {
  /** As it was asked for. */
  readonly endpoint: Endpoint;
  /** Where it listens: the port that was bound where 0 was asked for. */
  readonly address: Endpoint;
  /** Called once. */
  serve(app: Hono): void;
  /** Stops listening; resolves when the last connection is gone. May be called again. */
  close(): Promise<void>;
}

const defaultCloseGraceMs = 2_000;
/** Requests here are small and answers quick: a client that takes longer is stuck, or up to no good. */
const requestTimeoutMs = 15_000;

/** Rejects with a sentence for the operator when the address cannot be bound. */
export async function bindPort(options: ServeOptions): Promise<BoundPort> {
  const app = Promise.withResolvers<Hono>();
  const server = createHttpServer(app.promise);
  await listen(server, options);
  let closed: Promise<void> | undefined;
  return {
    endpoint: options,
    address: addressOf(server, options),
    serve: app.resolve,
    close: () => (closed ??= close(server, options.closeGraceMs ?? defaultCloseGraceMs)),
  };
}

function createHttpServer(app: Promise<Hono>): Server {
  const serverOptions = { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs };
  const server = createAdaptorServer({
    fetch: async (...request) => (await app).fetch(...request),
    createServer,
    serverOptions,
    // The platform's own Request and Response stay what they are for everybody else in the process.
    overrideGlobalObjects: false,
  });
  if ('closeIdleConnections' in server) return server;
  throw new Error('The adaptor made no HTTP/1 server');
}

async function listen(server: Server, endpoint: Endpoint): Promise<void> {
  const { host, port } = endpoint;
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(listenFault(error, endpoint), { cause: error });
  }
}

function addressOf(server: Server, { host, port }: Endpoint): Endpoint {
  const address = server.address();
  return typeof address === 'object' && address !== null
    ? { host: address.address, port: address.port }
    : { host, port };
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}
