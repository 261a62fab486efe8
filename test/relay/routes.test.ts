// Rules split, drop and refuse.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    routes: `routes:
  - name: partner
    when: { recipient: { endsWith: "@partner.example" } }
    send: { via: main, sendAs: partners@contoso.com }
    from: { force: always, address: partners@contoso.com }
    headers: { set: { X-Route: partner }, remove: [X-Internal] }
    bcc: [archive@contoso.com]
  - name: noise
    when: { subject: { startsWith: "[test]" } }
    drop: true
  - name: closed
    when: { header.X-Department: { is: closed } }
    refuse: "The department is closed"`,
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

describe('a message', () => {
  test('whose recipients take different routes is split: each of them gets one copy', async () => {
    await gateway.send({
      from: 'shop@contoso.com',
      to: ['ann@example.com', 'paul@partner.example'],
      headers: { 'X-Internal': 'secret' },
      subject: 'Split',
      text: 'x',
    });
    const sent = await gateway.sent(2);
    const bySendAs = new Map(sent.map((message) => [message.sendAs, message]));
    expect(bySendAs.get('shop@contoso.com')?.recipients).toEqual(['ann@example.com']);
    const partner = bySendAs.get('partners@contoso.com');
    expect([...(partner?.recipients ?? [])].sort()).toEqual([
      'archive@contoso.com',
      'paul@partner.example',
    ]);
    const raw = Buffer.from(partner?.raw ?? []).toString('latin1');
    expect(raw).toContain('X-Route: partner');
    expect(raw).not.toContain('X-Internal');
  });

  test('that a rule drops gets a 250 and goes nowhere', async () => {
    const before = gateway.sandbox.mailbox.list().length;
    await gateway.send({
      from: 'a@contoso.com',
      to: 'b@example.com',
      subject: '[test] x',
      text: 'x',
    });
    await gateway.send({ from: 'a@contoso.com', to: 'b@example.com', subject: 'after', text: 'x' });
    const sent = await gateway.sent(before + 1);
    expect(sent.map((message) => message.subject)).not.toContain('[test] x');
    expect(gateway.log.some((line) => line['event'] === 'message.discarded')).toBe(true);
  });

  test('that a rule refuses gets 550 5.7.1 with its text', async () => {
    const mail = {
      from: 'a@contoso.com',
      to: 'b@example.com',
      headers: { 'X-Department': 'closed' },
      text: 'x',
    };
    await expect(gateway.send(mail)).rejects.toThrow('550 5.7.1 The department is closed');
  });
});
