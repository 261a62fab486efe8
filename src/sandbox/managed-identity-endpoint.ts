// Stands in for the endpoint on an Azure machine that gives its managed identities tokens (IMDS): plain HTTP, link-local.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { jsonAnswer, type Answer } from './answer.ts';
import type { Journal } from './journal.ts';
import type { Tokens } from './tokens.ts';

export interface ManagedIdentityOptions {
  readonly tokens: Tokens;
  readonly journal: Journal;
  /** Epoch ms. */
  readonly now: () => number;
  /** Origin of Graph: the one resource that there are tokens for. */
  readonly graph: string;
  /** Of the identities of this machine: `system`, and the client ids of user-assigned ones. */
  readonly identities: ReadonlySet<string>;
}

export interface ManagedIdentityEndpoint extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40001`, for AZURE_POD_IDENTITY_AUTHORITY_HOST. */
  readonly origin: string;
  /** Queries of the requests, oldest first. */
  readonly requests: readonly Readonly<Record<string, string>>[];
  /** What the next requests get in place of a token, one each. */
  readonly answers: Answer[];
}

/** MSAL ends it with a slash where the host comes from the environment. */
const tokenPath = /^\/metadata\/identity\/oauth2\/token\/?$/;
const apiVersion = '2018-02-01';

export async function startManagedIdentityEndpoint(
  options: ManagedIdentityOptions,
): Promise<ManagedIdentityEndpoint> {
  const requests: Record<string, string>[] = [];
  const answers: Answer[] = [];
  const server = createServer((message, response) => {
    const url = new URL(message.url ?? '', 'http://localhost');
    requests.push(Object.fromEntries(url.searchParams));
    const answer = answers.shift() ?? answerTo(message, { ...options, url });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    answers,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function answerTo(
  { method, headers }: IncomingMessage,
  { url, tokens, journal, now, graph, identities }: ManagedIdentityOptions & { readonly url: URL },
): Answer {
  if (method !== 'GET' || !tokenPath.test(url.pathname))
    return refusal(404, 'not_found', 'No such path');
  if (headers['x-forwarded-for'] !== undefined || headers.via !== undefined) {
    journal.violation('The managed identity endpoint was asked over a proxy');
    return refusal(400, 'bad_request_102', 'Required metadata header not specified');
  }
  if (headers['metadata'] !== 'true' || url.searchParams.get('api-version') !== apiVersion) {
    return refusal(400, 'bad_request_102', 'Required metadata header not specified');
  }
  const resource = url.searchParams.get('resource') ?? '';
  if (resource !== graph) return refusal(400, 'invalid_resource', `No resource "${resource}"`);
  const clientId = url.searchParams.get('client_id') ?? 'system';
  if (!identities.has(clientId)) return refusal(400, 'invalid_request', 'Identity not found');
  const { access_token, expires_in } = tokens.issue(now());
  const expiresOn = Math.floor(now() / 1000) + expires_in;
  return jsonAnswer(200, {
    access_token,
    client_id: clientId,
    expires_in: String(expires_in),
    expires_on: String(expiresOn),
    resource,
    token_type: 'Bearer',
  });
}

function refusal(status: number, error: string, description: string): Answer {
  return jsonAnswer(status, { error, error_description: description });
}
