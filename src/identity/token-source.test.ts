import { createPrivateKey, createPublicKey, verify, X509Certificate, constants } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Agent } from 'undici';
import { describe, expect, test } from 'vitest';
import { createCertificate, startHttpsServer } from '../../test/support/https-server.ts';
import type { TokenFailure } from '../relay/ports.ts';
import type { Credential } from './credential.ts';
import { createTokenSource } from './token-source.ts';

/** Making an RSA key takes its time. */
const appCertificate = await createCertificate('rsa');

const secret: Credential = { kind: 'secret', secret: 'pa55~word' };

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

/** A token endpoint that answers `answers` in order, and then always the last. */
async function startEntra(...answers: readonly Answer[]) {
  const requests: string[] = [];
  const forms: URLSearchParams[] = [];
  const server = await startHttpsServer(async (request, response) => {
    // MSAL adds an id of the request as a query.
    requests.push(`${request.method} ${request.url?.split('?')[0]}`);
    if (request.method === 'GET') return reply(response, { status: 200, body: metadata() });
    forms.push(new URLSearchParams(await text(request)));
    const answer = answers[Math.min(forms.length, answers.length) - 1];
    if (answer) reply(response, answer);
  });
  function metadata(): string {
    const base = `${server.origin}/contoso.example`;
    return JSON.stringify({
      token_endpoint: `${base}/oauth2/v2.0/token`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      issuer: `${base}/v2.0`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
    });
  }
  return { ...server, requests, forms, [Symbol.asyncDispose]: server[Symbol.asyncDispose] };
}

function reply(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

function tokenAnswer(accessToken: string): Answer {
  const body = { token_type: 'Bearer', expires_in: 3599, access_token: accessToken };
  return { status: 200, body: JSON.stringify(body) };
}

function refusal(code: number, options: Partial<Answer> & { error?: string } = {}): Answer {
  const body = {
    error: options.error ?? 'invalid_client',
    error_description: `AADSTS${code}: Said by Entra.\r\nTrace ID: 1-2-3 Correlation ID: 4-5-6 Timestamp: 2026-11-22 17:00:00Z`,
    error_codes: [code],
  };
  return { status: 401, body: JSON.stringify(body), ...options };
}

/** A clock that stands still; a wait ends by abort, or by `endWaits`. */
function createClock() {
  const waits = new Set<() => void>();
  const clock = {
    time: Date.now(),
    now: () => clock.time,
    wait(_delayMs: number, { signal }: { readonly signal: AbortSignal }) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waits.add(resolve);
      signal.addEventListener('abort', () => resolve());
      return promise;
    },
    endWaits() {
      for (const end of waits) end();
    },
  };
  return clock;
}

function setUp(entra: { origin: string; ca: string }, credential: Credential = secret) {
  const clock = createClock();
  const requestedOf: string[] = [];
  const events: { connection: string; result: string; diagnostic?: string }[] = [];
  const deadlines: string[] = [];
  const dispatcher = new Agent({ connect: { ca: entra.ca }, allowH2: false }).compose(
    (dispatch) => (options, handler) => {
      requestedOf.push(String(options.origin));
      return dispatch(options, handler);
    },
  );
  const source = createTokenSource({
    connection: 'main',
    authority: entra.origin,
    tenant: 'contoso.example',
    clientId: '01234567-89ab-cdef-0123-456789abcdef',
    graph: 'https://graph.example',
    credential,
    dispatcher,
    clock,
    events: { tokenRequested: (event) => events.push(event) },
    onDeadline: () => deadlines.push('deadline'),
  });
  async function failure(): Promise<TokenFailure> {
    const got = await source.token();
    if (got.kind === 'token') throw new Error('A token, where a failure was expected');
    return got;
  }
  return { source, failure, clock, events, deadlines, requestedOf };
}

