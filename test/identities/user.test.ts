// Connections that send as a user: signing in, staying signed in, and every way in which that ends.
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startLoopback } from '../../src/identity/loopback.ts';
import { signInByBrowser, signInByDeviceCode } from '../../src/identity/sign-in.ts';
import { TokenCache } from '../../src/identity/token-cache.ts';
import type { UserOptions } from '../../src/identity/user-application.ts';
import { freePort } from '../support/free-port.ts';
import { TestClient } from '../../src/sandbox/test-client.ts';
import {
  failureOf,
  sentenceOf,
  startEntraSandbox,
  type EntraSandbox,
} from '../support/entra-sandbox.ts';

const account = 'someone@outlook.com';
const key = 'a key that nobody can guess';
const hour = 3_600_000;

let entra: EntraSandbox;
let file: string;

beforeEach(async () => {
  entra = await startEntraSandbox();
  file = join(entra.folder, 'data/tokens');
  entra.sandbox.signIns.as(account, 'Some One');
});

afterEach(async () => {
  await entra[Symbol.asyncDispose]();
});

function userOptions(changes: Partial<UserOptions['user']> = {}, more: Partial<UserOptions> = {}) {
  return {
    ...entra.sandbox,
    tenant: 'consumers',
    connection: 'personal',
    credential: { kind: 'none' } as const,
    dispatcher: entra.agent,
    clock: entra.clock,
    ...more,
    user: { account, permissions: ['Mail.Send'], cache: new TokenCache({ file, key }), ...changes },
  };
}

function source(changes: Partial<UserOptions['user']> = {}, more: Partial<UserOptions> = {}) {
  return entra.createSource(userOptions(changes, more));
}

async function signIn(options: UserOptions = userOptions()) {
  const result = await signInByDeviceCode(options, { show() {} });
  if (result.kind === 'failure') throw new Error(`${result.error}: ${result.description}`);
  return result;
}

/** What a browser does: it goes to the page, and where that sends it. */
async function visit(url: string): Promise<void> {
  const { headers } = await new TestClient(entra.sandbox).call(url);
  const { location } = headers;
  if (location === undefined) throw new Error('The page sent nobody anywhere');
  await new Promise((resolve, reject) => {
    get(location.replace('localhost', '127.0.0.1'), resolve).on('error', reject);
  });
}

async function signInAtBrowser(options: UserOptions, redirectUri?: string) {
  return await signInByBrowser(options, {
    ...(redirectUri !== undefined && { redirectUri }),
    open: (url) => void visit(url),
  });
}

describe('signInByDeviceCode()', () => {
  test('shows where to go, says who has signed in, and keeps what renews the token', async () => {
    const prompts: unknown[] = [];
    const result = await signInByDeviceCode(userOptions(), {
      show: (prompt) => prompts.push(prompt),
    });
    expect(result).toEqual({ kind: 'signedIn', username: account, name: 'Some One' });
    expect(prompts).toEqual([
      {
        verificationUri: 'https://microsoft.com/devicelogin',
        userCode: expect.stringMatching(/^[0-9A-F]{8}$/),
        expiresInSeconds: 900,
      },
    ]);
    expect(await source().token()).toMatchObject({ kind: 'token' });
    const [, renewal] = entra.forms();
    expect(renewal).toMatchObject({
      grant_type: 'refresh_token',
      client_id: entra.sandbox.clientId,
    });
    expect(renewal?.['scope']).toContain(`${entra.sandbox.graph}/Mail.Send`);
    expect(renewal).not.toHaveProperty('client_secret');
  });

  test.each([
    ['declined', () => entra.sandbox.signIns.decline(), 'declined'],
    [
      'the app takes no public clients',
      () => entra.sandbox.allowPublicClient(false),
      'AADSTS7000218',
    ],
  ])('says why nobody has signed in: %s', async (_name, spoil, reason) => {
    spoil();
    const result = await signInByDeviceCode(userOptions(), { show() {} });
    expect(result).toMatchObject({ kind: 'failure', description: expect.stringContaining(reason) });
    expect(await failureOf(source())).toMatchObject({ error: 'sign_in_needed' });
  });
});

