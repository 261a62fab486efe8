import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createSandbox } from './sandbox.ts';
import { connectionLost, mail, TestClient } from './test-client.ts';

describe('createSandbox()', () => {
  test('gives each service an origin of its own', async () => {
    await using sandbox = await createSandbox({ now: Date.now });
    const { authority, graph } = sandbox;
    expect(authority).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(graph).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(authority).not.toBe(graph);
  });

  test('takes the two ports after the one that it is given', async () => {
    const port = await freePorts();
    await using sandbox = await createSandbox({ now: Date.now, port });
    expect(sandbox.graph).toBe(`https://127.0.0.1:${port}`);
    expect(sandbox.authority).toBe(`https://127.0.0.1:${port + 1}`);
  });

  test('rejects when a port is taken, and leaves none taken itself', async () => {
    const port = await freePorts();
    const taken = createServer().listen(port + 1, '127.0.0.1');
    await once(taken, 'listening');
    await expect(createSandbox({ now: Date.now, port })).rejects.toThrow('EADDRINUSE');
    taken.close();
    await once(taken, 'close');
    await using sandbox = await createSandbox({ now: Date.now, port });
    expect(sandbox.graph).toContain(String(port));
  });

  test('takes its randomness from where it is told', async () => {
    const randomBytes = (size: number): Uint8Array => new Uint8Array(size).fill(7);
    await using one = await createSandbox({ now: Date.now, randomBytes });
    await using other = await createSandbox({ now: Date.now, randomBytes });
    expect(one.clientSecret).toBe(other.clientSecret);
    expect(one.tenant).toBe('07070707-0707-4707-8707-070707070707');
  });

  test('serves TLS that its authority vouches for, by name and by address', async () => {
    await using sandbox = await createSandbox({ now: Date.now });
    const client = new TestClient(sandbox);
    const named = sandbox.authority.replace('127.0.0.1', 'localhost');
    expect((await client.call(`${named}/x`)).status).toBe(404);
    await using other = await createSandbox({ now: Date.now });
    await expect(client.call(`${other.authority}/x`)).rejects.toThrow(/certificate/);
  });

  test('ends at once, with requests under way', async () => {
    const sandbox = await createSandbox({ now: Date.now, limits: { slowMs: 3_600_000 } });
    const slow = new TestClient(sandbox)
      .sendMime(mail({ to: 'slow@example.com' }))
      .catch((error: unknown) => String(error));
    while (sandbox.mailbox.list().length === 0) await new Promise((go) => setImmediate(go));
    expect(sandbox.requests.at(-1)).not.toHaveProperty('status');
    await sandbox[Symbol.asyncDispose]();
    expect(await slow).toMatch(connectionLost);
    await expect(new TestClient(sandbox).token()).rejects.toThrow('ECONNREFUSED');
  });
});

/** The first of three ports that were free a moment ago, outside of those that the system gives away by itself. */
async function freePorts(): Promise<number> {
  for (let port = 20_000 + (process.pid % 1_000) * 10; ; port += 3) {
    const free = await Promise.all([port, port + 1, port + 2].map(isFree));
    if (!free.includes(false)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = Promise.withResolvers<boolean>();
  server.once('error', () => listening.resolve(false));
  server.listen(port, '127.0.0.1', () => listening.resolve(true));
  const free = await listening.promise;
  if (free) await new Promise((closed) => server.close(closed));
  return free;
}
