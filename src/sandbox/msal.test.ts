// Microsoft's own library finds in the sandbox what it expects of Entra.
import { ConfidentialClientApplication, type INetworkModule } from '@azure/msal-node';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSigningCertificate } from './signing-certificate.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

let sandbox: Sandbox;
let agent: Agent;

beforeEach(async () => {
  sandbox = await createSandbox({ now: Date.now });
  agent = new Agent({ connect: { ca: sandbox.ca } });
});

afterEach(async () => {
  await agent.close();
  await sandbox[Symbol.asyncDispose]();
});

function network(): INetworkModule {
  const send = async (method: 'GET' | 'POST', url: string, options: Options = {}) => {
    const { headers = {}, body } = options;
    const answer = await request(url, {
      dispatcher: agent,
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    const entries = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(entries),
      body: JSON.parse(await answer.body.text()),
    };
  };
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  };
}

interface Options {
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

type Credential =
  | { readonly clientSecret: string }
  | {
      readonly clientCertificate: {
        readonly thumbprintSha256: string;
        readonly privateKey: string;
      };
    };

function application(credential: Credential, tenant: string): ConfidentialClientApplication {
  return new ConfidentialClientApplication({
    auth: {
      clientId: sandbox.clientId,
      authority: `${sandbox.authority}/${tenant}`,
      knownAuthorities: [new URL(sandbox.authority).host],
      ...credential,
    },
    system: { networkClient: network() },
  });
}

async function tokenOf(credential: Credential, tenant = sandbox.tenant): Promise<string> {
  const scopes = [`${sandbox.graph}/.default`];
  const result = await application(credential, tenant).acquireTokenByClientCredential({ scopes });
  return result?.accessToken ?? '';
}

async function statusWith(token: string): Promise<number> {
  const url = `${sandbox.graph}/v1.0/users/ann@contoso.com/messages`;
  const headers = { authorization: `Bearer ${token}` };
  const answer = await request(url, { dispatcher: agent, headers });
  await answer.body.dump();
  return answer.statusCode;
}

describe('msal-node', () => {
  test.each(['tenant', 'tenantDomain'] as const)(
    'gets a token by secret, given the %s',
    async (key) => {
      const token = await tokenOf({ clientSecret: sandbox.clientSecret }, sandbox[key]);
      expect(await statusWith(token)).toBe(200);
    },
  );

  test('gets a token by certificate', async () => {
    const { pem, privateKey, thumbprint } = await createSigningCertificate();
    sandbox.registerCertificate(pem);
    const thumbprintSha256 = Buffer.from(thumbprint, 'base64url').toString('hex');
    const token = await tokenOf({ clientCertificate: { thumbprintSha256, privateKey } });
    expect(await statusWith(token)).toBe(200);
  });

  test('asks for the configuration and the token, and for nothing else', async () => {
    await tokenOf({ clientSecret: sandbox.clientSecret });
    expect(
      sandbox.requests.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`),
    ).toEqual([
      `GET /${sandbox.tenant}/v2.0/.well-known/openid-configuration`,
      `POST /${sandbox.tenant}/oauth2/v2.0/token`,
    ]);
    expect(sandbox.violations).toEqual([]);
  });

  // It says that errorNo is a text; what it gives is the number that the body has.
  test('tells of a wrong secret', async () => {
    await expect(tokenOf({ clientSecret: 'wrong' })).rejects.toMatchObject({
      errorCode: 'invalid_client',
      errorNo: 7000215,
    });
  });

  test('tells of a secret that has expired', async () => {
    sandbox.expireSecret();
    const { clientSecret } = sandbox;
    await expect(tokenOf({ clientSecret })).rejects.toMatchObject({ errorNo: 7000222 });
  });

  test('tells of a certificate that is not registered', async () => {
    const { privateKey, thumbprint } = await createSigningCertificate();
    const thumbprintSha256 = Buffer.from(thumbprint, 'base64url').toString('hex');
    const clientCertificate = { thumbprintSha256, privateKey };
    await expect(tokenOf({ clientCertificate })).rejects.toMatchObject({ errorNo: 700027 });
  });
});
