import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { TestClient, type Reply } from './test-client.ts';

const start = Date.UTC(2026, 0, 1, 10);
const redirectUri = 'http://localhost:4711';
const verifier = 'v'.repeat(43);
const challenge = createHash('sha256').update(verifier).digest('base64url');

let now: number;
let sandbox: Sandbox;
let client: TestClient;

beforeEach(async () => {
  now = start;
  sandbox = await createSandbox({ now: () => now });
  client = new TestClient(sandbox);
  sandbox.signIns.as('ann@contoso.com', 'Ann');
});

afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

type Fields = Readonly<Record<string, string | undefined>>;

function queryOf(fields: Fields): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given as [string, string][]).toString();
}

/** A public client's token request; what is not named is right for a grant of any kind. */
function token(changes: Fields, tenant = 'consumers'): Promise<Reply> {
  return client.token(
    { client_secret: undefined, scope: `${sandbox.graph}/Mail.Send offline_access`, ...changes },
    tenant,
  );
}

async function startDevice(changes: Fields = {}) {
  const fields = { client_id: sandbox.clientId, scope: 'Mail.Send offline_access', ...changes };
  const url = `${sandbox.authority}/consumers/oauth2/v2.0/devicecode`;
  return await client.call(url, { body: queryOf(fields) });
}

/** A field of an answer in JSON. */
function field(reply: Reply, name: string): string {
  return new RegExp(`"${name}":"([^"]+)"`).exec(reply.text)?.[1] ?? '';
}

function redeemDevice(started: Reply) {
  return token({ grant_type: 'device_code', device_code: field(started, 'device_code') });
}

async function authorize(changes: Fields = {}) {
  const fields = {
    client_id: sandbox.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'Mail.Send offline_access openid',
    state: 's',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  };
  return await client.call(
    `${sandbox.authority}/consumers/oauth2/v2.0/authorize?${queryOf(fields)}`,
  );
}

async function codeOf(reply: Reply): Promise<string> {
  return new URL(reply.headers.location ?? '').searchParams.get('code') ?? '';
}

describe('a device code', () => {
  test('brings a token for the user, what renews it, and who it was', async () => {
    const reply = await redeemDevice(await startDevice());
    expect(reply.json()).toMatchObject({
      token_type: 'Bearer',
      scope: `${sandbox.graph}/Mail.Send`,
      refresh_token: expect.any(String),
      id_token: expect.any(String),
    });
    const [, claims = ''] = field(reply, 'id_token').split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      aud: sandbox.clientId,
      tid: '9188040d-6c67-4c5b-b112-36a304b66dad',
      name: 'Ann',
      preferred_username: 'ann@contoso.com',
    });
  });

  test('waits until somebody signs in, is good once, and ends', async () => {
    await using other = await createSandbox({ now: () => now });
    sandbox = other;
    client = new TestClient(other);
    const started = await startDevice();
    const pending = await redeemDevice(started);
    expect(pending.json()).toMatchObject({ error: 'authorization_pending', error_codes: [70016] });
    const late = await startDevice();
    other.signIns.as('ann@contoso.com');
    expect((await redeemDevice(started)).status).toBe(200);
    expect((await redeemDevice(started)).json()).toMatchObject({ error: 'bad_verification_code' });
    now += 900_000;
    expect((await redeemDevice(late)).json()).toMatchObject({ error: 'expired_token' });
  });

  test('may be declined', async () => {
    sandbox.signIns.decline();
    const reply = await redeemDevice(await startDevice());
    expect(reply.json()).toMatchObject({ error: 'authorization_declined' });
  });

  test.each([
    ['an unknown app', { client_id: 'x' }, 700016],
    ['an unknown permission', { scope: 'Mail.Fly offline_access' }, 70011],
    ['no refresh token', { scope: 'Mail.Send' }, 70011],
  ])('is not given for %s', async (_name, changes, code) => {
    expect((await startDevice(changes)).json()).toMatchObject({ error_codes: [code] });
  });

  test('is for public clients', async () => {
    sandbox.allowPublicClient(false);
    const reply = await redeemDevice(await startDevice());
    expect(reply.json()).toMatchObject({ error: 'invalid_client', error_codes: [7000218] });
  });
});

