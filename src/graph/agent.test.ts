import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { portOf, startHttpsServer, type TestServer } from '../../test/support/https-server.ts';
import { openTunnel } from '../../test/support/tunnel.ts';
import { createAgent, type AgentOptions, type GraphAgent } from './agent.ts';
import { startDeadline } from './deadline.ts';
import { exchange } from './exchange.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startHttpsServer((incoming, response) => {
    incoming.resume();
    response.end(incoming.headers['proxy-authorization'] ?? 'hello');
  });
});
afterAll(() => server[Symbol.asyncDispose]());

/** A proxy that does `act` with each CONNECT. Returns its port, and what CONNECT named and carried. */
async function startProxy(act: (request: IncomingMessage, socket: Duplex) => void) {
  const connects: { readonly target: string; readonly authorization: string | undefined }[] = [];
  const sockets = new Set<Duplex>();
  const proxy = createServer((_request, response) => void response.writeHead(500).end());
  proxy.on('connect', (incoming: IncomingMessage, socket: Duplex) => {
    sockets.add(socket.on('error', () => {}));
    const authorization = incoming.headers['proxy-authorization'];
    connects.push({ target: incoming.url ?? '', authorization });
    act(incoming, socket);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return { port: portOf(proxy), connects };
}

function agentFor(env: AgentOptions['env']) {
  const agent = createAgent({ ca: server.ca, connections: 1, env });
  onTestFinished(() => agent[Symbol.asyncDispose]());
  return agent;
}

async function get(env: AgentOptions['env']): Promise<string> {
  const { body } = await request(server.origin, { dispatcher: agentFor(env) });
  return body.text();
}

/** Posts one byte; patience ends when `wait` resolves. */
async function post(agent: GraphAgent, wait: () => Promise<void> = () => new Promise(() => {})) {
  const { signal } = new AbortController();
  using deadline = startDeadline({ clock: { now: () => 0, wait }, deadlineMs: 1, signal });
  const body = {
    contentLength: 1,
    async *open() {
      yield Buffer.alloc(1);
    },
  };
  const order = { method: 'POST', url: server.origin, headers: {}, body } as const;
  return await exchange(order, { agent, deadline });
}

describe('createAgent()', () => {
  test('trusts the authority that it was given', async () => {
    expect(await get({})).toBe('hello');
  });

  test.each(['HTTPS_PROXY', 'https_proxy'])(
    'goes through the proxy of %s by CONNECT, which gets user and password, and the server does not',
    async (name) => {
      const { port, connects } = await startProxy(openTunnel);
      expect(await get({ [name]: `http://us%40er:pa55@127.0.0.1:${port}` })).toBe('hello');
      const authorization = `Basic ${Buffer.from('us@er:pa55').toString('base64')}`;
      expect(connects).toEqual([{ target: new URL(server.origin).host, authorization }]);
    },
  );

  test('takes a proxy without a scheme', async () => {
    const { port, connects } = await startProxy(openTunnel);
    expect(await get({ HTTPS_PROXY: `127.0.0.1:${port}` })).toBe('hello');
    expect(connects).toHaveLength(1);
  });

  test.each(['NO_PROXY', 'no_proxy'])('goes past the proxy to hosts of %s', async (name) => {
    const { port, connects } = await startProxy(openTunnel);
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}`, [name]: 'other.example,127.0.0.1' };
    expect(await get(env)).toBe('hello');
    expect(connects).toEqual([]);
  });

  test('sends nothing through the proxy of HTTP_PROXY', async () => {
    const { port, connects } = await startProxy(openTunnel);
    expect(await get({ HTTP_PROXY: `http://127.0.0.1:${port}` })).toBe('hello');
    expect(connects).toEqual([]);
  });

  test.each(['http://', '://', 'http://user:pa55@'])(
    'throws without its value when HTTPS_PROXY is %s',
    (text) => {
      expect(() => createAgent({ connections: 1, env: { HTTPS_PROXY: text } })).toThrow(
        'The environment variable HTTPS_PROXY is no URL',
      );
    },
  );
});

describe('exchange() through a proxy', () => {
  test.each([407, 403, 502])('was not sent when the proxy answers %i', async (status) => {
    const { port } = await startProxy((_request, socket) =>
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`),
    );
    expect(await post(agentFor({ HTTPS_PROXY: `http://127.0.0.1:${port}` }))).toMatchObject({
      kind: 'noAnswer',
      code: `PROXY_${status}`,
      givenBytes: 0,
      whole: false,
    });
  });

  test('was not sent when the proxy cuts the connection', async () => {
    const { port } = await startProxy((_request, socket) => socket.destroy());
    expect(await post(agentFor({ HTTPS_PROXY: `http://127.0.0.1:${port}` }))).toMatchObject({
      kind: 'noAnswer',
      givenBytes: 0,
      whole: false,
    });
  });

  test('was not sent when the proxy never answers, and the next request gets through', async () => {
    const asked = Promise.withResolvers<void>();
    let connects = 0;
    const { port } = await startProxy((incoming, socket) => {
      connects += 1;
      if (connects > 1) return openTunnel(incoming, socket);
      asked.resolve();
    });
    const agent = agentFor({ HTTPS_PROXY: `http://127.0.0.1:${port}` });
    expect(await post(agent, () => asked.promise)).toMatchObject({
      kind: 'noAnswer',
      cause: 'timeout',
      givenBytes: 0,
      whole: false,
    });
    expect(await post(agent)).toMatchObject({ kind: 'answer', status: 200 });
  });
});

describe('GraphAgent', () => {
  test('lease() gives a fresh dispatcher after abandon(), and one for all that abandon it', () => {
    const agent = agentFor({});
    using first = agent.lease();
    using second = agent.lease();
    expect(second.dispatcher).toBe(first.dispatcher);
    first.abandon();
    using third = agent.lease();
    second.abandon();
    using fourth = agent.lease();
    expect(third.dispatcher).not.toBe(first.dispatcher);
    expect(fourth.dispatcher).toBe(third.dispatcher);
  });

  test('destroys an abandoned dispatcher when its last request is over', () => {
    const agent = agentFor({});
    const first = agent.lease();
    const second = agent.lease();
    const { dispatcher } = first;
    first.abandon();
    first[Symbol.dispose]();
    expect(dispatcher).toHaveProperty('destroyed', false);
    second[Symbol.dispose]();
    expect(dispatcher).toHaveProperty('destroyed', true);
  });

  test('replace() lets requests that are under way end', () => {
    const agent = agentFor({});
    const lease = agent.lease();
    agent.replace();
    expect(lease.dispatcher).toHaveProperty('destroyed', false);
    lease[Symbol.dispose]();
    expect(lease.dispatcher).toHaveProperty('destroyed', true);
  });
});
