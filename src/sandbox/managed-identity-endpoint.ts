// Stands in for the endpoints on a machine of Azure that give its managed identities tokens: plain HTTP, on the machine.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
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
  /** Of the metadata service of a virtual machine, such as `http://127.0.0.1:40001`, for AZURE_POD_IDENTITY_AUTHORITY_HOST. */
  readonly origin: string;
  /** As the environment of an app in App Service, Functions or Container Apps has it. */
  readonly appService: { readonly IDENTITY_ENDPOINT: string; readonly IDENTITY_HEADER: string };
  /** As the environment of a machine with the agent of Azure Arc has it. */
  readonly arc: { readonly IDENTITY_ENDPOINT: string; readonly IMDS_ENDPOINT: string };
  /** Where Arc's agent has put a secret that its client has to read. */
  readonly arcSecret: { readonly file: string; readonly text: string };
  /** Queries of the requests, oldest first. */
  readonly requests: readonly Readonly<Record<string, string>>[];
  /** What the next requests get in place of a token, one each. */
  readonly answers: Answer[];
}

const identityHeader = 'a header of this machine';
const arcSecret = {
  file: '/var/opt/azcmagent/tokens/sandbox.key',
  text: 'a secret of this machine',
};

/** One of the services, and how it knows who asks. */
interface Dialect {
  readonly path: RegExp;
  readonly apiVersion: string;
  /** Why it gives no token; undefined: it does. */
  refuse(headers: IncomingHttpHeaders): Answer | undefined;
}

const noMetadata = refusal(400, 'bad_request_102', 'Required metadata header not specified');

function refuseWithoutMetadata({ metadata }: IncomingHttpHeaders): Answer | undefined {
  return metadata === 'true' ? undefined : noMetadata;
}

const dialects: readonly Dialect[] = [
  // MSAL ends it with a slash where the host comes from the environment.
  {
    path: /^\/metadata\/identity\/oauth2\/token\/?$/,
    apiVersion: '2018-02-01',
    refuse: refuseWithoutMetadata,
  },
  {
    path: /^\/msi\/token\/?$/,
    apiVersion: '2019-08-01',
    refuse: (headers) =>
      headers['x-identity-header'] === identityHeader
        ? undefined
        : jsonAnswer(401, { statusCode: 401, message: 'The identity header is missing or wrong' }),
  },
  {
    path: /^\/metadata\/identity\/oauth2\/token\/?$/,
    apiVersion: '2020-06-01',
    refuse(headers) {
      if (headers.authorization === `Basic ${arcSecret.text}`) return undefined;
      const challenge = { 'www-authenticate': `Basic realm=${arcSecret.file}` };
      return refuseWithoutMetadata(headers) ?? { status: 401, headers: challenge, body: '' };
    },
  },
];

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
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    appService: { IDENTITY_ENDPOINT: `${origin}/msi/token`, IDENTITY_HEADER: identityHeader },
    arc: { IDENTITY_ENDPOINT: `${origin}/metadata/identity/oauth2/token`, IMDS_ENDPOINT: origin },
    arcSecret,
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
  const apiVersion = url.searchParams.get('api-version');
  const spoken = dialects.filter(({ path }) => path.test(url.pathname));
  if (method !== 'GET' || spoken.length === 0) return refusal(404, 'not_found', 'No such path');
  if (headers['x-forwarded-for'] !== undefined || headers.via !== undefined) {
    journal.violation('The managed identity endpoint was asked over a proxy');
    return noMetadata;
  }
  const dialect = spoken.find((each) => each.apiVersion === apiVersion);
  if (!dialect) return refusal(400, 'bad_request_102', 'No such api-version');
  const refused = dialect.refuse(headers);
  if (refused) return refused;
  const resource = url.searchParams.get('resource') ?? '';
  if (resource !== graph) return refusal(400, 'invalid_resource', `No resource "${resource}"`);
  const clientId = url.searchParams.get('client_id') ?? 'system';
  if (!identities.has(clientId)) return refusal(400, 'invalid_request', 'Identity not found');
  const { access_token, expires_in } = tokens.issue(now(), { clientId: '' });
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
