// Managed identities of App Service and of Azure Arc: what is really asked of the endpoint of the machine, by a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ManagedIdentityEndpoint } from '../../src/sandbox/managed-identity-endpoint.ts';
import { startEntraSandbox, type EntraSandbox } from '../support/entra-sandbox.ts';
import { whyNoSmallDisk } from '../support/small-disk.ts';

const ownId = '11111111-2222-3333-4444-555555555555';
const child = join(import.meta.dirname, '../support/managed-identity-child.ts');
/** Arc's secret lies where only the agent writes: it takes a name space with a file system of our own over that place. */
const whyNoArc = whyNoSmallDisk();
const skipped = whyNoArc === undefined ? '' : ` (skipped: ${whyNoArc})`;

let entra: EntraSandbox;
let endpoint: ManagedIdentityEndpoint;
let asked: number;

beforeAll(async () => {
  entra = await startEntraSandbox();
  endpoint = await entra.sandbox.startManagedIdentity(['system', ownId]);
});

afterAll(async () => {
  await endpoint[Symbol.asyncDispose]();
  await entra[Symbol.asyncDispose]();
});

beforeEach(() => {
  asked = endpoint.requests.length;
});

interface AskOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly clientId?: string;
  readonly launcher?: readonly string[];
}

/** What the process prints: `token`, or the outcome for the mail. */
async function ask({ env, clientId = '', launcher = [] }: AskOptions): Promise<string> {
  const line = [...launcher, process.execPath, child, entra.sandbox.graph, clientId];
  const [command = '', ...args] = line;
  // Nobody listens there: who went by the proxy would get no token.
  const proxies = { HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9' };
  const asking = spawn(command, args, { env: { ...process.env, ...proxies, ...env } });
  const [printed, errors] = await Promise.all([text(asking.stdout), text(asking.stderr)]);
  if (asking.exitCode === null) await once(asking, 'exit');
  return printed.trim() || errors;
}

function requests(): readonly Readonly<Record<string, string>>[] {
  return endpoint.requests.slice(asked);
}

describe('App Service, Functions and Container Apps', () => {
  const query = () => ({ 'api-version': '2019-08-01', resource: entra.sandbox.graph });

  test('give a token to who shows their header', async () => {
    expect(await ask({ env: endpoint.appService })).toBe('token');
    expect(requests()).toEqual([query()]);
  });

  test('give one of an identity that is assigned', async () => {
    expect(await ask({ env: endpoint.appService, clientId: ownId })).toBe('token');
    expect(requests()).toEqual([{ ...query(), client_id: ownId }]);
  });

  test('refuse who shows another header, and that holds the connection', async () => {
    const env = { ...endpoint.appService, IDENTITY_HEADER: 'another' };
    const outcome = await ask({ env });
    expect(outcome).toContain('"hold":"connection"');
    expect(outcome).toContain('Cause: The identity header is missing or wrong');
    expect(requests()).toHaveLength(1);
  });
});

describe('Azure Arc', () => {
  const query = () => ({ 'api-version': '2020-06-01', resource: entra.sandbox.graph });

  test('whose secret may not be read says what to do', async () => {
    const outcome = await ask({ env: endpoint.arc });
    expect(outcome).toContain('"hold":"connection"');
    expect(outcome).toContain('add its user to the group himds, and start it again');
    expect(requests()).toEqual([query()]);
  });

  test.skipIf(whyNoArc !== undefined).each([
    ['of the system', '', {}],
    ['that is assigned', ownId, { client_id: ownId }],
  ])(
    `gives a token of an identity %s to who has read its secret${skipped}`,
    async (_of, clientId, more) => {
      const { file, text: secret } = endpoint.arcSecret;
      const place = [
        'mount -t tmpfs tmpfs /var/opt',
        `mkdir -p "$(dirname ${file})"`,
        `printf %s "${secret}" > ${file}`,
        'exec "$@"',
      ].join(' && ');
      const launcher = ['unshare', '--mount', '--map-root-user', 'sh', '-c', place, 'sh'];
      expect(await ask({ env: endpoint.arc, clientId, launcher })).toBe('token');
      expect(requests()).toEqual([
        { ...query(), ...more },
        { ...query(), ...more },
      ]);
    },
  );
});

test('nobody asked Entra, or went over a proxy', () => {
  expect(entra.sandbox.violations).toEqual([]);
  expect(entra.forms()).toEqual([]);
});
