// What the next hop's trouble makes of a message: it waits, it is tried again, or its failure can be seen.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

async function send(to: string, subject: string): Promise<void> {
  await gateway.send({ from: `${subject}@contoso.com`, to, subject, text: 'x' });
}

/** The lines of the log about the attempts of the message with that From. */
function attemptsOf(subject: string): Record<string, unknown>[] {
  const accepted = gateway.log.find(
    (line) =>
      line['event'] === 'message.accepted' && String(line['from']).startsWith(`${subject}@`),
  );
  return gateway.log.filter((line) => line['id'] === accepted?.['id'] && 'attempt' in line);
}

async function arrives(subject: string): Promise<void> {
  await until(() => gateway.sandbox.mailbox.list().some((message) => message.subject === subject));
}

describe('a message', () => {
  test('that is throttled waits out Retry-After, and arrives once', async () => {
    await send('throttled@example.com', 'throttled');
    await arrives('throttled');
    const list = gateway.sandbox.mailbox.list();
    expect(list.filter((message) => message.subject === 'throttled')).toHaveLength(1);
  });

  test('whose mailbox is throttled does not hold up another', async () => {
    await send('throttled@example.com', 'first');
    await send('ann@example.com', 'second');
    await arrives('second');
    await arrives('first');
    const subjects = gateway.sandbox.mailbox.list().map((message) => message.subject);
    expect(subjects.indexOf('second')).toBeGreaterThan(subjects.indexOf('first'));
  });

  test('that meets a broken service is tried again, and arrives once', async () => {
    await send('broken@example.com', 'broken');
    await arrives('broken');
    expect(attemptsOf('broken').length).toBeGreaterThan(1);
    const list = gateway.sandbox.mailbox.list();
    expect(list.filter((message) => message.subject === 'broken')).toHaveLength(1);
  });

  test('whose answer is lost is looked for, and not sent again where it is found', async () => {
    const raw = 'From: lost@contoso.com\r\nTo: cut@example.com\r\nSubject: lost\r\n\r\nx\r\n';
    await gateway.send({ envelope: { from: 'lost@contoso.com', to: 'cut@example.com' }, raw });
    await until(() => attemptsOf('lost').some(({ outcome }) => outcome === 'delivered'));
    expect(attemptsOf('lost').map(({ outcome }) => outcome)).toEqual(['unsure', 'delivered']);
    const list = gateway.sandbox.mailbox.list();
    expect(list.filter((message) => message.subject === 'lost')).toHaveLength(1);
  });

  test('that is denied stays, with the reason on the page and in the log', async () => {
    await send('denied@example.com', 'denied');
    await until(() => attemptsOf('denied').length > 0);
    expect(attemptsOf('denied')[0]).toMatchObject({ outcome: 'deferred' });
    expect(JSON.stringify(attemptsOf('denied')[0])).toContain('ErrorAccessDenied');
    const page = await (await fetch(`${gateway.adminUrl}/`)).text();
    expect(page).toContain('ErrorAccessDenied');
  });

  test('for which the mailbox is missing stays', async () => {
    await send('missing@example.com', 'missing');
    await until(() => attemptsOf('missing').length > 0);
    expect(attemptsOf('missing')[0]).toMatchObject({ outcome: 'deferred' });
  });

  test('made the gateway break no rule of Graph', () => {
    expect(gateway.sandbox.violations).toEqual([]);
  });
});
