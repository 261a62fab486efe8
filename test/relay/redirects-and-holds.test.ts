// Mail for others than it names, and mail that waits for somebody's word.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    routes: `routes:
  - name: staging
    when: { from: { endsWith: "@staging.contoso.com" } }
    redirect: [qa@contoso.com, dev@contoso.com]
    send: { via: main }
  - name: silent
    when: { subject: { is: silent } }
    redirect: [qa@contoso.com]
    redirectSubject: false
    send: { via: main }
  - name: approve
    when: { subject: { contains: approve } }
    hold: true
    send: { via: main }`,
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

async function sendAndRead(mail: Parameters<TestGateway['send']>[0]) {
  const before = gateway.sandbox.mailbox.list().length;
  await gateway.send({ text: 'x', ...mail });
  const sent = (await gateway.sent(before + 1)).at(-1);
  return { ...sent, text: Buffer.from(sent?.raw ?? []).toString('latin1') };
}

describe('a redirected message', () => {
  test('reaches those of redirect alone, and shows whom it was for', async () => {
    const sent = await sendAndRead({
      from: 'app@staging.contoso.com',
      to: ['Ann <ann@example.com>', 'paul@example.com'],
      cc: 'carl@example.com',
      bcc: 'eve@example.com',
      subject: 'Your order',
    });
    expect([...(sent.recipients ?? [])].sort()).toEqual(['dev@contoso.com', 'qa@contoso.com']);
    expect(sent.to).toEqual(['qa@contoso.com', 'dev@contoso.com']);
    expect([sent.cc, sent.bcc]).toEqual([[], []]);
    expect(sent.subject).toBe(
      '[for ann@example.com, paul@example.com, carl@example.com and 1 more] Your order',
    );
    expect(sent.text).toContain('X-Graphpost-To: Ann <ann@example.com>, paul@example.com\r\n');
    expect(sent.text).toContain('X-Graphpost-Cc: carl@example.com\r\n');
  });

  test('keeps its subject where the route says so', async () => {
    const sent = await sendAndRead({
      from: 'app@contoso.com',
      to: 'ann@example.com',
      subject: 'silent',
    });
    expect(sent.recipients).toEqual(['qa@contoso.com']);
    expect(sent.subject).toBe('silent');
  });

  test('is, for the recipients that take another route, sent as ever', async () => {
    const before = gateway.sandbox.mailbox.list().length;
    await gateway.send({
      from: 'app@contoso.com',
      to: 'ann@example.com',
      subject: 'not silent',
      text: 'x',
    });
    const sent = (await gateway.sent(before + 1)).at(-1);
    expect(sent?.recipients).toEqual(['ann@example.com']);
  });
});

describe('a held message', () => {
  test('gets its 250, waits in the queue, and the page says so', async () => {
    const before = gateway.sandbox.mailbox.list().length;
    const mail = { from: 'app@contoso.com', to: 'ann@example.com', text: 'x' };
    await gateway.send({ ...mail, subject: 'Please approve' });
    await gateway.send({ ...mail, subject: 'after' });
    const sent = await gateway.sent(before + 1);
    expect(sent.at(-1)?.subject).toBe('after');
    const page = await fetch(`${gateway.adminUrl}/`).then((answer) => answer.text());
    expect(page).toContain('Please approve');
    expect(page).toMatch(/held/i);
    await until(async () => {
      const metrics = await fetch(`${gateway.telemetryUrl}/metrics`).then((answer) =>
        answer.text(),
      );
      return metrics.includes('graphpost_queue_messages{state="held"} 1');
    });
  });
});
