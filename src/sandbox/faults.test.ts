import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { connectionLost, mail, TestClient } from './test-client.ts';

let sandbox: Sandbox;
let client: TestClient;

beforeEach(async () => {
  sandbox = await createSandbox({ now: Date.now });
  client = new TestClient(sandbox);
});

afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

async function statuses(count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (let call = 0; call < count; call++) found.push((await client.sendMime(mail())).status);
  return found;
}

function sentCount(): number {
  return sandbox.mailbox.list().length;
}

describe('Faults.next()', () => {
  test('answers the next request in place of the service, and nothing comes of it', async () => {
    sandbox.faults.next({ status: 500, headers: { 'X-Cause': 'test' }, body: '<html>' });
    const reply = await client.sendMime(mail());
    expect(reply).toMatchObject({ status: 500, text: '<html>', headers: { 'x-cause': 'test' } });
    expect(sentCount()).toBe(0);
    expect(await statuses(1)).toEqual([202]);
  });

  test('orders a fault several times, and others after it', async () => {
    sandbox.faults.next({ status: 500 }, { times: 2 });
    sandbox.faults.next({ status: 502 });
    expect(sandbox.faults.pending).toBe(3);
    expect(await statuses(4)).toEqual([500, 500, 502, 202]);
    expect(sandbox.faults.pending).toBe(0);
  });

  test('orders a fault for the requests that match', async () => {
    sandbox.faults.next({ status: 500 }, { match: ({ path }) => path.includes('bob') });
    expect(await statuses(1)).toEqual([202]);
    const from = 'bob@contoso.com';
    expect((await client.sendMime(mail({ from }), from)).status).toBe(500);
  });

  test('has the request carried out although its answer says otherwise', async () => {
    sandbox.faults.next({ status: 504, carriedOut: true });
    expect(await statuses(1)).toEqual([504]);
    expect(sentCount()).toBe(1);
  });

  test('holds an answer back until it is told', async () => {
    const gate = Promise.withResolvers<void>();
    sandbox.faults.next({ until: gate.promise });
    const answered: string[] = [];
    const first = client.sendMime(mail()).then(() => answered.push('first'));
    while (sentCount() === 0) await new Promise((go) => setImmediate(go));
    await client.sendMime(mail()).then(() => answered.push('second'));
    gate.resolve();
    await first;
    expect(answered).toEqual(['second', 'first']);
  });

  test('delays an answer, and the service answers it still', async () => {
    sandbox.faults.next({ delayMs: 1 });
    expect(await statuses(1)).toEqual([202]);
    sandbox.faults.next({ delayMs: 3_600_000 });
    const delayed = client.sendMime(mail()).catch((error: unknown) => String(error));
    while (sentCount() < 2) await new Promise((go) => setImmediate(go));
    expect(await statuses(1)).toEqual([202]);
    await sandbox[Symbol.asyncDispose]();
    expect(await delayed).toMatch(connectionLost);
  });

  test.each([
    ['before', 0],
    ['mid-body', 0],
    ['after', 1],
  ] as const)('cuts the connection %s, with %i messages sent', async (cut, count) => {
    sandbox.faults.next({ cut });
    await expect(client.sendMime(mail())).rejects.toThrow(connectionLost);
    expect(sentCount()).toBe(count);
    const cutRequest = sandbox.requests.findLast(({ service }) => service === 'graph');
    expect(cutRequest).not.toHaveProperty('status');
    expect(cutRequest?.bodyBytes ? 'some' : 'none').toBe(cut === 'before' ? 'none' : 'some');
    expect(await statuses(1)).toEqual([202]);
  });

  test('cuts the connection after the body with nothing sent, if it is told to', async () => {
    sandbox.faults.next({ cut: 'after', carriedOut: false });
    await expect(client.sendMime(mail())).rejects.toThrow(connectionLost);
    expect(sentCount()).toBe(0);
  });

  test('cuts the connection in the middle of a large body', async () => {
    sandbox.faults.next({ cut: 'mid-body' });
    await expect(client.sendMime(mail({ body: 'x'.repeat(3_000_000) }))).rejects.toThrow(
      connectionLost,
    );
    const { bodyBytes } = sandbox.requests.at(-1) ?? { bodyBytes: 0 };
    expect(bodyBytes).toBeGreaterThanOrEqual(2_000_000);
    expect(bodyBytes).toBeLessThan(4_000_000);
  });

  test('cuts the connection in the middle of the answer', async () => {
    sandbox.faults.next({ cut: 'mid-answer', status: 500, body: '{"error":{"code":"x"}}' });
    await expect(client.sendMime(mail())).rejects.toThrow('aborted');
    expect(sandbox.requests.at(-1)).toMatchObject({ status: 500 });
    expect(sentCount()).toBe(0);
  });

  test('reaches the token endpoint, and not the configuration', async () => {
    sandbox.faults.next({ status: 503 }, { on: 'token' });
    const configuration = `${sandbox.authority}/${sandbox.tenant}/v2.0/.well-known/openid-configuration`;
    expect((await client.call(configuration)).status).toBe(200);
    expect((await client.token()).status).toBe(503);
    expect((await client.token()).status).toBe(200);
  });

  test('is not used up by a request that Graph refuses unread', async () => {
    await statuses(1);
    sandbox.faults.next({ status: 500 });
    sandbox.revokeTokens();
    expect(await statuses(1)).toEqual([401]);
    expect(sandbox.faults.pending).toBe(1);
  });
});