describe('an authorization code', () => {
  async function redeem(changes: Fields = {}) {
    const code = await codeOf(await authorize());
    const fields = { code, redirect_uri: redirectUri, code_verifier: verifier, ...changes };
    return await token({ grant_type: 'authorization_code', ...fields });
  }

  test('brings a token, once', async () => {
    const code = await codeOf(await authorize());
    const fields = { code, redirect_uri: redirectUri, code_verifier: verifier };
    const redeemed = () => token({ grant_type: 'authorization_code', ...fields });
    expect((await redeemed()).status).toBe(200);
    expect((await redeemed()).json()).toMatchObject({ error: 'invalid_grant' });
  });

  test.each([
    ['another verifier', { code_verifier: 'w'.repeat(43) }, 501481],
    ['no verifier', { code_verifier: undefined }, 900144],
    ['another redirect', { redirect_uri: 'http://localhost:4712' }, 500112],
    ['another code', { code: 'x' }, 70000],
    ['a wrong secret', { client_secret: 'x' }, 7000215],
  ])('is refused with %s', async (_name, changes, code) => {
    expect((await redeem(changes)).json()).toMatchObject({ error_codes: [code] });
  });

  test('comes back with its state, and so does a refusal', async () => {
    expect((await authorize()).headers.location).toMatch(
      /^http:\/\/localhost:4711\/\?code=.*&state=s$/,
    );
    sandbox.signIns.decline();
    const { location } = (await authorize()).headers;
    expect(location).toContain('error=access_denied');
    expect(location).toContain('state=s');
  });

  test.each([
    ['an unknown app', { client_id: 'x' }],
    ['a redirect that is not registered', { redirect_uri: 'https://evil.example/' }],
    ['another response', { response_type: 'token' }],
    ['an unknown permission', { scope: 'Mail.Fly offline_access' }],
  ])('is not given for %s', async (_name, changes) => {
    expect((await authorize(changes)).status).toBe(400);
    expect(sandbox.violations).toEqual([]);
  });

  test.each([
    ['no challenge', { code_challenge: undefined }],
    ['a plain challenge', { code_challenge_method: 'plain' }],
    ['no state', { state: undefined }],
  ])('asked for with %s is a violation', async (_name, changes) => {
    expect((await authorize(changes)).status).toBe(400);
    expect(sandbox.violations).toHaveLength(1);
  });

  test('comes back to what was registered', async () => {
    sandbox.addRedirectUri('https://relay.example.com/callback');
    const reply = await authorize({ redirect_uri: 'https://relay.example.com/callback' });
    expect(reply.status).toBe(302);
  });
});

describe('a refresh token', () => {
  async function renew(changes: Fields = {}) {
    const first = await redeemDevice(await startDevice());
    return () =>
      token({
        grant_type: 'refresh_token',
        refresh_token: field(first, 'refresh_token'),
        ...changes,
      });
  }

  test('brings the next one', async () => {
    const reply = await (await renew())();
    expect(reply.status).toBe(200);
    expect(field(reply, 'refresh_token')).not.toBe('');
  });

  test.each([
    ['revoked', () => sandbox.signIns.end('ANN@contoso.com', 'revoked'), 50173],
    ['expired', () => sandbox.signIns.end('ann@contoso.com', 'expired'), 700082],
    ['without consent', () => sandbox.signIns.withdrawConsent('ann@contoso.com'), 65001],
  ])('that is %s is refused, until the user signs in again', async (_name, end, code) => {
    const renewal = await renew();
    end();
    expect((await renewal()).json()).toMatchObject({ error: 'invalid_grant', error_codes: [code] });
    expect((await (await renew())()).status).toBe(200);
  });

  test.each([
    ['for more than was consented to', { scope: 'Mail.ReadWrite offline_access' }, 65001],
    ['that is unknown', { refresh_token: 'x' }, 70000],
    ['that is missing', { refresh_token: undefined }, 900144],
  ])('%s is refused', async (_name, changes, code) => {
    expect((await (await renew(changes))()).json()).toMatchObject({ error_codes: [code] });
  });
});

test('personal accounts know no app as itself', async () => {
  expect((await client.token({}, 'consumers')).json()).toMatchObject({ error_codes: [700016] });
});

describe('a token of a user', () => {
  async function graph(path: string) {
    const reply = await redeemDevice(await startDevice());
    const authorization = `Bearer ${field(reply, 'access_token')}`;
    return await client.call(`${sandbox.graph}/v1.0/${path}`, { headers: { authorization } });
  }

  test('opens his own mailbox, by his address and as `me`, as far as he has consented', async () => {
    expect((await graph('me/messages')).code).toBe('ErrorAccessDenied');
    const reply = await redeemDevice(await startDevice({ scope: 'Mail.ReadWrite offline_access' }));
    const headers = { authorization: `Bearer ${field(reply, 'access_token')}` };
    const list = (user: string) =>
      client.call(`${sandbox.graph}/v1.0/${user}/messages`, { headers });
    expect((await list('me')).status).toBe(200);
    expect((await list('users/ann@contoso.com')).status).toBe(200);
    expect((await list('users/bob@contoso.com')).code).toBe('ErrorAccessDenied');
  });

  test('is none of the app: it has no mailbox of its own', async () => {
    expect((await client.graph('/v1.0/me/messages')).status).toBe(400);
  });
});
