// From the configuration to the identity of a connection.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { appOf } from '../../src/gateway-identity.ts';
import { writeConfig } from '../support/gateway.ts';

const clientId = '01234567-89ab-cdef-0123-456789abcdef';
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function load(connection: string, files: Readonly<Record<string, string>> = {}) {
  const { file, folder } = await writeConfig({
    connections: `connections: { main: { type: graph, ${connection} } }`,
    tokenCache: 'tokenCache: { file: data/tokens, key: a key that nobody can guess }',
  });
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const loaded = loadConfig(file, { env: {} });
  if (loaded.kind === 'faulty') throw new Error(loaded.faults.map(({ message }) => message).join());
  const config = loaded.config.connections.get('main');
  if (config?.type !== 'graph') throw new Error('The connection is of another type');
  return { config, app: appOf(config, loaded), folder };
}

describe('a connection with an account', () => {
  test('is of a personal one without a tenant, a public client, and sends from its mailbox', async () => {
    const { config, app, folder } = await load(
      `account: someone@outlook.com, clientId: ${clientId}`,
    );
    expect(config.sendAs).toEqual({ kind: 'mailbox', mailbox: 'someone@outlook.com' });
    expect(app).toMatchObject({
      tenant: 'consumers',
      clientId,
      credential: { kind: 'none' },
      user: {
        account: 'someone@outlook.com',
        permissions: ['Mail.Send', 'Mail.ReadWrite'],
        tokenCache: { file: join(folder, 'data/tokens'), key: 'a key that nobody can guess' },
      },
    });
  });

  test('has its tenant, its credential and its other mailboxes, and asks for no more than it uses', async () => {
    const { config, app } = await load(
      `account: ann@contoso.com, tenant: contoso.com, clientId: ${clientId}, credential: { secret: hunter2 }, redirectUri: "http://localhost:8026/back", sendAs: shared@contoso.com, largeMessages: false`,
    );
    expect(config).toMatchObject({
      sendAs: { kind: 'mailbox', mailbox: 'shared@contoso.com' },
      redirectUri: 'http://localhost:8026/back',
    });
    expect(app).toMatchObject({
      tenant: 'contoso.com',
      credential: { kind: 'secret', secret: 'hunter2' },
      user: { permissions: ['Mail.Send'] },
    });
  });
});

test.each([
  ['system', {}],
  [clientId, { clientId }],
])('a managed identity (%s) needs no tenant and no app', async (identity, more) => {
  const { app } = await load(`credential: { managedIdentity: ${identity} }`);
  expect(app).toMatchObject({
    clientId: identity,
    credential: { kind: 'managedIdentity', ...more },
  });
  expect(app.user).toBeUndefined();
});

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

test.each([
  ['alone', pem, false],
  ['with its chain', pem + pem, true],
  ['that is missing', '', false],
])('a certificate %s is sent along where it has a chain', async (_name, text, sendCertificate) => {
  const { app } = await load(
    `tenant: contoso.com, clientId: ${clientId}, credential: { certificate: { cert: app.crt, key: app.key } }`,
    text === '' ? {} : { 'app.crt': text },
  );
  expect(app.credential).toMatchObject({ kind: 'certificate', certPem: text, sendCertificate });
});
