import { createHash, createPrivateKey, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commandLineToolsAppId } from './directory.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { createSigningCertificate, type SigningCertificate } from './signing-certificate.ts';
import { TestClient, type Reply } from './test-client.ts';

let sandbox: Sandbox;
let client: TestClient;

beforeEach(async () => {
  sandbox = await createSandbox({ now: Date.now });
  client = new TestClient(sandbox);
  sandbox.signIns.as('admin@contoso.com');
});

afterEach(() => sandbox[Symbol.asyncDispose]());

/** A token of an administrator who has consented to these. */
async function tokenWith(...permissions: string[]): Promise<string> {
  const scope = ['offline_access', ...permissions].join(' ');
  const form = { client_id: commandLineToolsAppId, client_secret: undefined, scope };
  const started = await post('organizations/oauth2/v2.0/devicecode', form);
  const device_code = String(memberOf(started, 'device_code'));
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  const granted = await client.token({ ...form, grant_type, device_code }, 'organizations');
  return String(memberOf(granted, 'access_token'));
}

function post(path: string, form: Readonly<Record<string, string | undefined>>): Promise<Reply> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) if (value) body.set(name, value);
  return client.call(`${sandbox.authority}/${path}`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
}

function memberOf(reply: Reply, name: string): unknown {
  return new Map(Object.entries(reply.json() ?? {})).get(name);
}

type Ask = (method: string, path: string, body?: object) => Promise<Reply>;

