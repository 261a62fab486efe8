import { Hono } from 'hono';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { bindPort, type BoundPort } from './serve.ts';

const here = { host: '127.0.0.1', port: 0 };

describe('bindPort()', () => {
  const servers: BoundPort[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  const app = new Hono().get('/', (c) => c.text(`hello ${c.req.header('Host')}`));

  async function serve(closeGraceMs = 2_000): Promise<BoundPort> {
    const server = await bindPort({ ...here, closeGraceMs });
    servers.push(server);
    server.serve(app);
    return server;
  }

  test('serves the app at the port that it says', async () => {
    const { address } = await serve();
    expect(address.host).toBe('127.0.0.1');
    const answer = await fetch(`http://127.0.0.1:${address.port}/`);
    expect(await answer.text()).toBe(`hello 127.0.0.1:${address.port}`);
  });

  test('lets requests that come before the app wait for it', async () => {
    const port = await bindPort(here);
    servers.push(port);
    const answer = fetch(`http://127.0.0.1:${port.address.port}/`);
    port.serve(app);
    expect(await (await answer).text()).toContain('hello');
  });

  test('rejects with a sentence when the port is in use', async () => {
    const { address } = await serve();
    await expect(bindPort({ ...address })).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${address.port}: the port is in use`,
    );
  });

  test('leaves the Request of the platform alone', async () => {
    const { Request: before } = globalThis;
    await serve();
    expect(globalThis.Request).toBe(before);
  });

  test('close() does not wait for clients that keep an idle connection', async () => {
    const server = await serve(60_000);
    const agent = new Agent({ keepAlive: true });
    const request = get({ ...server.address, agent });
    const [answer]: IncomingMessage[] = await once(request, 'response');
    expect(answer && (await text(answer))).toContain('hello');
    await server.close();
    agent.destroy();
    await expect(fetch(`http://127.0.0.1:${server.address.port}/`)).rejects.toThrow('fetch failed');
    servers.length = 0;
  });

  test('close() cuts a client that never ends its request', async () => {
    const server = await serve(10);
    const socket = connect(server.address.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
    // Answered: the half request before it has been read.
    await fetch(`http://127.0.0.1:${server.address.port}/`);
    const gone = once(socket, 'close');
    socket.on('error', () => undefined);
    await server.close();
    await gone;
    expect(socket.destroyed).toBe(true);
    servers.length = 0;
  });

  test('answers a Host that is none without calling the app', async () => {
    const { address } = await serve();
    const socket = connect(address.port, '127.0.0.1');
    socket.end('GET / HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
  });
});
