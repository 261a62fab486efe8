import { createServer } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAlertReceiver, type AlertReceiver } from '../../test/support/alert-receiver.ts';
import { portOf, startHttpsServer } from '../../test/support/https-server.ts';
import { createWebhook, type WebhookOptions } from './post.ts';

let receiver: AlertReceiver;

beforeAll(async () => {
  receiver = await startAlertReceiver();
});

afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
});

const never = new AbortController();

async function post(options: Partial<WebhookOptions> = {}): Promise<string | undefined> {
  await using webhook = createWebhook({
    url: receiver.url,
    allowLocal: true,
    env: {},
    ...options,
  });
  return await webhook.post({ hello: 'world' }, never);
}

describe('createWebhook()', () => {
  test('posts JSON', async () => {
    receiver.answer(200);
    expect(await post()).toBeUndefined();
    expect(receiver.bodies.at(-1)).toEqual({ hello: 'world' });
  });

  test.each([
    [400, 'The answer was HTTP 400'],
    [500, 'The answer was HTTP 500'],
  ])('says that it was refused with %i', async (status, words) => {
    receiver.answer(status);
    expect(await post()).toBe(words);
  });

  test.each([301, 302, 307, 308])('does not follow a redirect of %i', async (status) => {
    const before = receiver.requests();
    receiver.answer(status, { location: receiver.url });
    expect(await post()).toMatch(`HTTP ${status}, a redirect, which is not followed`);
    expect(receiver.requests()).toBe(before + 1);
  });

  test('refuses this machine, by address and by name, unless it is allowed', async () => {
    const before = receiver.requests();
    expect(await post({ allowLocal: false })).toMatch(/allowLocal/);
    const url = receiver.url.replace('127.0.0.1', 'localhost');
    expect(await post({ allowLocal: false, url })).toMatch(/allowLocal/);
    expect(receiver.requests()).toBe(before);
  });

  test('says so, without the URL, when nobody answers in time', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = `http://127.0.0.1:${portOf(silent)}/hunter2`;
    const fault = await post({ url, timeoutMs: 50 });
    silent.closeAllConnections();
    silent.close();
    expect(fault).toBe('There was no answer within 50 ms');
  });

  test('gives nothing to a server whose certificate nobody vouches for', async () => {
    const asked: unknown[] = [];
    await using server = await startHttpsServer((request, response) => {
      asked.push(request.url);
      response.end();
    });
    const fault = await post({ url: `${server.origin}/hunter2` });
    expect(fault).toMatch(/^The request failed: .*SELF_SIGNED/);
    expect(asked).toEqual([]);
  });

  test('goes through the proxy that the environment names', async () => {
    const asked: string[] = [];
    const proxy = createServer().listen(0, '127.0.0.1');
    proxy.on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await once(proxy, 'listening');
    const env = { HTTPS_PROXY: `127.0.0.1:${portOf(proxy)}` };
    const url = 'https://hooks.example.com/hunter2';
    const fault = await post({ url, env, allowLocal: false });
    proxy.close();
    expect(asked).toEqual(['hooks.example.com:443']);
    expect(fault).not.toContain('hunter2');
    expect(fault).toBeDefined();
  });

  test('is not made with a proxy that is no URL', () => {
    const options = { url: receiver.url, allowLocal: true, env: { HTTPS_PROXY: 'http://' } };
    expect(() => createWebhook(options)).toThrow('HTTPS_PROXY is no URL');
  });
});