describe('createTokenSource()', () => {
  test('asks the authority for metadata and for a token, and no other host for anything', async () => {
    await using entra = await startEntra(tokenAnswer('first'), tokenAnswer('second'));
    const { source, clock, requestedOf, events } = setUp(entra);
    const first = await source.token();
    if (first.kind === 'failure') throw new Error(first.description);
    source.reject(first);
    expect(await source.token()).toMatchObject({ kind: 'token', accessToken: 'second' });
    expect(entra.requests).toEqual([
      'GET /contoso.example/v2.0/.well-known/openid-configuration',
      'POST /contoso.example/oauth2/v2.0/token',
      'POST /contoso.example/oauth2/v2.0/token',
    ]);
    expect(new Set(requestedOf)).toEqual(new Set([entra.origin]));
    expect(first).toMatchObject({ accessToken: 'first' });
    expect(first.expiresAt).toBeGreaterThan(clock.time + 3_000_000);
    expect(events).toEqual([
      { connection: 'main', result: 'success', expiresAt: expect.any(Number) },
      { connection: 'main', result: 'success', expiresAt: expect.any(Number) },
    ]);
  });

  test('proves itself with the secret, for the scope of that Graph', async () => {
    await using entra = await startEntra(tokenAnswer('t'));
    await setUp(entra).source.token();
    expect(Object.fromEntries(entra.forms[0] ?? [])).toMatchObject({
      grant_type: 'client_credentials',
      client_id: '01234567-89ab-cdef-0123-456789abcdef',
      client_secret: 'pa55~word',
      scope: expect.stringContaining('https://graph.example/.default'),
    });
  });

  test('proves itself with a certificate: PS256, SHA-256 thumbprint, no x5c', async () => {
    await using entra = await startEntra(tokenAnswer('t'));
    const { certPem, keyPem } = appCertificate;
    await setUp(entra, { kind: 'certificate', certPem, keyPem }).source.token();
    const [head = '', payload = '', signature = ''] = (
      entra.forms[0]?.get('client_assertion') ?? ''
    ).split('.');
    const thumbprint = new X509Certificate(certPem).fingerprint256.replaceAll(':', '');
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({
      alg: 'PS256',
      typ: 'JWT',
      'x5t#S256': Buffer.from(thumbprint, 'hex').toString('base64url'),
    });
    const key = {
      key: createPublicKey(certPem),
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    };
    const signed = Buffer.from(`${head}.${payload}`);
    expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  test('sends the certificate along where that is asked for, and reads an encrypted key', async () => {
    await using entra = await startEntra(tokenAnswer('t'));
    const { certPem, keyPem } = appCertificate;
    const encrypted = createPrivateKey(keyPem).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open',
    });
    const credential: Credential = {
      kind: 'certificate',
      certPem,
      keyPem: encrypted.toString(),
      passphrase: 'open',
      sendCertificate: true,
    };
    expect(await setUp(entra, credential).source.token()).toMatchObject({ kind: 'token' });
    const [head = ''] = (entra.forms[0]?.get('client_assertion') ?? '').split('.');
    const { x5c } = JSON.parse(Buffer.from(head, 'base64url').toString());
    expect(x5c).toEqual([new X509Certificate(certPem).raw.toString('base64')]);
  });
});

