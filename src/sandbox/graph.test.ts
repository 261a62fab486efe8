import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { connectionLost, mail, readReply, TestClient } from './test-client.ts';

const start = Date.UTC(2026, 0, 1, 10);
const sendMailPath = '/v1.0/users/ann%40contoso.com/sendMail';
const body = Buffer.from(mail()).toString('base64');
const headers = { 'content-type': 'text/plain' };
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

describe('every answer of Graph', () => {
  test('has the ids of its request, and a date', async () => {
    const reply = await client.graph(sendMailPath, {
      headers: { ...headers, 'client-request-id': 'my-own' },
      body,
    });
    expect(reply.headers).toMatchObject({
      'client-request-id': 'my-own',
      'request-id': expect.stringMatching(
        /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/,
      ),
      date: 'Thu, 01 Jan 2026 10:00:00 GMT',
    });
  });

  test('repeats them in an error', async () => {
    const reply = await client.graph(sendMailPath, {
      headers: { ...headers, 'client-request-id': 'my-own' },
      body: '?',
    });
    expect(reply.json()).toEqual({
      error: {
        code: 'ErrorMimeContentInvalidBase64String',
        message: expect.any(String),
        innerError: {
          date: '2026-01-01T10:00:00',
          'request-id': reply.headers['request-id'],
          'client-request-id': 'my-own',
        },
      },
    });
  });
});

describe('Graph refuses', () => {
  test.each([
    ['no token', undefined],
    ['another scheme', 'Basic x'],
    ['a token that it does not know', 'Bearer x'],
    ['two tokens', 'Bearer x y'],
  ])('%s', async (_, authorization) => {
    const reply = await client.call(`${sandbox.graph}${sendMailPath}`, {
      headers: { ...headers, ...(authorization !== undefined && { authorization }) },
      body,
    });
    expect(reply).toMatchObject({ status: 401, code: 'InvalidAuthenticationToken' });
  });

  test('a body without a length, with 411', async () => {
    const reply = await client.graph(sendMailPath, { headers, body, chunked: true });
    expect(reply.status).toBe(411);
    expect(reply.headers['content-type']).toContain('text/html');
    expect(sandbox.mailbox.list()).toEqual([]);
  });

  test.each([
    [4_194_304, 202],
    [4_194_308, 413],
  ])('a body of more than 4 MiB: %i bytes are answered %i', async (length, status) => {
    const head = mail({ body: '' });
    const text = 'x'.repeat((length / 4) * 3 - head.length);
    const reply = await client.sendMime(head + text);
    expect(reply.status).toBe(status);
    expect(sandbox.mailbox.list()).toHaveLength(status === 202 ? 1 : 0);
  });

  test('a body that is too large before it has come', async () => {
    const call = await client.authorized({
      headers: { ...headers, 'content-length': '5000000' },
      method: 'POST',
    });
    const outgoing = client.open(`${sandbox.graph}${sendMailPath}`, call);
    outgoing.flushHeaders();
    const reply = await readReply(outgoing);
    outgoing.destroy();
    expect(reply.status).toBe(413);
    expect(reply.headers['content-type']).toContain('text/html');
  });

  test.each([
    ['/v1.0/users/ann%2Fsend@contoso.com/sendMail'],
    ['/v1.0/users/ann@contoso.com%2FsendMail/sendMail'],
    ['/v1.0/users/ann@contoso.com%3Fx=y/sendMail'],
    ['/v1.0/users/ann@contoso.com%23/sendMail'],
    ['/v1.0/users/ann%0d%0a@contoso.com/sendMail'],
    ['/v1.0/users/ann%zz@contoso.com/sendMail'],
    ['/v1.0/users/ceo@contoso.com/sendMail?x=y@z/sendMail'],
  ])('the path %s, and holds it against its sender', async (path) => {
    expect(await client.graph(path, { headers, body })).toMatchObject({
      status: 400,
      code: 'BadRequest',
    });
    expect(sandbox.violations).toEqual([expect.stringContaining(path.replace(/\?.*/, ''))]);
  });

  test.each([
    ['/v1.0/users/ann@contoso.com/sendmail', 400],
    ['/v1.0/users/ann@contoso.com/sendMail/', 400],
    ['/v1.0//users/ann@contoso.com/sendMail', 400],
    ['/v1.0/users/ann@contoso.com', 400],
    ['/v1.0/me/sendMail', 400],
    ['/beta/users/ann@contoso.com/sendMail', 400],
    ['/v1.0/users/ann@contoso.com/messages//send', 400],
    ['/v1.0/users/ann/sendMail', 404],
    ['/v1.0/users/@contoso.com/sendMail', 404],
  ])('the path %s with %i', async (path, status) => {
    expect((await client.graph(path, { headers, body })).status).toBe(status);
    expect(sandbox.mailbox.list()).toEqual([]);
  });

  test('a method that the resource does not have', async () => {
    expect(await client.graph(sendMailPath)).toMatchObject({ status: 405 });
  });

  test('what the app was not granted', async () => {
    sandbox.permissions.delete('Mail.ReadWrite');
    expect(await client.graph('/v1.0/users/ann@contoso.com/messages')).toMatchObject({
      status: 403,
      code: 'ErrorAccessDenied',
    });
    expect((await client.sendMime(mail())).status).toBe(202);
    sandbox.permissions.delete('Mail.Send');
    expect(await client.sendMime(mail())).toMatchObject({ status: 403, code: 'ErrorAccessDenied' });
  });

  test('a mailbox that does not exist, where it was told which do', async () => {
    await using other = await createSandbox({ now: () => now, users: ['Ann@contoso.com'] });
    const otherClient = new TestClient(other);
    expect((await otherClient.sendMime(mail())).status).toBe(202);
    const from = 'bob@contoso.com';
    expect(await otherClient.sendMime(mail({ from }), from)).toMatchObject({
      status: 404,
      code: 'ErrorInvalidUser',
    });
  });
});

