// The way to the queue: the admin server of the gateway that runs, else the queue file itself.
import { request, Agent } from 'undici';
import type { Config, Endpoint } from '../config/config.ts';
import type { Secrets } from '../config/secrets.ts';
import { adminTokenFileOf, readAdminToken } from '../http/admin-token.ts';
import { StoreError, type Events } from '../relay/ports.ts';
import { openOfflineQueue } from './offline-queue.ts';
import { Unreachable, UnreadableToken, type AskApi } from './queue-api.ts';

export interface QueueLink extends AsyncDisposable {
  readonly ask: AskApi;
}

export interface LinkOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly version: string;
  /** Told of every action on the queue file; a gateway that runs has its own log. Default: nobody is. */
  readonly audit?: Events['operatorActed'];
}

/** Throws `Unreachable` and `UnreadableToken`. */
export async function openQueueLink(options: LinkOptions): Promise<QueueLink> {
  return (await openGatewayLink(options)) ?? (await linkToFile(options));
}

/** Undefined: no gateway answers. Throws as `openQueueLink`. */
export async function openGatewayLink(options: LinkOptions): Promise<QueueLink | undefined> {
  const { admin } = options.config.http;
  if (admin === false) return undefined;
  const link = await linkToGateway(admin, options);
  if (await isAnswered(link)) return link;
  await link[Symbol.asyncDispose]();
  return undefined;
}

async function isAnswered({ ask }: QueueLink): Promise<boolean> {
  try {
    const { body } = await ask({ method: 'GET', path: '/status' });
    for await (const _piece of body);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ECONNREFUSED') return false;
    throw error;
  }
}

async function linkToGateway(
  admin: Endpoint,
  { config, secrets }: LinkOptions,
): Promise<QueueLink> {
  const token = secrets.adminToken() ?? (await readToken(adminTokenFileOf(config)));
  const origin = urlOf(admin);
  // A backup or an action on a hundred thousand messages takes its time.
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  return {
    async ask({ method, path, body }) {
      const answer = await request(`${origin}/api/v1${path}`, {
        method,
        dispatcher,
        headers: {
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }).catch((error: unknown) => {
        throw notAnswered(error, origin);
      });
      return { status: answer.statusCode, body: answer.body };
    },
    // An answer may be left half read, such as that of a message whose file is there already.
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}

function notAnswered(cause: unknown, origin: string): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Unreachable(`No gateway answers at ${origin} (http.admin): ${reason}`, { cause });
}

/** Where none is asked for, there is none. */
async function readToken(file: string): Promise<string | undefined> {
  try {
    return await readAdminToken(file);
  } catch (cause) {
    throw new UnreadableToken(
      `The admin token in "${file}" cannot be read: run this as the user of the gateway`,
      { cause },
    );
  }
}

async function linkToFile(options: LinkOptions): Promise<QueueLink> {
  const { config } = options;
  const { admin } = config.http;
  const nobody =
    admin === false
      ? 'The configuration has no admin server (http.admin: false)'
      : `No gateway answers at ${urlOf(admin)} (http.admin)`;
  try {
    return await openOfflineQueue(options);
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    throw new Unreachable(`${nobody}, and its queue cannot be opened: ${cause.message}`, { cause });
  }
}

/** What listens on all addresses listens on this machine's own. */
function urlOf({ host, port }: Endpoint): string {
  const reached = new Map([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ]);
  const name = reached.get(host) ?? host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Of the error, or of what it was made of. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}
