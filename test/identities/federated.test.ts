// Workload identity: a token of another issuer, in a file that the platform writes anew.
import { generateKeyPairSync, sign } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { sentenceOf, startEntraSandbox, type EntraSandbox } from '../support/entra-sandbox.ts';

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const issuer = 'https://oidc.example.com/cluster/';
const subject = 'system:serviceaccount:mail:graphpost';

let entra: EntraSandbox;
let file: string;

beforeEach(async () => {
  entra = await startEntraSandbox();
  entra.sandbox.trustIssuer({ issuer, subject, publicKey: keys.publicKey });
  file = join(entra.folder, 'azure-identity-token');
  await writeFile(file, jwt());
});

afterEach(async () => {
  await entra[Symbol.asyncDispose]();
});

function jwt(changes: object = {}, privateKey = keys.privateKey): string {
  const seconds = Math.floor(entra.clock.time / 1000);
  const claims = {
    iss: issuer,
    sub: subject,
    aud: 'api://AzureADTokenExchange',
    iat: seconds,
    exp: seconds + 3_600,
    ...changes,
  };
  const parts = [{ alg: 'RS256', kid: '1' }, claims];
  const signed = parts
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

function source() {
  return entra.createSource({ credential: { kind: 'federatedToken', file } });
}

test('createTokenSource() proves the app with the token in the file, read again for each request', async () => {
  const tokens = source();
  const first = await tokens.token();
  if (first.kind === 'failure') throw new Error(first.description);
  const next = jwt({ jti: 'next' });
  await writeFile(file, `${next}\n`);
  tokens.reject(first);
  expect(await tokens.token()).toMatchObject({ kind: 'token' });
  expect(entra.forms()[0]).toMatchObject({
    client_id: entra.sandbox.clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });
  expect(entra.forms()[1]).toMatchObject({ client_assertion: next });
  expect(entra.sandbox.violations).toEqual([]);
});

test('config/sidecar.yaml takes all that a workload identity puts into the environment', async () => {
  const shipped = join(import.meta.dirname, '../../config/sidecar.yaml');
  const env = {
    AZURE_TENANT_ID: '11111111-2222-3333-4444-555555555555',
    AZURE_CLIENT_ID: '01234567-89ab-cdef-0123-456789abcdef',
    AZURE_FEDERATED_TOKEN_FILE: file,
    AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
  };
  const loading = loadConfig(shipped, { env });
  if (loading.kind === 'faulty')
    throw new Error(loading.faults.map(({ message }) => message).join());
  expect(loading.config.connections.get('microsoft365')).toMatchObject({
    tenant: env.AZURE_TENANT_ID,
    clientId: env.AZURE_CLIENT_ID,
    credential: { kind: 'federatedToken', file },
  });
  expect(loadConfig(shipped, { env: { ...env, AZURE_FEDERATED_TOKEN_FILE: '' } })).toMatchObject({
    kind: 'faulty',
    faults: [{ message: expect.stringContaining('exactly one of secret, certificate') }],
  });
});

describe('a file that is of no use holds the connection, and asks Entra for no token:', () => {
  test.each<[string, () => Promise<void>, string]>([
    ['missing', () => rm(file), `file "$FILE" is missing`],
    ['empty', () => writeFile(file, ''), 'file "$FILE" holds no token'],
    ['no token', () => writeFile(file, 'a.b.c'), 'file "$FILE" holds no token'],
    [
      'stale',
      () => writeFile(file, jwt({ exp: 1_000 })),
      'file "$FILE" ended at 1970-01-01T00:16:40',
    ],
  ])('%s', async (_name, spoil, cause) => {
    await spoil();
    const sentence = await sentenceOf(source());
    expect(sentence).toMatch(/^hold connection: There is no good federated token/);
    expect(sentence).toContain(cause.replace('$FILE', file));
    expect(sentence).toContain('check credential.federatedToken');
    expect(entra.forms()).toEqual([]);
  });

  test('and mail goes on when it is there', async () => {
    await rm(file);
    const tokens = source();
    await sentenceOf(tokens);
    await writeFile(file, jwt());
    entra.clock.time += 5_000;
    expect(await tokens.token()).toMatchObject({ kind: 'token' });
  });
});

test.each<[string, object, number]>([
  ['issuer', { iss: issuer.slice(0, -1) }, 700211],
  ['audience', { aud: 'api://AKSIdentityBinding' }, 700212],
  ['subject', { sub: 'system:serviceaccount:mail:default' }, 700213],
])(
  'a token of another %s holds the connection, and the sentence says what to compare',
  async (_name, changes, code) => {
    await writeFile(file, jwt(changes));
    const sentence = await sentenceOf(source());
    expect(sentence).toContain(`hold connection: No federated credential of the app fits`);
    expect(sentence).toContain(
      `(AADSTS${code}): compare issuer, with its final slash, subject and audience`,
    );
  },
);

test('a token with a forged signature is refused', async () => {
  const forged = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await writeFile(file, jwt({}, forged.privateKey));
  expect(await sentenceOf(source())).toContain('AADSTS50013');
});