describe('Graph throttles', () => {
  test('the fifth request at once for one mailbox, and no other mailbox', async () => {
    const gate = Promise.withResolvers<void>();
    sandbox.faults.next({ until: gate.promise }, { times: 4 });
    const first = Array.from({ length: 4 }, () => client.sendMime(mail()));
    await entered(4);
    const fifth = await client.sendMime(mail());
    expect(fifth).toMatchObject({ status: 429, code: 'ApplicationThrottled' });
    expect(fifth.headers['retry-after']).toBe('2');
    const from = 'cleo@contoso.com';
    expect((await client.sendMime(mail({ from }), from)).status).toBe(202);
    gate.resolve();
    expect((await Promise.all(first)).map((reply) => reply.status)).toEqual([202, 202, 202, 202]);
    expect(sandbox.violations).toEqual([expect.stringContaining('4 requests in flight')]);
  });

  test('nobody whose earlier requests were cut off', async () => {
    sandbox.faults.next({ cut: 'before' }, { times: 4 });
    for (let cut = 0; cut < 4; cut++) {
      await expect(client.sendMime(mail())).rejects.toThrow(connectionLost);
    }
    expect((await client.sendMime(mail())).status).toBe(202);
  });

  test('nobody whose earlier requests it refused unread', async () => {
    for (let refused = 0; refused < 5; refused++) {
      await client.graph(sendMailPath, { headers, body, chunked: true });
    }
    expect((await client.sendMime(mail())).status).toBe(202);
  });

  test('who comes before the end of a Retry-After, and holds it against him', async () => {
    sandbox.faults.next({ status: 429, headers: { 'Retry-After': '10' } });
    await client.sendMime(mail());
    now += 9_999;
    expect(await client.sendMime(mail())).toMatchObject({ status: 429, code: 'TooManyRequests' });
    expect(sandbox.violations).toEqual([expect.stringContaining('end of a Retry-After')]);
    now += 1_001;
    expect((await client.sendMime(mail())).status).toBe(202);
    expect(sandbox.violations).toHaveLength(1);
  });

  test('who does not wait after he was over the limits', async () => {
    const gate = Promise.withResolvers<void>();
    sandbox.faults.next({ until: gate.promise }, { times: 4 });
    const first = Array.from({ length: 4 }, () => client.sendMime(mail()));
    await entered(4);
    await client.sendMime(mail());
    gate.resolve();
    await Promise.all(first);
    now += 1_999;
    expect((await client.sendMime(mail())).status).toBe(429);
    expect(sandbox.violations[1]).toContain('1 ms before the end of a Retry-After');
  });

  test.each([
    ['integer', '2'],
    ['fractional', '2.128'],
    ['date', 'Thu, 01 Jan 2026 10:00:02 GMT'],
  ] as const)('with a Retry-After as %s', async (retryAfterForm, value) => {
    const limits = { retryAfterForm, concurrency: 0 };
    await using other = await createSandbox({ now: () => now, limits });
    const reply = await new TestClient(other).sendMime(mail());
    expect(reply.headers['retry-after']).toBe(value);
  });
});

/** Resolves when so many requests wait for their answer. */
async function entered(count: number): Promise<void> {
  while (sandbox.faults.pending > 0 || sandbox.requests.length < count) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a client that goes away before its body is whole', () => {
  test('leaves no message, and no request in flight', async () => {
    const call = await client.authorized({
      method: 'POST',
      headers: { ...headers, 'content-length': String(body.length) },
    });
    for (let gone = 0; gone < 5; gone++) {
      const outgoing = client.open(`${sandbox.graph}${sendMailPath}`, call);
      outgoing.write(body.slice(0, 10));
      await once(outgoing, 'socket');
      const before = sandbox.requests.length;
      while (sandbox.requests.length === before) await new Promise((go) => setImmediate(go));
      outgoing.destroy();
      while (sandbox.requests.at(-1)?.endedAt === undefined) {
        await new Promise((go) => setImmediate(go));
      }
    }
    expect(sandbox.requests.at(-1)).toMatchObject({ path: sendMailPath });
    expect(sandbox.requests.at(-1)).not.toHaveProperty('status');
    expect(sandbox.mailbox.list()).toEqual([]);
    expect((await client.sendMime(mail())).status).toBe(202);
    expect(sandbox.violations).toEqual([]);
  });
});
