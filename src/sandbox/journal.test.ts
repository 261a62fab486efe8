import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { mail, TestClient } from './test-client.ts';

let now: number;
let sandbox: Sandbox;
let client: TestClient;

beforeEach(async () => {
  now = 1_000;
  sandbox = await createSandbox({ now: () => now++, keepRequests: 3, keepBodies: true });
  client = new TestClient(sandbox);
});

afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

describe('the recorded requests', () => {
  test('tell what came, and what was answered', async () => {
    await client.sendMime(mail());
    const body = Buffer.from(mail()).toString('base64');
    expect(sandbox.requests).toMatchObject([
      {
        service: 'entra',
        method: 'POST',
        path: `/${sandbox.tenant}/oauth2/v2.0/token`,
        status: 200,
      },
      {
        service: 'graph',
        method: 'POST',
        path: '/v1.0/users/ann%40contoso.com/sendMail',
        headers: { 'content-type': 'text/plain', authorization: 'Bearer' },
        status: 202,
        bodyBytes: body.length,
        body: Buffer.from(body),
      },
    ]);
    for (const { startedAt, endedAt } of sandbox.requests)
      expect(endedAt).toBeGreaterThan(startedAt);
  });

  test('hold no token', async () => {
    const { text } = await client.token();
    const token = /"access_token":"([^"]+)"/.exec(text)?.[1] ?? '';
    await client.call(`${sandbox.graph}/v1.0/users/ann@contoso.com/messages`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(sandbox.requests.at(-1)?.status).toBe(200);
    expect(token).not.toBe('');
    expect(JSON.stringify(sandbox.requests)).not.toContain(token);
  });

  test('are bounded, and the newest are kept', async () => {
    for (let sent = 0; sent < 9; sent++) await client.sendMime(mail(), `a${sent}@contoso.com`);
    expect(sandbox.requests.length).toBeGreaterThanOrEqual(3);
    expect(sandbox.requests.length).toBeLessThanOrEqual(6);
    expect(sandbox.requests.at(-1)?.path).toContain('a8');
  });

  test('have no bodies unless they are told to', async () => {
    await using other = await createSandbox({ now: Date.now });
    await new TestClient(other).sendMime(mail());
    for (const request of other.requests) expect(request).not.toHaveProperty('body');
  });
});