describe('createTokenSource() reports', () => {
  test('a refusal with its OAuth error, numbers and reason, without the ids of the request', async () => {
    await using entra = await startEntra(refusal(7000215));
    const { failure, events } = setUp(entra);
    const told = await failure();
    expect(told).toEqual({
      kind: 'failure',
      error: 'invalid_client',
      codes: [7000215],
      description: 'AADSTS7000215: Said by Entra.',
      httpStatus: 401,
    });
    const diagnostic = 'invalid_client: AADSTS7000215: Said by Entra.';
    expect(events).toEqual([{ connection: 'main', result: 'failure', diagnostic, failure: told }]);
  });

  test('no secret, even where Entra repeats it', async () => {
    const body = JSON.stringify({ error: 'invalid_client', error_description: 'Not pa55~word' });
    await using entra = await startEntra({ status: 401, body });
    const { failure, events } = setUp(entra);
    expect(await failure()).toMatchObject({ description: 'Not [secret]' });
    expect(JSON.stringify(events)).not.toContain('pa55~word');
  });

  test('an unknown tenant with what Entra says of it', async () => {
    const body = { error: 'invalid_tenant', error_description: 'AADSTS90002: Tenant not found.' };
    await using entra = await startHttpsServer((_request, response) =>
      reply(response, { status: 400, body: JSON.stringify(body) }),
    );
    expect(await setUp(entra).failure()).toMatchObject({
      error: 'invalid_tenant',
      codes: [90002],
      httpStatus: 400,
    });
  });

  test.each([
    ['503', { status: 503, body: '' }, { error: 'unreadable', httpStatus: 503 }],
    [
      '429 with Retry-After',
      refusal(50196, {
        status: 429,
        headers: { 'retry-after': '2.5' },
        error: 'temporarily_unavailable',
      }),
      { error: 'temporarily_unavailable', httpStatus: 429, retryAfterMs: 2_500 },
    ],
    ['200 with HTML', { status: 200, body: '<html>' }, { error: 'unreadable', httpStatus: 200 }],
    ['500 with HTML', { status: 500, body: '<html>' }, { error: 'unreadable', httpStatus: 500 }],
    ['200 with an empty token', tokenAnswer(''), { error: 'empty_token' }],
    ['200 with {}', { status: 200, body: '{}' }, { error: 'empty_token' }],
  ])('%s, and asks again after the rest', async (_name, answer: Answer, expected) => {
    await using entra = await startEntra(answer, tokenAnswer('later'));
    const { source, failure, clock } = setUp(entra);
    expect(await failure()).toMatchObject(expected);
    expect(await failure()).toMatchObject(expected);
    expect(entra.forms).toHaveLength(1);
    clock.time += 5_000;
    expect(await source.token()).toMatchObject({ accessToken: 'later' });
  });

  test('a refusal with Retry-After, and asks again when its time has come', async () => {
    const answer = refusal(90033, { status: 400, headers: { 'retry-after': '30' } });
    await using entra = await startEntra(answer, tokenAnswer('later'));
    const { source, failure, clock } = setUp(entra);
    expect(await failure()).toMatchObject({ retryAfterMs: 30_000 });
    clock.time += 30_000;
    expect(await source.token()).toMatchObject({ accessToken: 'later' });
  });

  test('a refused connection as trouble of the network', async () => {
    const entra = await startEntra();
    await entra[Symbol.asyncDispose]();
    expect(await setUp(entra).failure()).toMatchObject({
      error: 'network',
      codes: [],
      description: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('a certificate that is not trusted as trouble of the network', async () => {
    await using entra = await startEntra();
    const { certPem } = await createCertificate('ec');
    expect(await setUp({ origin: entra.origin, ca: certPem }).failure()).toMatchObject({
      error: 'network',
      description: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
    });
  });

  test('an answer that never comes when the deadline is over, and says so to the owner of the agent', async () => {
    const asked = Promise.withResolvers<void>();
    await using entra = await startHttpsServer(() => asked.resolve());
    const { failure, clock, deadlines } = setUp(entra);
    const failing = failure();
    await asked.promise;
    clock.endWaits();
    expect(await failing).toMatchObject({
      error: 'network',
      description: 'No answer from Entra: Nothing within 15 s',
    });
    expect(deadlines).toEqual(['deadline']);
  });
});

describe('createTokenSource() says of a certificate that cannot be used', () => {
  async function descriptionOf(parts: Partial<Extract<Credential, { kind: 'certificate' }>>) {
    const entra = { origin: 'https://127.0.0.1:1', ca: appCertificate.certPem };
    const credential: Credential = { kind: 'certificate', ...appCertificate, ...parts };
    const { failure, requestedOf } = setUp(entra, credential);
    const { error, description } = await failure();
    expect(error).toBe('unusable_credential');
    expect(requestedOf).toEqual([]);
    return description;
  }

  test('that the certificate is none', async () => {
    expect(await descriptionOf({ certPem: 'nonsense' })).toContain('certificate cannot be read');
  });

  test('that the key is none', async () => {
    expect(await descriptionOf({ keyPem: 'nonsense' })).toContain('private key cannot be read');
  });

  test.each([{ certPem: '' }, { keyPem: '' }])('that a file is missing: %j', async (parts) => {
    expect(await descriptionOf(parts)).toContain('is missing or empty');
  });

  test('that the key is not RSA', async () => {
    expect(await descriptionOf(await createCertificate('ec'))).toContain('must be RSA');
  });

  test('that it does not belong to the key', async () => {
    const { keyPem } = await createCertificate('rsa');
    expect(await descriptionOf({ keyPem })).toContain('do not belong together');
  });
});