describe('signInByBrowser()', () => {
  test('comes back to a free port of this machine, with PKCE, as a public client', async () => {
    expect(await signInAtBrowser(userOptions())).toMatchObject({
      kind: 'signedIn',
      name: 'Some One',
    });
    expect(entra.forms()[0]).toMatchObject({
      grant_type: 'authorization_code',
      code_verifier: expect.stringMatching(/^[\w-]{43,}$/),
      redirect_uri: expect.stringMatching(/^http:\/\/localhost:\d+$/),
    });
    expect(entra.sandbox.violations).toEqual([]);
    expect(await source().token()).toMatchObject({ kind: 'token' });
  });

  test('proves a confidential app with its secret, now and at each renewal', async () => {
    entra.sandbox.allowPublicClient(false);
    const secret = entra.sandbox.clientSecret;
    const credential = { kind: 'secret', secret } as const;
    const tenant = entra.sandbox.tenantDomain;
    const options = userOptions({}, { credential, tenant });
    expect(await signInAtBrowser(options)).toMatchObject({ kind: 'signedIn' });
    expect(await source({}, { credential, tenant }).token()).toMatchObject({ kind: 'token' });
    expect(entra.forms()).toMatchObject([{ client_secret: secret }, { client_secret: secret }]);
  });

  test('comes back to the redirectUri that is registered, whose port must be free', async () => {
    const redirectUri = `http://localhost:${await freePort()}/login/callback`;
    const signedIn = await signInAtBrowser(userOptions(), redirectUri);
    expect(signedIn).toMatchObject({ kind: 'signedIn' });
    expect(entra.forms()[0]).toMatchObject({ redirect_uri: redirectUri });
    await using taken = await startLoopback();
    expect(await signInAtBrowser(userOptions(), taken.redirectUri)).toMatchObject({
      kind: 'failure',
      description: expect.stringMatching(/^localhost:\d+ cannot be listened on: free the port/),
    });
  });

  test('says that the user has declined', async () => {
    entra.sandbox.signIns.decline();
    const result = await signInAtBrowser(userOptions());
    expect(result).toMatchObject({ kind: 'failure', error: 'user_consent_needed' });
  });

  test('takes no answer that does not know its state', async () => {
    const statuses: (number | undefined)[] = [];
    const result = await signInByBrowser(userOptions(), {
      open(url) {
        const back = new URL(new URL(url).searchParams.get('redirect_uri') ?? '');
        get(`http://127.0.0.1:${back.port}/?code=stolen&state=guessed`, ({ statusCode }) => {
          statuses.push(statusCode);
          void visit(url);
        });
      },
    });
    expect(result).toMatchObject({ kind: 'signedIn' });
    expect(statuses).toEqual([404]);
  });
});

describe('a sign-in that is ended', () => {
  test('by a code keeps nothing, whoever enters it afterwards', async () => {
    const ending = new AbortController();
    const { signal } = ending;
    const result = await signInByDeviceCode(userOptions(), { show: () => ending.abort(), signal });
    expect(result).toMatchObject({ kind: 'failure', error: 'sign_in_ended' });
    expect(await sentenceOf(source())).toContain('sign_in_needed');
  });

  test('in a browser frees its port', async () => {
    const redirectUri = `http://localhost:${await freePort()}/login/callback`;
    const ending = new AbortController();
    const { signal } = ending;
    const ended = await signInByBrowser(userOptions(), {
      redirectUri,
      open: () => ending.abort(),
      signal,
    });
    expect(ended).toMatchObject({ kind: 'failure', error: 'sign_in_ended' });
    expect(await signInAtBrowser(userOptions(), redirectUri)).toMatchObject({ kind: 'signedIn' });
  });

  test('before it began asks nobody', async () => {
    const signal = AbortSignal.abort();
    const result = await signInByDeviceCode(userOptions(), { show() {}, signal });
    expect(result).toMatchObject({ kind: 'failure', error: 'sign_in_ended' });
  });
});

describe('another account than the configured one', () => {
  test('is refused when it signs in, and not kept', async () => {
    entra.sandbox.signIns.as('other@outlook.com');
    expect(await signInByDeviceCode(userOptions(), { show() {} })).toMatchObject({
      error: 'other_account',
      description: `"other@outlook.com" has signed in, and the connection is for "${account}"`,
    });
    expect(await failureOf(source())).toMatchObject({ error: 'sign_in_needed' });
  });

  test('is another sign-in of its own', async () => {
    await signIn();
    expect(await failureOf(source({ account: 'other@outlook.com' }))).toMatchObject({
      description: 'Run "graphpost login personal", and sign in as other@outlook.com',
    });
  });
});

