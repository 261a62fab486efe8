// What does not fit into one request to Graph is refused before its body travels, or at its final dot.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectGreeted } from '../dialogs/raw-client.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

describe('a message that no connection can carry', () => {
  test('is refused at MAIL by a client that says its size, as EHLO does', async () => {
    using client = await connectGreeted({ host: '127.0.0.1', port: gateway.smtpPort });
    expect(await client.say('EHLO app')).toContain('SIZE 3000000');
    const reply = await client.say('MAIL FROM:<shop@contoso.com> SIZE=5000000');
    expect(reply).toMatch(/^552 5\.3\.4 /);
  });

  test('is refused at the final dot where its size was not said', async () => {
    const raw = `Subject: large\r\n\r\n${'x'.repeat(70)}\r\n`.padEnd(3_100_000, 'y\r\n');
    using client = await connectGreeted({ host: '127.0.0.1', port: gateway.smtpPort });
    await client.sayAll('HELO app', 'MAIL FROM:<a@contoso.com>', 'RCPT TO:<b@example.com>', 'DATA');
    expect(await client.say(`${raw}\r\n.`)).toMatch(/^552 5\.3\.4 /);
    expect(gateway.sandbox.mailbox.list()).toEqual([]);
  });
});
