// Managed identities. MSAL keeps one source of their tokens per process, so that this file is one: it needs a process of its own.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Credential } from '../../src/identity/credential.ts';
import type { ManagedIdentityEndpoint } from '../../src/sandbox/managed-identity-endpoint.ts';
import { sentenceOf, startEntraSandbox, type EntraSandbox } from '../support/entra-sandbox.ts';

const ownId = '11111111-2222-3333-4444-555555555555';
const system: Credential = { kind: 'managedIdentity' };

let entra: EntraSandbox;
let endpoint: ManagedIdentityEndpoint;

beforeAll(async () => {
  entra = await startEntraSandbox();
  endpoint = await entra.sandbox.startManagedIdentity(['system', ownId]);
  vi.stubEnv('AZURE_POD_IDENTITY_AUTHORITY_HOST', endpoint.origin);
  // Nobody listens there: who went by the proxy would get no token.
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) {
    vi.stubEnv(name, 'http://127.0.0.1:9');
  }
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await endpoint[Symbol.asyncDispose]();
  await entra[Symbol.asyncDispose]();
});

let asked: number;

beforeEach(() => {
  asked = endpoint.requests.length;
});

const resource = () => ({ 'api-version': '2018-02-01', resource: entra.sandbox.graph });

describe('createTokenSource() asks the machine, and not Entra,', () => {
  test('for the identity of the system, and again when Graph refuses the token', async () => {
    const tokens = entra.createSource({ credential: system });
    const first = await tokens.token();
    if (first.kind === 'failure') throw new Error(first.description);
    tokens.reject(first);
    const second = await tokens.token();
    expect(second).toMatchObject({ kind: 'token' });
    expect(second).not.toMatchObject({ accessToken: first.accessToken });
    expect(endpoint.requests.slice(asked)).toEqual([resource(), resource()]);
  });

  test('for one that is assigned to it, beside others', async () => {
    const sources = [{ ...system, clientId: ownId } as const, system].map((credential) =>
      entra.createSource({ credential }),
    );
    const tokens = await Promise.all(sources.map((source) => source.token()));
    expect(tokens).toMatchObject([{ kind: 'token' }, { kind: 'token' }]);
    expect(endpoint.requests.slice(asked)).toEqual([
      { ...resource(), client_id: ownId },
      resource(),
    ]);
  });
});

describe('createTokenSource() says of a managed identity that', () => {
  test('the machine does not have it', async () => {
    const clientId = '99999999-2222-3333-4444-555555555555';
    const source = entra.createSource({ credential: { ...system, clientId } });
    expect(await sentenceOf(source)).toBe(
      'hold connection: This machine does not have the managed identity (no_managed_identity): assign the identity to it, and check credential.managedIdentity. Cause: Identity not found',
    );
  });

  test.each([
    ['has trouble of its own', { status: 500, body: '{}' }, 'retry: Entra is busy or has trouble'],
    ['is busy', { status: 429, body: '{}' }, 'retry: Entra is busy or has trouble'],
    ['answers with an empty token', { status: 200, body: '{}' }, 'retry: Entra gave no token'],
  ])('its endpoint %s, and asks once', async (_name, answer, sentence) => {
    endpoint.answers.push(answer);
    expect(await sentenceOf(entra.createSource({ credential: system }))).toContain(sentence);
    expect(endpoint.requests).toHaveLength(asked + 1);
  });

  test('its endpoint does not answer', async () => {
    await endpoint[Symbol.asyncDispose]();
    const sentence = await sentenceOf(entra.createSource({ credential: system }));
    expect(sentence).toContain(
      'retry: The managed identity endpoint of this machine did not answer',
    );
    expect(sentence).toContain('Cause: No answer from the endpoint:');
  });
});

test('a managed identity never asks Entra, and never over a proxy', () => {
  expect(endpoint.requests.length).toBeGreaterThan(0);
  expect(entra.sandbox.violations).toEqual([]);
  expect(entra.forms()).toEqual([]);
});
