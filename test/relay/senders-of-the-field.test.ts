// Senders as printers, devices and apps of this world write them: each once went wrong somewhere.
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    clients: `clients:
  - { name: apps, networks: [127.0.0.1], senders: ["*@contoso.com", "*@old.example"] }
  - name: copier
    login: { username: copier, password: "in the clear" }
    senders: ["copier@contoso.com"]`,
    from: 'from: { force: default, address: noreply@contoso.com, defaults: ["root@*"] }',
    connections: `connections:
  main: { type: sandbox, sendAs: { "news@contoso.com": relay@contoso.com, "*": from } }`,
    routes: `routes:
  - name: copier
    when: { client.login: { is: copier } }
    send: { via: main }
    from: { force: always, address: scans@contoso.com, name: Copier }
  - name: moved
    when: { from: { endsWith: "@old.example" } }
    send: { via: main }
    from: { force: always, address: office@contoso.com }
  - name: untouched
    when: { subject: { contains: untouched } }
    send: { via: main }
    from: { force: never }`,
  });
  gateway.sandbox.grantSendAs('relay@contoso.com', 'news@contoso.com');
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

const envelope = { from: 'app@contoso.com', to: ['ann@example.com'] };

/** What the sandbox gets of a message that is given as it is. */
async function sendRaw(...lines: readonly string[]) {
  const before = gateway.sandbox.mailbox.list().length;
  await gateway.send({ envelope, raw: [...lines, '', 'x', ''].join('\r\n') });
  return await lastOf(before);
}

async function lastOf(before: number) {
  const sent = (await gateway.sent(before + 1)).at(-1);
  const header = Buffer.from(sent?.raw ?? [])
    .toString('utf8')
    .replaceAll(/\r\n(?=[ \t])/g, '');
  const field = (name: string) => new RegExp(`^${name}: (.*)\r$`, 'm').exec(header)?.[1];
  return {
    sendAs: sent?.sendAs,
    recipients: sent?.recipients,
    from: field('From'),
    sender: field('Sender'),
    replyTo: field('Reply-To'),
  };
}

describe('a From', () => {
  test('whose display name is the address leaves without the name', async () => {
    expect(await sendRaw('From: printer@contoso.com <printer@contoso.com>')).toMatchObject({
      sendAs: 'printer@contoso.com',
      from: 'printer@contoso.com',
    });
  });

  test('with an @ in its display name leaves with the name in quotes', async () => {
    expect(await sendRaw('From: Us @ home <app@contoso.com>')).toMatchObject({
      from: '"Us @ home" <app@contoso.com>',
    });
  });

  test('that is folded is read', async () => {
    expect(await sendRaw('From: "A long name"', ' <app@contoso.com>')).toMatchObject({
      sendAs: 'app@contoso.com',
      from: '"A long name" <app@contoso.com>',
    });
  });

  test('that is missing becomes the sender of the envelope, and a missing To harms nobody', async () => {
    expect(await sendRaw('Subject: untouched')).toEqual({
      sendAs: 'app@contoso.com',
      recipients: ['ann@example.com'],
      from: 'app@contoso.com',
      sender: undefined,
      replyTo: undefined,
    });
  });

  test('of another domain is mapped by a route', async () => {
    expect(await sendRaw('From: Ann <ann@old.example>')).toMatchObject({
      sendAs: 'office@contoso.com',
      from: 'Ann <office@contoso.com>',
      replyTo: 'Ann <ann@old.example>',
    });
  });

  test('that is an alias leaves from the mailbox that may send as it', async () => {
    expect(await sendRaw('From: News <news@contoso.com>')).toMatchObject({
      sendAs: 'relay@contoso.com',
      from: 'News <news@contoso.com>',
    });
  });

  test('does not decide the mailbox where Sender stands before it', async () => {
    const lines = ['Sender: other@contoso.com', 'From: app@contoso.com'];
    expect(await sendRaw(...lines)).toMatchObject({
      sendAs: 'app@contoso.com',
      sender: 'other@contoso.com',
    });
  });

  test('leaves an own Reply-To alone', async () => {
    const lines = ['From: root@web01', 'Reply-To: Help <help@fabrikam.com>'];
    expect(await sendRaw(...lines)).toMatchObject({
      from: 'noreply@contoso.com',
      replyTo: 'Help <help@fabrikam.com>',
    });
  });

  test('ending in a dot leaves in quotes', async () => {
    expect(await sendRaw('From: ilo.@contoso.com')).toMatchObject({
      from: '<"ilo."@contoso.com>',
    });
  });
});

describe('a device that logs in', () => {
  test('and writes its login name into From sends as its route says', async () => {
    const before = gateway.sandbox.mailbox.list().length;
    const transport = createTransport({
      host: '127.0.0.1',
      port: gateway.smtpPort,
      ignoreTLS: true,
      auth: { user: 'copier', pass: 'in the clear' },
    });
    await transport.sendMail({
      envelope: { from: 'copier@contoso.com', to: ['ann@example.com'] },
      raw: 'From: copier\r\nSubject: Scan\r\n\r\nx\r\n',
    });
    expect(await lastOf(before)).toEqual({
      sendAs: 'scans@contoso.com',
      recipients: ['ann@example.com'],
      from: 'Copier <scans@contoso.com>',
      sender: undefined,
      replyTo: undefined,
    });
  });
});

describe('a client may not send', () => {
  test.each([
    ['as somebody else', 'From: ceo@fabrikam.com'],
    ['as somebody else beside itself', 'From: app@contoso.com, ceo@fabrikam.com'],
    ['as somebody else in a second field', 'From: app@contoso.com\r\nFrom: ceo@fabrikam.com'],
    ['as somebody else in Sender', 'From: app@contoso.com\r\nSender: ceo@fabrikam.com'],
    ['as somebody else in Resent-From', 'From: app@contoso.com\r\nResent-From: ceo@fabrikam.com'],
    [
      'as a default that the route does not replace',
      'From: root@web01.fabrikam.com\r\nSubject: untouched',
    ],
  ])('%s', async (_what, header) => {
    const before = gateway.sandbox.mailbox.list().length;
    await expect(gateway.send({ envelope, raw: `${header}\r\n\r\nx\r\n` })).rejects.toThrow(
      '5.7.1',
    );
    expect(gateway.sandbox.mailbox.list()).toHaveLength(before);
  });

  test('into another path of Graph', async () => {
    const sent = await sendRaw('From: <ceo@contoso.com/sendMail?x=y@z>');
    expect(sent).toMatchObject({ sendAs: 'noreply@contoso.com', from: 'noreply@contoso.com' });
  });
});
