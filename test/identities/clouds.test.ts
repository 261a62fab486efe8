// Microsoft's clouds: each connection speaks to the hosts of its own, and to no other.
import { rm } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { MockAgent } from 'undici';
import { loadConfig } from '../../src/config/load.ts';
import { loginOf } from '../../src/gateway-connections.ts';
import { appOf, signInOf, tokenSourceOf } from '../../src/gateway-identity.ts';
import { GraphAgent } from '../../src/graph/agent.ts';
import { createGraphHttp } from '../../src/graph/http.ts';
import { outcomeOf } from '../../src/graph/outcome.ts';
import { signInByDeviceCode } from '../../src/identity/sign-in.ts';
import type { Clock } from '../../src/relay/ports.ts';
import { writeConfig } from '../support/gateway.ts';

const clientId = '01234567-89ab-cdef-0123-456789abcdef';
const clock: Clock = { now: () => Date.now(), wait: () => new Promise(() => {}) };

const silent = {
  graphRequestStarted() {},
  graphRequestEnded() {},
  tokenRequested() {},
  fault() {},
};

const folders: string[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function load(cloud: string, more = '') {
  const { file, folder } = await writeConfig({
    connections: `connections:
  main: { type: graph, cloud: ${cloud}, tenant: contoso.example, clientId: ${clientId}, credential: { secret: hunter2 } }${more}`,
  });
  folders.push(folder);
  const loaded = loadConfig(file, { env: {} });
  if (loaded.kind === 'faulty') throw new Error(loaded.faults.map(({ message }) => message).join());
  return loaded;
}

type Loaded = Awaited<ReturnType<typeof load>>;

function connectionOf({ config }: Loaded, name = 'main') {
  const connection = config.connections.get(name);
  if (connection?.type !== 'graph') throw new Error(`No connection "${name}"`);
  return connection;
}

interface Call {
  readonly origin: string;
  readonly path: string;
  readonly body: string;
}

/** Every host of the world: it answers as Entra and Graph do, and nothing leaves this process. */
function createWorld(tokenAnswer: { status: number; body: object }) {
  const calls: Call[] = [];
  const world = new MockAgent();
  world.disableNetConnect();
  const anywhere = world.get(/.*/);
  for (const method of ['GET', 'POST'] as const) {
    anywhere
      .intercept({ path: /.*/, method })
      .reply(({ origin, path, body }) => {
        const call = {
          origin: new URL(String(origin)).host,
          path,
          body: typeof body === 'string' ? body : '',
        };
        calls.push(call);
        return answerTo(call);
      })
      .persist();
  }
  function answerTo({ origin, path }: Call) {
    const [, tenant] = path.split('/');
    const base = `https://${origin}/${tenant}`;
    if (path.endsWith('/openid-configuration')) {
      return json(200, {
        token_endpoint: `${base}/oauth2/v2.0/token`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
        issuer: `${base}/v2.0`,
        jwks_uri: `${base}/keys`,
      });
    }
    if (path.includes('/oauth2/v2.0/token')) return json(tokenAnswer.status, tokenAnswer.body);
    if (path.includes('/oauth2/')) return json(400, { error: 'invalid_request' });
    return { statusCode: 202, data: '' };
  }
  return { calls, agent: new GraphAgent(() => world) };
}

function json(statusCode: number, value: object) {
  return {
    statusCode,
    data: JSON.stringify(value),
    responseOptions: { headers: { 'content-type': 'application/json' } },
  };
}

const goodToken = {
  status: 200,
  body: { token_type: 'Bearer', expires_in: 3_599, access_token: 't' },
};

async function send(loaded: Loaded, { agent }: ReturnType<typeof createWorld>) {
  const app = appOf(connectionOf(loaded), loaded);
  const shared = { connection: 'main', agent, clock, events: silent };
  const tokenSource = tokenSourceOf(app, shared);
  const http = createGraphHttp({ ...app, ...shared, tokenSource, createRequestId: () => 'id' });
  return await http.request({
    method: 'POST',
    path: '/v1.0/users/ann%40contoso.example/sendMail',
    operation: 'send_mail',
    deadlineMs: 10_000,
    signal: new AbortController().signal,
  });
}

const clouds = [
  ['global', 'login.microsoftonline.com', 'graph.microsoft.com'],
  ['usgov', 'login.microsoftonline.us', 'graph.microsoft.us'],
  ['dod', 'login.microsoftonline.us', 'dod-graph.microsoft.us'],
  ['china', 'login.chinacloudapi.cn', 'microsoftgraph.chinacloudapi.cn'],
  [
    '{ authority: "https://login.example", graph: "https://graph.example" }',
    'login.example',
    'graph.example',
  ],
] as const;

describe('a connection asks its own hosts, and no other:', () => {
  test.each(clouds)('cloud %s', async (cloud, authority, graph) => {
    const world = createWorld(goodToken);
    const result = await send(await load(cloud), world);
    expect(result).toMatchObject({ kind: 'answer', status: 202 });
    // Of the hosts that MSAL knows it needs no configuration.
    const asked = world.calls.filter(({ path }) => !path.endsWith('/openid-configuration'));
    expect(new Set(world.calls.map(({ origin }) => origin))).toEqual(new Set([authority, graph]));
    expect(asked.map(({ origin, path }) => `${origin} ${path.split('?')[0]}`)).toEqual([
      `${authority} /contoso.example/oauth2/v2.0/token`,
      `${graph} /v1.0/users/ann%40contoso.example/sendMail`,
    ]);
    const form = new URLSearchParams(asked[0]?.body);
    expect(form.get('scope')?.split(' ')).toContain(`https://${graph}/.default`);
  });

  test.each(clouds)('cloud %s, when a user signs in', async (cloud, authority, graph) => {
    const world = createWorld(goodToken);
    const loaded = await load(
      cloud,
      `
  user: { type: graph, cloud: ${cloud}, tenant: contoso.example, clientId: ${clientId}, account: ann@contoso.example, largeMessages: false }
tokenCache: { file: tokens, key: a key that nobody can guess }`,
    );
    const options = signInOf(connectionOf(loaded, 'user'), {
      ...loaded,
      agent: world.agent,
      clock,
    });
    expect(await signInByDeviceCode(options, { show() {} })).toMatchObject({ kind: 'failure' });
    expect(new Set(world.calls.map(({ origin }) => origin))).toEqual(new Set([authority]));
    const asked = world.calls.find(({ path }) => path.includes('devicecode'));
    expect(new URLSearchParams(asked?.body).get('scope')).toContain(`https://${graph}/Mail.Send`);
  });
});

test.each([
  ['global', 'login.microsoftonline.com', 'outlook.office365.com'],
  ['usgov', 'login.microsoftonline.us', 'outlook.office365.us'],
  ['dod', 'login.microsoftonline.us', 'outlook.office365.us'],
  ['china', 'login.chinacloudapi.cn', 'partner.outlook.cn'],
])(
  'a smart host is logged in to with a token for the Exchange of cloud %s, not for its Graph',
  async (cloud, authority, exchange) => {
    const world = createWorld(goodToken);
    const loaded = await load(
      cloud,
      `
  host: { type: smtp, url: "smtp://smtp.example:587", username: ann@contoso.example, oauth2: main }`,
    );
    const config = loaded.config.connections.get('host');
    if (config?.type !== 'smtp') throw new Error('No smart host');
    const app = appOf(connectionOf(loaded), loaded);
    const login = loginOf({ config, app }, { clock, events: silent, agent: world.agent });
    if (login?.kind !== 'oauth2') throw new Error('No login by token');
    expect(await login.tokens.token()).toMatchObject({ kind: 'token', accessToken: 't' });
    expect(new Set(world.calls.map(({ origin }) => origin))).toEqual(new Set([authority]));
    const asked = world.calls.find(({ path }) => path.includes('/oauth2/v2.0/token'));
    const scopes = new URLSearchParams(asked?.body).get('scope')?.split(' ');
    expect(scopes).toContain(`https://${exchange}/.default`);
  },
);

describe('the wrong cloud', () => {
  test.each([900382, 900432, 90038])('is recognized by AADSTS%i', async (code) => {
    const body = {
      error: 'invalid_request',
      error_codes: [code],
      error_description: `AADSTS${code}: Said`,
    };
    const result = await send(await load('global'), createWorld({ status: 400, body }));
    expect(outcomeOf(result, { now: 0, attempt: 1 })).toMatchObject({
      kind: 'deferred',
      hold: 'connection',
      diagnostic: `The tenant belongs to another cloud (AADSTS${code}): set cloud of the connection: global, usgov (GCC High), dod or china. Cause: AADSTS${code}: Said`,
    });
  });
});

test('without a word, messages are large in every cloud but those of the US government', async () => {
  const large = await Promise.all(
    clouds.map(async ([cloud]) => connectionOf(await load(cloud)).largeMessages),
  );
  expect(large).toEqual([true, false, false, true, true]);
});
