// Rules that ask about body and attachments.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    routes: `routes:
  - name: trusted
    when: { subject: { startsWith: trusted } }
    send: { via: main }
    headers: { set: { X-Route: trusted } }
  - name: programs
    when: { attachment.name: { matches: '[.](exe|js)$' } }
    refuse: "Programs are not sent by mail"
  - name: large
    when: { attachment.size: { over: 100kB }, attachment.count: { under: 2 } }
    send: { via: main }
    headers: { set: { X-Route: large } }
  - name: pictures
    when: { attachment.type: { startsWith: image/ } }
    send: { via: main }
    headers: { set: { X-Route: pictures } }
  - name: secret
    when: { body: { contains: "streng geheim für" } }
    send: { via: main }
    headers: { set: { X-Route: secret } }`,
    default: 'default: { send: { via: main }, headers: { set: { X-Route: none } } }',
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

type Mail = Parameters<TestGateway['send']>[0];

const mail = { from: 'app@contoso.com', to: 'ann@example.com', subject: 'x', text: 'Hello' };

/** The X-Route that a mail leaves with. */
async function routeOf(changes: Mail): Promise<string | undefined> {
  const before = gateway.sandbox.mailbox.list().length;
  await gateway.send({ ...mail, ...changes });
  const sent = (await gateway.sent(before + 1)).at(-1);
  return /^X-Route: (.*)\r$/m.exec(Buffer.from(sent?.raw ?? []).toString('latin1'))?.[1];
}

const file = (filename: string, content: string | Buffer, contentType?: string) => ({
  filename,
  content,
  ...(contentType !== undefined && { contentType }),
});

describe('a rule that asks for', () => {
  test.each<[string, string, Mail]>([
    ['a text finds it in UTF-8', 'secret', { text: 'Das ist\nstreng geheim für alle' }],
    ['a text finds it in HTML', 'secret', { text: '', html: '<b>Streng geheim für alle</b>' }],
    [
      'a text does not find it in an attachment',
      'none',
      { attachments: [file('a.txt', 'streng geheim für alle')] },
    ],
    ['a size', 'large', { attachments: [file('a.pdf', Buffer.alloc(100_001))] }],
    ['a size that is not reached', 'none', { attachments: [file('a.pdf', Buffer.alloc(100_000))] }],
    [
      'a number that is passed',
      'none',
      { attachments: [file('a.pdf', Buffer.alloc(200_000)), file('b.pdf', 'x')] },
    ],
    ['a type', 'pictures', { attachments: [file('a.png', 'x', 'image/png')] }],
    ['nothing that is there', 'none', {}],
  ])('%s: %s', async (_what, route, changes) => {
    expect(await routeOf(changes)).toBe(route);
  });

  test('a name, encoded as it may be, refuses the message', async () => {
    const attachments = [file('Rechnung für dich.EXE', 'x', 'application/pdf')];
    await expect(gateway.send({ ...mail, attachments })).rejects.toThrow(
      '550 5.7.1 Programs are not sent by mail',
    );
  });
});

describe('a message that cannot be parsed', () => {
  const raw = (subject: string) =>
    `From: app@contoso.com\r\nTo: ann@example.com\r\nSubject: ${subject}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nHidden`;
  const envelope = { from: 'app@contoso.com', to: 'ann@example.com' };

  test('is refused where a rule would have to know it', async () => {
    await expect(gateway.send({ envelope, raw: raw('x') })).rejects.toThrow(
      '554 5.6.0 Message content cannot be parsed',
    );
  });

  test('is sent where no rule needs to know it', async () => {
    const before = gateway.sandbox.mailbox.list().length;
    await gateway.send({ envelope, raw: raw('trusted') });
    const sent = (await gateway.sent(before + 1)).at(-1);
    const text = Buffer.from(sent?.raw ?? []).toString('latin1');
    expect(text).toContain('X-Route: trusted\r\n');
    expect(text).toMatch(/\r\n\r\nHidden(\r\n)?$/);
  });
});
