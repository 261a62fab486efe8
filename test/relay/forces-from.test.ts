// From forcing, as a recipient sees it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    from: `from: { force: default, address: noreply@contoso.com, name: Contoso, defaults: ["wordpress@*"] }`,
    routes: `routes:
  - name: billing
    when: { subject: { contains: invoice } }
    send: { via: main, sendAs: relay@contoso.com }
    from: { force: always, address: billing@contoso.com }`,
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

async function sendAndRead(from: string, subject: string) {
  const before = gateway.sandbox.mailbox.list().length;
  await gateway.send({ from, to: 'ann@example.com', subject, text: 'x' });
  const sent = (await gateway.sent(before + 1)).at(-1);
  const raw = Buffer.from(sent?.raw ?? []).toString('latin1');
  return {
    sendAs: sent?.sendAs,
    from: /^From: (.*)$/m.exec(raw)?.[1]?.trim(),
    replyTo: /^Reply-To: (.*)$/m.exec(raw)?.[1]?.trim(),
  };
}

describe('the sandbox gets', () => {
  test('the forced address for a default From, without Reply-To', async () => {
    expect(await sendAndRead('WordPress <wordpress@site.example>', 'a')).toEqual({
      sendAs: 'noreply@contoso.com',
      from: 'Contoso <noreply@contoso.com>',
      replyTo: undefined,
    });
  });

  test("an app's own From as it was", async () => {
    expect(await sendAndRead('Shop <shop@contoso.com>', 'b')).toEqual({
      sendAs: 'shop@contoso.com',
      from: 'Shop <shop@contoso.com>',
      replyTo: undefined,
    });
  });

  test("a route's From and mailbox, with the old From as Reply-To", async () => {
    expect(await sendAndRead('Shop <shop@contoso.com>', 'Your invoice')).toEqual({
      sendAs: 'relay@contoso.com',
      from: 'Shop <billing@contoso.com>',
      replyTo: 'Shop <shop@contoso.com>',
    });
  });
});
