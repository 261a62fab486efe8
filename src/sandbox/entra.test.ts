import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSigningCertificate, type SigningCertificate } from './signing-certificate.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { TestClient } from './test-client.ts';

const start = Date.UTC(2026, 0, 1, 10);
let now: number;
let sandbox: Sandbox;
let client: TestClient;

beforeEach(async () => {
  now = start;
  sandbox = await createSandbox({ now: () => now });
  client = new TestClient(sandbox);
});

afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

describe('the OpenID configuration', () => {
  test.each(['tenant', 'tenantDomain'] as const)(
    'is found by %s, and names the GUID',
    async (key) => {
      const url = `${sandbox.authority}/${sandbox[key]}/v2.0/.well-known/openid-configuration`;
      const reply = await client.call(url);
      expect(reply.status).toBe(200);
      expect(reply.json()).toMatchObject({
        issuer: `${sandbox.authority}/${sandbox.tenant}/v2.0`,
        token_endpoint: `${sandbox.authority}/${sandbox.tenant}/oauth2/v2.0/token`,
      });
    },
  );

  test('of an unknown tenant is refused', async () => {
    const url = `${sandbox.authority}/fabrikam.com/v2.0/.well-known/openid-configuration`;
    expect((await client.call(url)).json()).toMatchObject({
      error: 'invalid_tenant',
      error_codes: [90002],
    });
  });
});

describe('the instance discovery', () => {
  test('is a violation', async () => {
    expect(sandbox.violations).toEqual([]);
    await client.call(`${sandbox.authority}/common/discovery/instance?api-version=1.1`);
    expect(sandbox.violations).toEqual([expect.stringContaining('instance discovery')]);
  });
});