function askWith(token: string): Ask {
  return (method, path, body) =>
    client.call(`${sandbox.graph}/v1.0/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      ...(!body && method !== 'GET' && { body: '' }),
    });
}

async function asAdministrator(): Promise<Ask> {
  return askWith(await tokenWith('Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All'));
}

describe('the directory', () => {
  test.each([
    ['User.Read', 'GET', 403],
    ['Application.Read.All', 'GET', 200],
    ['Application.Read.All', 'DELETE', 403],
    ['Application.ReadWrite.All', 'DELETE', 204],
  ])('lets who has consented to %s %s: %d', async (permission, method, status) => {
    const ask = askWith(await tokenWith(permission));
    const reply = await ask(method, `applications(appId='${sandbox.clientId}')`);
    expect(reply.status).toBe(status);
  });

  test('lets an app ask for nothing, itself included', async () => {
    const reply = await client.graph(`/v1.0/applications(appId='${sandbox.clientId}')`);
    expect([reply.status, reply.code]).toEqual([403, 'Authorization_RequestDenied']);
  });

  test('finds apps by a tag', async () => {
    const ask = await asAdministrator();
    await ask('POST', 'applications', { displayName: 'One', tags: ["it's mine"] });
    const filter = encodeURIComponent("tags/any(t:t eq 'it''s mine')");
    const found = await ask('GET', `applications?$filter=${filter}`);
    expect(found.json()).toMatchObject({ value: [{ displayName: 'One' }] });
    expect((await ask('GET', 'applications?$filter=x')).status).toBe(400);
  });

  test('asks for tokens of version 2 where people have accounts of their own', async () => {
    const ask = await asAdministrator();
    const app = { displayName: 'x', signInAudience: 'PersonalMicrosoftAccount' };
    expect((await ask('POST', 'applications', app)).status).toBe(400);
    const api = { requestedAccessTokenVersion: 2 };
    expect((await ask('POST', 'applications', { ...app, api })).status).toBe(201);
  });

  test('does not know what is new for as many requests as it was told to', async () => {
    const ask = await asAdministrator();
    sandbox.directory.lagRequests = 1;
    const made = await ask('POST', 'applications', { displayName: 'x' });
    const body = { appId: String(memberOf(made, 'appId')) };
    const early = await ask('POST', 'servicePrincipals', body);
    expect(early.text).toContain('does not reference a valid application object');
    expect((await ask('POST', 'servicePrincipals', body)).status).toBe(201);
    expect((await ask('POST', 'servicePrincipals', body)).status).toBe(409);
  });

  test('gives no token to an app without a service principal', async () => {
    const ask = await asAdministrator();
    const made = await ask('POST', 'applications', { displayName: 'x' });
    const wish = { passwordCredential: { displayName: 'x' } };
    const secret = await ask(
      'POST',
      `applications/${String(memberOf(made, 'id'))}/addPassword`,
      wish,
    );
    const form = {
      client_id: String(memberOf(made, 'appId')),
      client_secret: String(memberOf(secret, 'secretText')),
    };
    expect((await client.token(form)).text).toContain('AADSTS7000229');
    await ask('POST', 'servicePrincipals', { appId: form.client_id });
    expect((await client.token(form)).status).toBe(200);
  });

  test('lets an app send as far as Entra or Exchange allow', async () => {
    const { directory } = sandbox;
    const clientId = 'c';
    const use = (mailbox: string) =>
      directory.mayUse(clientId, { permission: 'Mail.Send', mailbox });
    directory.grantInExchange(clientId, { roles: ['Mail.Send'], mailboxes: ['A@contoso.com'] });
    expect([use('a@contoso.com'), use('b@contoso.com')]).toEqual([true, false]);
    const { id: principalId } = directory.addServicePrincipal(clientId);
    const appRoleId = 'b633e1c5-b582-4048-a93e-9f11b44c7e96';
    directory.assignments.set('x', { id: 'x', principalId, resourceId: '', appRoleId });
    expect(use('b@contoso.com')).toBe(true);
  });
});

describe('keys of an app', () => {
  let certificate: SigningCertificate;
  let other: SigningCertificate;
  let id: string;

  beforeEach(async () => {
    [certificate, other] = [await createSigningCertificate(), await createSigningCertificate()];
    sandbox.registerCertificate(certificate.pem);
    [id = ''] = [...sandbox.directory.applications.keys()];
  });

  const seconds = () => Math.floor(Date.now() / 1_000);

  function proof(claims: object, { by = certificate }: { readonly by?: SigningCertificate } = {}) {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const all = {
      aud: '00000002-0000-0000-c000-000000000000',
      iss: id,
      nbf: seconds(),
      exp: seconds() + 600,
    };
    const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ ...all, ...claims })}`;
    const key = createPrivateKey(by.privateKey);
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }

  function addKey(jwt: string): Promise<Reply> {
    const key = other.pem.replaceAll(/-----.*-----|\s/g, '');
    const keyCredential = { type: 'AsymmetricX509Cert', usage: 'Verify', key };
    return client.post(`/v1.0/applications/${id}/addKey`, {
      keyCredential,
      passwordCredential: null,
      proof: jwt,
    });
  }

  test('are rolled by the app itself, with proof of one that is there', async () => {
    expect((await addKey(proof({}))).status).toBe(200);
    const [old, added] = sandbox.directory.applications.get(id)?.registration.keys ?? [];
    const body = { keyId: old?.keyId, proof: proof({}, { by: other }) };
    expect((await client.post(`/v1.0/applications/${id}/removeKey`, body)).status).toBe(204);
    const left = sandbox.directory.applications.get(id)?.registration.keys;
    expect(left).toEqual([added]);
  });

  test.each([
    ['for somebody else', () => proof({ aud: 'x' })],
    ['of the client id in place of the object id', () => proof({ iss: sandbox.clientId })],
    ['for too long', () => proof({ exp: seconds() + 700 })],
    ['that is over', () => proof({ nbf: seconds() - 900, exp: seconds() - 300 })],
    ['by a key that is not there', () => proof({}, { by: other })],
    ['that is none', () => 'x.y.z'],
  ])('take no proof %s', async (_, make) => {
    const reply = await addKey(make());
    expect([reply.status, reply.code]).toEqual([401, 'Authentication_MissingOrMalformed']);
  });

  test('are replaced as a whole list, in which those that are there go by their id', async () => {
    const ask = await asAdministrator();
    const [present] = sandbox.directory.applications.get(id)?.registration.keys ?? [];
    const key = other.pem.replaceAll(/-----.*-----|\s/g, '');
    const form = { type: 'AsymmetricX509Cert', usage: 'Verify' };
    const change = (keyCredentials: object[]) =>
      ask('PATCH', `applications/${id}`, { keyCredentials });
    expect((await change([{ ...form, keyId: present?.keyId, key }])).status).toBe(400);
    expect(
      (
        await change([
          { ...form, keyId: present?.keyId, key: null },
          { ...form, key },
        ])
      ).status,
    ).toBe(204);
    expect(sandbox.directory.applications.get(id)?.registration.keys).toHaveLength(2);
    const listed = await ask('GET', `applications/${id}?$select=id,keyCredentials`);
    expect(listed.text).toContain(key);
    expect((await ask('GET', `applications/${id}`)).text).not.toContain(key);
    expect((await change([{ ...form, key }])).status).toBe(204);
    const digests = sandbox.directory.applications
      .get(id)
      ?.registration.keys.map((one) =>
        createHash('sha256').update(one.certificate.raw).digest('base64url'),
      );
    expect(digests).toEqual([other.thumbprint]);
  });
});
