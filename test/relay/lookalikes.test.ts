// Headers that two readers understand differently: nobody outside the envelope gets mail, and nobody is impersonated.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectGreeted } from '../dialogs/raw-client.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    clients: 'clients: [{ name: apps, networks: [127.0.0.1], senders: ["app@contoso.com"] }]',
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

/** Sends a message from app@contoso.com to ann@example.com, as its envelope says; returns the last reply. */
async function send(header: readonly string[]): Promise<string | undefined> {
  using client = await connectGreeted({ host: '127.0.0.1', port: gateway.smtpPort });
  await client.sayAll(
    'EHLO app',
    'MAIL FROM:<app@contoso.com>',
    'RCPT TO:<ann@example.com>',
    'DATA',
  );
  return await client.say([...header, '', 'text', '.'].join('\r\n'));
}

const toAnn = 'To: ann@example.com';

describe('a header that hides', () => {
  test.each([
    [
      'a recipient in an encoded word',
      'To: "=?utf-16le?q?"<evil@example.org>,"?="<ann@example.com>',
    ],
    ['an address in words', 'To: John Smith ann@example.com'],
    ['an address in quotes', 'To: "ann@example.com"'],
    ['two addresses in one place', 'To: <ann@example.com> <evil@example.org>'],
    ['a sender in an encoded word', 'Sender: "=?utf-8?q?"<ceo@contoso.com>,"?="<app@contoso.com>'],
  ])('%s goes to the envelope, from who may send', async (_, field) => {
    const before = gateway.sandbox.mailbox.list().length;
    expect(await send(['From: app@contoso.com', field])).toMatch(/^250 2\.0\.0 /);
    const sent = (await gateway.sent(before + 1)).at(-1);
    expect(sent?.recipients).toEqual(['ann@example.com']);
    expect(sent?.sendAs).toBe('app@contoso.com');
    expect(sent?.from).toBe('app@contoso.com');
  });

  test.each([
    [
      'an originator in an encoded word',
      'From: "=?utf-16le?q?"<ceo@contoso.com>,"?="<app@contoso.com>',
    ],
    ['a second originator', 'From: <app@contoso.com> <ceo@contoso.com>'],
    ['a comment inside the address', 'From: x()app@contoso.com'],
  ])('%s leaves as who may send, or not at all', async (_, from) => {
    const before = gateway.sandbox.mailbox.list().length;
    const reply = await send([from, toAnn]);
    if (reply?.startsWith('550 5.7.1 ')) return;
    expect(reply).toMatch(/^250 2\.0\.0 /);
    const sent = (await gateway.sent(before + 1)).at(-1);
    expect(sent?.from).toBe('app@contoso.com');
    expect(Buffer.from(sent?.raw ?? []).toString('latin1')).not.toMatch(/^From: .*<ceo@/m);
  });

  test.each([
    ['a field behind a fold', ['From: app@contoso.com', 'Bcc', ' : evil@example.org', toAnn]],
    ['a line that is no field', ['From: app@contoso.com', 'Subject: one', 'two', toAnn]],
  ])('%s is refused: readers do not agree on it', async (_, header) => {
    expect(await send(header)).toMatch(/^554 5\.6\.0 /);
  });
});
