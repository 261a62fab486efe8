// Where a sign-in in the browser comes back to: a web server on this machine, for one answer (RFC 8252 §7.3).
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';

/** What came back: a code, or what Entra says instead (RFC 6749 §4.1.2). */
export type Redirected =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'error'; readonly error: string; readonly description: string };

export interface Loopback extends AsyncDisposable {
  /** What Entra has to send the browser back to. */
  readonly redirectUri: string;
  /** The answer to the request with that state; others are refused, and waited on. */
  answer(state: string): Promise<Redirected>;
}

/**
 * @param redirectUri what is registered with the app; absent: `http://localhost`, for which Entra takes any port.
 * Rejects when the port cannot be had.
 */
export async function startLoopback(redirectUri?: string): Promise<Loopback> {
  const wanted = new URL(redirectUri ?? 'http://localhost:0/');
  const came = Promise.withResolvers<Redirected>();
  let expected: string | undefined;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const isMeant = url.pathname === wanted.pathname && request.method === 'GET';
    // Whoever does not know the state was not sent here by Entra: another page may try (RFC 6749 §10.12).
    if (!isMeant || expected === undefined || url.searchParams.get('state') !== expected) {
      return show(response, 404, 'There is nothing here.');
    }
    const answer = readAnswer(url.searchParams);
    show(response, 200, textFor(answer));
    came.resolve(answer);
  });
  server.listen({ host: '127.0.0.1', port: Number(wanted.port || 80) });
  await once(server, 'listening').catch((cause: unknown) => {
    const reason = 'cannot be listened on: free the port, or register another redirectUri';
    throw new Error(`${wanted.host} ${reason}`, { cause });
  });
  const address = server.address();
  if (typeof address === 'object' && address !== null) wanted.port = String(address.port);
  return {
    redirectUri: redirectUri ?? wanted.origin,
    answer(state) {
      expected = state;
      return came.promise;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function readAnswer(parameters: URLSearchParams): Redirected {
  const code = parameters.get('code');
  if (code !== null) return { kind: 'code', code };
  return {
    kind: 'error',
    error: parameters.get('error') ?? 'unreadable',
    description: parameters.get('error_description') ?? 'The browser came back without a code',
  };
}

function textFor({ kind }: Redirected): string {
  return kind === 'code'
    ? 'Signed in. You can close this page, and go back to where you came from.'
    : 'Not signed in. Where you came from, it says why.';
}

/** Never what came in the address: it may be anybody's. */
function show(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(`${text}\n`);
}