describe('the token endpoint', () => {
  test('gives a token for the secret, which Graph takes', async () => {
    const reply = await client.token();
    expect(reply.status).toBe(200);
    expect(reply.json()).toEqual({
      token_type: 'Bearer',
      expires_in: 3599,
      ext_expires_in: 3599,
      access_token: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect((await client.graph('/v1.0/users/ann@contoso.com/messages')).status).toBe(200);
  });

  test('takes the domain of the tenant too', async () => {
    expect((await client.token({}, sandbox.tenantDomain)).status).toBe(200);
  });

  test('tells when to refresh, if it is told to', async () => {
    const limits = { tokenSeconds: 7_200, refreshInSeconds: 3_600 };
    await using other = await createSandbox({ now: () => now, limits });
    expect((await new TestClient(other).token()).json()).toMatchObject({
      expires_in: 7_200,
      refresh_in: 3_600,
    });
  });

  test.each([
    ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    ['no credential', { client_secret: undefined }, 401, 'invalid_client', 7000218],
    ['an unknown client', { client_id: 'x' }, 400, 'unauthorized_client', 700016],
    ['no client', { client_id: undefined }, 400, 'invalid_request', 900144],
    ['no grant', { grant_type: undefined }, 400, 'invalid_request', 900144],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
    ['no scope', { scope: undefined }, 400, 'invalid_scope', 70011],
    ['a delegated scope', { scope: 'Mail.Send' }, 400, 'invalid_scope', 70011],
    [
      'scopes beside the resource',
      { scope: 'https://x/.default openid' },
      400,
      'invalid_scope',
      70011,
    ],
    [
      'another resource',
      { scope: 'https://graph.microsoft.com/.default' },
      400,
      'invalid_resource',
      500011,
    ],
  ])('refuses %s', async (_, changes, status, error, code) => {
    const reply = await client.token(changes);
    expect(reply.status).toBe(status);
    expect(reply.json()).toEqual({
      error,
      error_description: expect.stringMatching(
        new RegExp(
          `^AADSTS${code}: .* Trace ID: .* Correlation ID: .* Timestamp: 2026-01-01 10:00:00Z$`,
        ),
      ),
      error_codes: [code],
      timestamp: '2026-01-01 10:00:00Z',
      trace_id: reply.headers['request-id'],
      correlation_id: reply.headers['client-request-id'],
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    });
  });

  test('refuses an unknown tenant', async () => {
    const reply = await client.token({}, 'fabrikam.com');
    expect(reply.status).toBe(400);
    expect(reply.json()).toMatchObject({ error: 'invalid_tenant', error_codes: [90002] });
  });

  test('refuses the authority in place of Graph as the resource', async () => {
    const reply = await client.token({ scope: `${sandbox.authority}/.default` });
    expect(reply.json()).toMatchObject({ error: 'invalid_resource' });
  });

  test('refuses the secret once it has expired', async () => {
    sandbox.expireSecret();
    const reply = await client.token();
    expect(reply.status).toBe(401);
    expect(reply.json()).toMatchObject({ error: 'invalid_client', error_codes: [7000222] });
  });

  test('knows no other path and no other method', async () => {
    const token = `${sandbox.authority}/${sandbox.tenant}/oauth2/v2.0/token`;
    expect((await client.call(token)).status).toBe(404);
    expect((await client.call(`${sandbox.authority}/${sandbox.tenant}/oauth2/token`)).status).toBe(
      404,
    );
  });
});

describe('a token', () => {
  test('ends', async () => {
    expect((await client.sendMime('x')).status).toBe(400);
    now = start + 3_599_000;
    expect((await client.sendMime('x')).code).toBe('InvalidAuthenticationToken');
  });

  test('can be revoked', async () => {
    expect((await client.sendMime('x')).status).toBe(400);
    sandbox.revokeTokens();
    const reply = await client.sendMime('x');
    expect(reply.status).toBe(401);
    expect(reply.code).toBe('InvalidAuthenticationToken');
    expect(reply.headers['www-authenticate']).toMatch(/^Bearer /);
  });
});

describe('a client assertion', () => {
  let certificate: SigningCertificate;

  beforeAll(async () => {
    certificate = await createSigningCertificate();
  });

  beforeEach(() => {
    sandbox.registerCertificate(certificate.pem);
  });

  interface Changes {
    readonly header?: object;
    readonly claims?: object;
    readonly key?: string;
  }

  function assertion(algorithm: 'RS256' | 'PS256', changes: Changes = {}): string {
    const seconds = now / 1000;
    const encode = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const header = {
      alg: algorithm,
      typ: 'JWT',
      'x5t#S256': certificate.thumbprint,
      ...changes.header,
    };
    const claims = {
      aud: `${sandbox.authority}/${sandbox.tenant}/oauth2/v2.0/token`,
      iss: sandbox.clientId,
      sub: sandbox.clientId,
      jti: '1',
      nbf: seconds,
      exp: seconds + 600,
      ...changes.claims,
    };
    const signed = `${encode(header)}.${encode(claims)}`;
    const key = changes.key ?? certificate.privateKey;
    const padding =
      algorithm === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
    return `${signed}.${sign('sha256', Buffer.from(signed), { key, ...padding }).toString('base64url')}`;
  }

  function token(jwt: string) {
    return client.token({
      client_secret: undefined,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: jwt,
    });
  }

  test.each(['RS256', 'PS256'] as const)('signed with %s gets a token', async (algorithm) => {
    expect((await token(assertion(algorithm))).status).toBe(200);
  });

  test.each<[string, Changes, number]>([
    ['of an unknown certificate', { header: { 'x5t#S256': 'x' } }, 700027],
    ['that names its certificate by SHA-1', { header: { 'x5t#S256': undefined, x5t: 'x' } }, 50027],
    ['of another algorithm', { header: { alg: 'none' } }, 50027],
    ['for another audience', { claims: { aud: 'https://graph.microsoft.com' } }, 700023],
    ['of another issuer', { claims: { iss: 'x' } }, 50027],
    ['of another subject', { claims: { sub: 'x' } }, 50027],
    ['without an id', { claims: { jti: undefined } }, 50027],
    ['that has expired', { claims: { exp: start / 1000 - 301 } }, 700024],
    ['from the future', { claims: { nbf: start / 1000 + 301 } }, 700024],
    ['without an end', { claims: { exp: undefined } }, 700024],
  ])('%s is refused', async (_, changes, code) => {
    const reply = await token(assertion('RS256', changes));
    expect(reply.status).toBe(401);
    expect(reply.json()).toMatchObject({ error: 'invalid_client', error_codes: [code] });
  });

  test('signed with another key is refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    expect((await token(assertion('RS256', { key: privateKey }))).json()).toMatchObject({
      error_codes: [700027],
    });
  });

  test.each(['x', 'a.b.c', 'a.b.c.d', '..'])('that is none, as %s, is refused', async (jwt) => {
    expect((await token(jwt)).json()).toMatchObject({ error_codes: [50027] });
  });

  test('of another type is refused', async () => {
    const reply = await client.token({
      client_assertion_type: 'x',
      client_assertion: assertion('RS256'),
    });
    expect(reply.json()).toMatchObject({ error_codes: [900144] });
  });
});
