// A send whose answer never came: it is looked for before it is sent again, and what proves it proves no other.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    routes: `routes:
  - name: twice
    when: { subject: { startsWith: twice } }
    send: { via: main }
    redirect: [qa@contoso.com]
    redirectSubject: false`,
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

interface Mail {
  readonly subject: string;
  readonly messageId?: string;
  readonly to?: string;
  readonly text?: string;
}

const date = 'Sun, 22 Nov 2026 12:00:00 +0000';

async function send({ subject, messageId, to = 'ann@example.com', text = 'x' }: Mail) {
  const raw = [
    'From: app@contoso.com',
    `To: ${to}`,
    `Date: ${date}`,
    `Subject: ${subject}`,
    ...(messageId === undefined ? [] : [`Message-ID: ${messageId}`]),
    '',
    text,
    '',
  ].join('\r\n');
  await gateway.send({ envelope: { from: 'app@contoso.com', to }, raw });
}

const isSend = ({ path }: { readonly path: string }): boolean => path.endsWith('/sendMail');
const isLook = ({ path }: { readonly path: string }): boolean => path.includes('/messages?');

/** What becomes of the next request that sends. */
function onSend(fault: Fault): void {
  gateway.sandbox.faults.next(fault, { match: isSend });
}

const lostAnswer: Fault = { cut: 'after' };
const lostRequest: Fault = { cut: 'after', carriedOut: false };

function copies(subject: string) {
  return gateway.sandbox.mailbox.list().filter((message) => message.subject === subject);
}

/** The lines of the log about the messages with that subject, by the order in which they came. */
function linesOf(messageId: string) {
  return gateway.log.filter((line) => line['messageId'] === messageId);
}

function eventsOf(messageId: string): readonly string[] {
  return linesOf(messageId).map(({ event, outcome = '', result = outcome }) =>
    `${String(event)} ${String(result)}`.trim(),
  );
}

async function delivered(messageId: string): Promise<readonly string[]> {
  await until(() => eventsOf(messageId).includes('delivery.attempted delivered'));
  return eventsOf(messageId);
}

describe('a send without an answer', () => {
  test.each([
    ['is cut after the message was sent', lostAnswer],
    ['is 504 after the message was sent', { status: 504, carriedOut: true }],
    ['is 502 after the message was sent', { status: 502, carriedOut: true }],
  ])('that %s is found, and not sent again', async (what, fault) => {
    const messageId = `<found ${what}@device>`.replaceAll(' ', '-');
    onSend(fault);
    await send({ subject: what, messageId });
    expect(await delivered(messageId)).toEqual([
      'message.accepted',
      'delivery.attempted unsure',
      'delivery.attempted delivered',
    ]);
    expect(copies(what)).toHaveLength(1);
  });

  test.each<[string, Fault]>([
    ['is cut before the message was sent', lostRequest],
    ['is 504 and nothing was sent', { status: 504 }],
  ])('that %s is looked for three times, and sent again', async (what, fault) => {
    const messageId = `<lost ${what}@device>`.replaceAll(' ', '-');
    onSend(fault);
    await send({ subject: what, messageId });
    expect(await delivered(messageId)).toEqual([
      'message.accepted',
      'delivery.attempted unsure',
      'delivery.lookedFor notFound',
      'delivery.lookedFor notFound',
      'delivery.possibleDuplicate',
      'delivery.attempted delivered',
    ]);
    expect(copies(what)).toHaveLength(1);
    const attempts = linesOf(messageId).flatMap(({ attempt }) => attempt ?? []);
    expect(attempts).toEqual([1, 2]);
  });

  test('waits while the mailbox cannot be searched, and is not sent again for that', async () => {
    const messageId = '<search-is-away@device>';
    onSend(lostAnswer);
    gateway.sandbox.faults.next({ status: 503 }, { times: 2, match: isLook });
    await send({ subject: 'search is away', messageId });
    const events = await delivered(messageId);
    expect(events).toContain('delivery.lookedFor unknown');
    expect(events).not.toContain('delivery.possibleDuplicate');
    expect(copies('search is away')).toHaveLength(1);
  });

  test('is found where its copy shows late', async () => {
    const messageId = '<shows-late@device>';
    onSend(lostAnswer);
    const empty = { status: 200, body: '{"value":[]}' };
    gateway.sandbox.faults.next(empty, { times: 2, match: isLook });
    await send({ subject: 'shows late', messageId });
    const events = await delivered(messageId);
    expect(events).toContain('delivery.lookedFor notFound');
    expect(copies('shows late')).toHaveLength(1);
  });

  test('is sent again where the app may not look, and that is said', async () => {
    const messageId = '<not-permitted@device>';
    onSend(lostAnswer);
    gateway.sandbox.permissions.delete('Mail.ReadWrite');
    await send({ subject: 'not permitted', messageId });
    const events = await delivered(messageId);
    gateway.sandbox.permissions.add('Mail.ReadWrite');
    expect(events.filter((event) => event === 'delivery.possibleDuplicate')).toHaveLength(1);
    expect(copies('not permitted')).toHaveLength(2);
  });

  test('is not proved by the copy of another redirected message', async () => {
    const messageId = '<twice@device>';
    await send({ subject: 'twice', messageId, to: 'bob@example.com' });
    await until(() => copies('twice').length === 1);
    onSend(lostRequest);
    await send({ subject: 'twice', messageId, to: 'cy@example.com' });
    await until(() => copies('twice').length === 2);
    expect(eventsOf(messageId)).toContain('delivery.possibleDuplicate');
  });

  test('is not proved by the copy for other recipients', async () => {
    const messageId = '<split@device>';
    await send({ subject: 'split', messageId, to: 'bob@example.com' });
    await until(() => copies('split').length === 1);
    onSend(lostRequest);
    await send({ subject: 'split', messageId, to: 'cy@example.com' });
    await until(() => copies('split').length === 2);
    expect(copies('split').map(({ recipients }) => recipients)).toEqual([
      ['cy@example.com'],
      ['bob@example.com'],
    ]);
  });
});

test('a 202 with a Retry-After is a send, and no request to send again', async () => {
  const messageId = '<sent-and-told-to-wait@device>';
  onSend({ status: 202, headers: { 'retry-after': '1' }, carriedOut: true });
  await send({ subject: 'sent and told to wait', messageId });
  expect(await delivered(messageId)).toEqual(['message.accepted', 'delivery.attempted delivered']);
  expect(copies('sent and told to wait')).toHaveLength(1);
});

describe('a Message-ID', () => {
  test('that a device gives to another message is replaced, and what was sent proves no other', async () => {
    const messageId = '<always-the-same@device>';
    await send({ subject: 'first of a device', messageId, text: 'one' });
    await until(() => copies('first of a device').length === 1);
    onSend(lostRequest);
    await send({ subject: 'second of a device', messageId, text: 'two' });
    await until(() => copies('second of a device').length === 1);
    const accepted = gateway.log.find((line) => line['reusedMessageId'] === messageId);
    expect(accepted?.['messageId']).toBe(`<${String(accepted?.['id'])}@relay.example.com>`);
    const [summary] = copies('second of a device');
    const copy = await gateway.sandbox.mailbox.get(summary?.id ?? '');
    const header = Buffer.from(copy?.raw ?? '').toString('latin1');
    expect(header).toContain(`Message-ID: ${String(accepted?.['messageId'])}`);
    expect(header).not.toContain(messageId);
  });

  test.each([
    ['whose mail differs in its subject alone', 'one', 'x', 1],
    ['whose client repeats the same mail', '', 'x', 0],
  ])('%s', async (what, more, text, replaced) => {
    const messageId = `<${what.replaceAll(' ', '-')}@device>`;
    await send({ subject: what, messageId, text });
    await send({ subject: `${what}${more}`, messageId, text });
    await until(
      () =>
        gateway.sandbox.mailbox.list().filter(({ subject }) => subject.startsWith(what)).length ===
        2,
    );
    const reused = gateway.log.filter((line) => line['reusedMessageId'] === messageId);
    expect(reused).toHaveLength(replaced);
  });
});

test('the gateway broke no rule of Graph', () => {
  expect(gateway.sandbox.violations).toEqual([]);
});
