import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { requireKnownHost, requireSameOrigin } from './guard.ts';

describe('requireKnownHost()', () => {
  test.each([
    ['localhost:8025', 200],
    ['LOCALHOST', 200],
    ['127.0.0.1:8025', 200],
    ['[::1]:9000', 200],
    ['192.0.2.1:8025', 200],
    ['Relay.example.com:8025', 200],
    ['evil.example.net', 421],
    ['evil.example.net:8025', 421],
    ['localhost.evil.example.net:8025', 421],
    ['127.0.0.1.evil.example.net', 421],
    ['192.0.2.2:8025', 421],
    ['[::2]', 421],
    ['localhost@evil.example.net', 421],
    ['localhost:80:80', 421],
    ['', 421],
  ])('answers Host %j with %d', async (host, status) => {
    expect((await ask('192.0.2.1', host)).status).toBe(status);
  });

  test.each([
    ['0.0.0.0', '203.0.113.9:8025', 200],
    ['::', '[2001:db8::9]:8025', 200],
    ['0.0.0.0', 'localhost', 200],
    ['0.0.0.0', 'evil.example.net:8025', 421],
    ['127.0.0.1', '203.0.113.9:8025', 421],
  ])('on a server bound to %s answers Host %s with %d', async (bound, host, status) => {
    expect((await ask(bound, host)).status).toBe(status);
  });

  test('does not repeat the name that it refuses', async () => {
    const answer = await ask('127.0.0.1', 'evil.example.net');
    expect(await answer.text()).not.toContain('evil');
  });

  async function ask(bound: string, host: string): Promise<Response> {
    const app = new Hono().use(requireKnownHost({ host: bound, hostname: 'relay.example.com' }));
    app.get('/', (c) => c.text('ok'));
    return app.request('/', { headers: { Host: host } });
  }
});

describe('requireSameOrigin()', () => {
  test.each([
    [undefined, 200],
    ['http://localhost:8025', 200],
    ['https://localhost:8025', 200],
    ['http://localhost', 403],
    ['http://localhost:3000', 403],
    ['http://evil.example.net', 403],
    ['null', 403],
    ['', 403],
  ])('answers POST from %j with %d', async (origin, status) => {
    expect((await send('POST', origin)).status).toBe(status);
  });

  test.each(['GET', 'HEAD'])('lets %s pass from anywhere', async (method) => {
    expect((await send(method, 'http://evil.example.net')).status).toBe(200);
  });

  test.each(['PUT', 'DELETE', 'PATCH'])('stops %s from elsewhere', async (method) => {
    expect((await send(method, 'http://evil.example.net')).status).toBe(403);
  });

  async function send(method: string, origin: string | undefined): Promise<Response> {
    const app = new Hono().use(requireSameOrigin()).all('/', (c) => c.text('ok'));
    const headers = new Headers({ Host: 'localhost:8025' });
    if (origin !== undefined) headers.set('Origin', origin);
    return app.request('/', { method, headers });
  }
});