describe('a connection holds its mail, and names the command,', () => {
  const renewals = () =>
    entra.forms().filter((form) => form['grant_type'] === 'refresh_token').length;

  test('when nobody has signed in, without asking Entra', async () => {
    expect(await sentenceOf(source())).toBe(
      `hold connection: Nobody has signed in for the connection (sign_in_needed): sign in. Cause: Run "graphpost login personal", and sign in as ${account}`,
    );
    expect(entra.forms()).toEqual([]);
  });

  test.each([
    ['the sign-in was revoked', () => entra.sandbox.signIns.end(account, 'revoked'), 'AADSTS50173'],
    [
      'the sign-in has expired',
      () => entra.sandbox.signIns.end(account, 'expired'),
      'AADSTS700082',
    ],
    ['consent was taken away', () => entra.sandbox.signIns.withdrawConsent(account), 'AADSTS65001'],
  ])('when %s, and asks Entra no more until somebody signs in', async (_name, spoil, code) => {
    await signIn();
    spoil();
    const tokens = source();
    const sentence = await sentenceOf(tokens);
    expect(sentence).toMatch(/^hold connection: /);
    expect(sentence).toContain(code);
    expect(sentence).toContain('sign in again');
    expect(sentence).toContain('Run "graphpost login personal"');
    entra.clock.time += 5_000;
    expect(await sentenceOf(tokens)).toBe(sentence);
    expect(renewals()).toBe(1);
    await signIn();
    entra.clock.time += 10_000;
    expect(await tokens.token()).toMatchObject({ kind: 'token' });
  });

  test('when it asks for more than was consented to', async () => {
    await signIn();
    const sentence = await sentenceOf(source({ permissions: ['Mail.Send', 'Mail.ReadWrite'] }));
    expect(sentence).toContain(
      'hold connection: The user has not consented to all that the app asks',
    );
    expect(sentence).toContain('Run "graphpost login personal"');
  });
});

describe('a token', () => {
  test('is renewed by the newest refresh token, over restarts', async () => {
    await signIn();
    const first = source();
    await first.token();
    entra.clock.time += hour / 2 + 1;
    await first.token();
    await expect.poll(() => entra.forms().length).toBe(3);
    await expect.poll(() => source().token()).toMatchObject({ kind: 'token' });
    const used = entra
      .forms()
      .map((form) => form['refresh_token'])
      .filter(Boolean);
    expect(new Set(used).size).toBe(used.length);
  });

  test('is used until it ends while Entra is away, and one request is made at a time', async () => {
    await signIn();
    const tokens = source();
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => tokens.token()));
    expect(others).toEqual([first, first]);
    expect(entra.forms()).toHaveLength(2);
    entra.sandbox.faults.next({ status: 503 }, { on: 'token', times: 100 });
    entra.clock.time += 40 * 60_000;
    expect(await tokens.token()).toEqual(first);
    entra.clock.time += hour;
    expect(await sentenceOf(tokens)).toContain('retry: Entra is busy');
  });

  test('lets the app into the mailbox of its user alone', async () => {
    await signIn();
    const token = await source().token();
    if (token.kind === 'failure') throw new Error(token.description);
    const client = new TestClient(entra.sandbox);
    const headers = { authorization: `Bearer ${token.accessToken}`, 'content-type': 'text/plain' };
    const send = (path: string) =>
      client.call(`${entra.sandbox.graph}/v1.0/${path}/sendMail`, { headers, body: 'x' });
    expect((await send('me')).code).toBe('ErrorMimeContentInvalidBase64String');
    expect((await send('users/ann@contoso.com')).status).toBe(403);
  });
});

describe('the token cache', () => {
  test('is one encrypted file, 0600, that a restart and a renewal leave readable', async () => {
    await signIn();
    await source().token();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain(account);
    expect(text).not.toContain('efresh');
    expect(await source().token()).toMatchObject({ kind: 'token' });
  });

  test('of another key holds the connection, says so, and stays as it was', async () => {
    await signIn();
    const before = await readFile(file, 'utf8');
    const other = userOptions({ cache: new TokenCache({ file, key: 'another key' }) });
    const sentence = await sentenceOf(entra.createSource(other));
    expect(sentence).toContain('hold connection: The sign-ins cannot be read (token_cache)');
    expect(sentence).toContain(`"${file}" cannot be opened: it was made with another key`);
    expect(await signInByDeviceCode(other, { show() {} })).toMatchObject({ error: 'token_cache' });
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  test('that cannot be written costs no token', async () => {
    await signIn();
    const unsaved: unknown[] = [];
    // So long a name can be read, but there is no room for that of the temporary file.
    const longFile = join(dirname(file), 'x'.repeat(250));
    await rename(file, longFile);
    const cache = new TokenCache({ file: longFile, key });
    const tokens = source({ cache, onUnsaved: (error) => unsaved.push(error) });
    expect(await tokens.token()).toMatchObject({ kind: 'token' });
    expect(unsaved).toMatchObject([{ message: expect.stringContaining('cannot be written') }]);
  });

  test.each(['', '{}', 'null', '{"salt":"a","nonce":"b","data":"c"}'])(
    'that is damaged (%s) is a fault to see',
    async (text) => {
      await signIn();
      await writeFile(file, text);
      expect(await failureOf(source())).toMatchObject({ error: 'token_cache' });
    },
  );
});
