// The admin API and the page of a message over HTTP, with mail that really moves.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    routes: `routes:
  - name: bin
    when: { recipient: { startsWith: bin@ } }
    drop: true
  - name: hold
    when: { subject: { startsWith: hold } }
    hold: true
    send: { via: main }`,
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

/** Returns the queue id. */
async function sendHeld(subject: string): Promise<string> {
  await gateway.send({
    from: 'app@contoso.com',
    to: 'ann@example.com',
    cc: 'carl@example.com',
    subject,
    text: 'x',
  });
  const list = await api(`/messages?subject=${encodeURIComponent(subject)}`);
  return list.messages[0].messageId;
}

async function api(path: string, options: RequestInit = {}) {
  const answer = await fetch(`${gateway.adminUrl}/api/v1${path}`, options);
  return { status: answer.status, ...JSON.parse(await answer.text()) };
}

async function arrives(subject: string) {
  const find = () => gateway.sandbox.mailbox.list().find((one) => one.subject === subject);
  await until(() => find() !== undefined);
  return await gateway.sandbox.mailbox.get(find()?.id ?? '');
}

describe('a message that is sent to others', () => {
  test('is a new one for them alone, and the first stays what it was', async () => {
    const id = await sendHeld('hold for others');
    const body = JSON.stringify({ to: ['paul@example.com', 'carl@example.com'] });
    const resent = await api(`/messages/${id}/resend`, { method: 'POST', body });
    expect(resent).toEqual({ status: 201, id: expect.stringMatching(/^[0-9a-z]{16}$/) });
    expect(resent.id).not.toBe(id);
    await api(`/messages/${resent.id}/release`, { method: 'POST' });
    const sent = await arrives('hold for others');
    expect(sent?.recipients.toSorted()).toEqual(['carl@example.com', 'paul@example.com']);
    expect([sent?.to, sent?.cc]).toEqual([[], ['carl@example.com']]);
    expect((await api(`/messages/${id}`)).deliveries).toMatchObject([
      { state: 'held', forwardPaths: ['ann@example.com', 'carl@example.com'] },
    ]);
    const acted = gateway.log.filter((line) => line['event'] === 'operator.acted');
    expect(acted.map(({ by, action }) => [by, action])).toEqual([
      ['sandbox', 'resend'],
      ['sandbox', 'release'],
    ]);
  });
});

describe('a message that the rules drop for others', () => {
  test('is said to be dropped, and named by no id', async () => {
    const id = await sendHeld('hold not for the bin');
    const resend = (...to: string[]) =>
      api(`/messages/${id}/resend`, { method: 'POST', body: JSON.stringify({ to }) });
    const answer = await resend('bin@example.com');
    expect(answer).toMatchObject({ status: 422, title: 'Dropped' });
    expect(answer.id).toBeUndefined();
    const partly = await resend('bin@example.com', 'paul@example.com');
    expect((await api(`/messages/${partly.id}`)).deliveries).toMatchObject([
      { forwardPaths: ['paul@example.com'] },
    ]);
  });
});

describe('a request', () => {
  test('whose length is not said is understood all the same', async () => {
    const id = await sendHeld('hold chunked');
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Buffer.from(`{"ids": ["${id}"]`));
        controller.enqueue(Buffer.from('}'));
        controller.close();
      },
    });
    const request = { method: 'POST', body: pieces, duplex: 'half' } as const;
    expect(await api('/messages/release', request)).toEqual({ status: 200, deliveries: 1 });
    await arrives('hold chunked');
  });
});

describe('the page of a message', () => {
  test('lets it go by a form, and shows its attempt', async () => {
    const id = await sendHeld('hold on the page');
    const address = `${gateway.adminUrl}/messages/${id}`;
    const page = await fetch(address).then((answer) => answer.text());
    const delivery = /name="delivery" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const body = new URLSearchParams({ delivery, action: 'release' });
    const done = await fetch(address, { method: 'POST', body });
    expect(await done.text()).toContain('It is released.');
    await arrives('hold on the page');
    await until(async () => {
      const later = await fetch(address).then((answer) => answer.text());
      return later.includes('badge delivered') && later.includes('As mime');
    });
  });

  test('forgets it by a form, and leads to the list', async () => {
    const id = await sendHeld('hold and forget');
    const body = new URLSearchParams({ delivery: `${id}-1`, action: 'remove' });
    const done = await fetch(`${gateway.adminUrl}/messages/${id}`, { method: 'POST', body });
    expect(new URL(done.url).pathname).toBe('/messages');
    expect((await fetch(`${gateway.adminUrl}/messages/${id}`)).status).toBe(404);
  });
});
