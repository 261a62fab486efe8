import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { mail, TestClient, type Reply } from './test-client.ts';

const start = Date.UTC(2026, 0, 1, 10);
const sendMailPath = '/v1.0/users/ann%40contoso.com/sendMail';
let sandbox: Sandbox;
let client: TestClient;

beforeEach(async () => {
  sandbox = await createSandbox({ now: () => start });
  client = new TestClient(sandbox);
});

afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

function sentCount(): number {
  return sandbox.mailbox.list().length;
}

function sendBody(body: string, type = 'text/plain'): Promise<Reply> {
  return client.graph(sendMailPath, { headers: { 'content-type': type }, body });
}

function sendJson(message: object, more: object = {}): Promise<Reply> {
  return client.post(sendMailPath, { message, ...more });
}

function recipient(address: string, name?: string) {
  return { emailAddress: { address, ...(name !== undefined && { name }) } };
}

describe('sendMail with MIME', () => {
  test('is answered 202 with nothing, and keeps the message as it was', async () => {
    const reply = await client.sendMime(mail());
    expect(reply).toMatchObject({ status: 202, text: '' });
    const [summary] = sandbox.mailbox.list();
    expect(summary).toEqual({
      id: expect.any(String),
      sentAt: start,
      sendAs: 'ann@contoso.com',
      from: 'ann@contoso.com',
      recipients: ['bob@example.com'],
      subject: '',
      sizeBytes: Buffer.byteLength(mail()),
    });
    const message = await sandbox.mailbox.get(summary?.id ?? '');
    expect(Buffer.from(message?.raw ?? []).toString()).toBe(mail());
    expect(sandbox.violations).toEqual([]);
  });

  test('takes recipients from the header at the top alone', async () => {
    const body = 'To: nobody@example.com\r\n\r\nBcc: nobody@example.com\r\n';
    const fields = 'Cc: cleo@example.com\r\nBcc: dan@example.com\r\nReply-To: no@example.com\r\n';
    await client.sendMime(mail({ fields, body }));
    expect(sandbox.mailbox.list()[0]?.recipients).toEqual([
      'bob@example.com',
      'cleo@example.com',
      'dan@example.com',
    ]);
  });

  test('takes a message for Bcc alone', async () => {
    const reply = await client.sendMime(mail({ to: '', fields: 'Bcc: dan@example.com\r\n' }));
    expect(reply.status).toBe(202);
    const [summary] = sandbox.mailbox.list();
    expect(await sandbox.mailbox.get(summary?.id ?? '')).toMatchObject({
      to: [],
      cc: [],
      bcc: ['dan@example.com'],
    });
  });

  test.each([
    ['nothing', ''],
    [
      'a line break',
      Buffer.from(mail())
        .toString('base64')
        .replace(/^.{76}/, '$&\r\n'),
    ],
    ['letters that are none', 'Hello!'],
    ['the message itself', mail()],
    ['a broken end', Buffer.from(mail()).toString('base64').slice(0, -1)],
  ])('refuses %s in place of base64', async (_, body) => {
    const reply = await sendBody(body);
    expect(reply).toMatchObject({ status: 400, code: 'ErrorMimeContentInvalidBase64String' });
    expect(sentCount()).toBe(0);
  });

  test.each([
    ['no header', '\r\nHello\r\n'],
    ['a line in the header that is no field', mail({ fields: 'hello\r\n' })],
    ['NUL', mail({ body: '\0' })],
  ])('refuses %s', async (_, mime) => {
    expect(await client.sendMime(mime)).toMatchObject({
      status: 400,
      code: 'ErrorMimeContentInvalid',
    });
    expect(sentCount()).toBe(0);
  });

  test.each([
    ['no recipient', mail({ to: '' })],
    ['an empty group', mail({ to: 'undisclosed-recipients:;' })],
    ['recipients joined by semicolons', mail({ to: 'a@example.com;b@example.com' })],
    ['a recipient without a domain', mail({ fields: 'Bcc: dan\r\n' })],
  ])('refuses %s', async (_, mime) => {
    expect(await client.sendMime(mime)).toMatchObject({
      status: 400,
      code: 'ErrorInvalidRecipients',
    });
    expect(sentCount()).toBe(0);
  });

  test.each([
    ['another From', 'bob@contoso.com'],
    ['two From of which one is another', 'ann@contoso.com, bob@contoso.com'],
    ['a From beside something that is none', 'ann@contoso.com, Ann'],
    ['an at sign in the bare display name', 'ann@contoso.com <ann@contoso.com>'],
    ['a From that cannot be read', 'Ann'],
    ['an empty From', ''],
  ])('refuses %s', async (_, from) => {
    expect(await client.sendMime(mail({ from }))).toMatchObject({
      status: 403,
      code: 'ErrorSendAsDenied',
    });
    expect(sentCount()).toBe(0);
  });

  test('refuses a message without From', async () => {
    const reply = await client.sendMime(mail().replace(/^From: .*\r\n/, ''));
    expect(reply.code).toBe('ErrorSendAsDenied');
  });

  test.each([
    ['the mailbox in other letters', 'Ann@CONTOSO.com'],
    ['an at sign in quotes', '"ann@contoso.com" <ann@contoso.com>'],
  ])('takes %s as From', async (_, from) => {
    expect((await client.sendMime(mail({ from }))).status).toBe(202);
  });

  test('takes another From that was granted to this mailbox', async () => {
    sandbox.grantSendAs('ann@contoso.com', 'Sales@contoso.com');
    const mime = mail({ from: 'sales@contoso.com' });
    expect((await client.sendMime(mime)).status).toBe(202);
    expect((await client.sendMime(mime, 'bob@contoso.com')).code).toBe('ErrorSendAsDenied');
    expect(sandbox.mailbox.list()).toMatchObject([
      { sendAs: 'ann@contoso.com', from: 'sales@contoso.com' },
    ]);
  });

  test('takes any From where any was granted', async () => {
    sandbox.grantSendAs('ann@contoso.com', '*');
    expect((await client.sendMime(mail({ from: 'x@fabrikam.com' }))).status).toBe(202);
  });

  test.each([
    [500, 202, ''],
    [501, 400, 'ErrorExceededMaxRecipientLimit'],
  ])('of %i recipients is answered %i %s', async (count, status, code) => {
    const to = Array.from({ length: count }, (_, at) => `r${at}@example.com`).join(',\r\n ');
    expect(await client.sendMime(mail({ to }))).toMatchObject({ status, code });
  });

  test('with a bare LF is sent, and is a violation', async () => {
    expect((await client.sendMime(mail({ body: 'Hello\n' }))).status).toBe(202);
    expect(sandbox.violations).toEqual([expect.stringContaining('bare LF')]);
  });
});

describe('sendMail with JSON', () => {
  test('is answered 202, and keeps the message that Exchange would make of it', async () => {
    const reply = await sendJson({
      subject: 'Grüße',
      body: { contentType: 'HTML', content: '<b>Hi</b>' },
      toRecipients: [recipient('bob@example.com', 'Bob, the first')],
      ccRecipients: [recipient('cleo@example.com', 'Cléo')],
      bccRecipients: [recipient('dan@example.com')],
      replyTo: [recipient('ann@home.example')],
      internetMessageId: '<1@contoso.com>',
      internetMessageHeaders: [{ name: 'X-Department', value: 'billing' }],
      singleValueExtendedProperties: [
        { id: 'String {00020386-0000-0000-C000-000000000046} Name References', value: '<0@x>' },
      ],
      attachments: [
        {
          '@odata.type': '#microsoft.graph.fileAttachment',
          name: 'übersicht.txt',
          contentType: 'text/csv',
          contentBytes: Buffer.from('1,2').toString('base64'),
        },
      ],
    });
    expect(reply).toMatchObject({ status: 202, text: '' });
    const [summary] = sandbox.mailbox.list();
    expect(await sandbox.mailbox.get(summary?.id ?? '')).toMatchObject({
      sendAs: 'ann@contoso.com',
      from: 'ann@contoso.com',
      subject: 'Grüße',
      to: ['bob@example.com'],
      cc: ['cleo@example.com'],
      bcc: ['dan@example.com'],
      html: '<b>Hi</b>',
      attachments: [{ name: 'übersicht.txt', contentType: 'text/csv', sizeBytes: 3 }],
    });
    const raw = Buffer.from((await sandbox.mailbox.get(summary?.id ?? ''))?.raw ?? []).toString();
    expect(raw).toContain('\r\nX-Department: billing\r\n');
    expect(raw).toContain('\r\nReferences: <0@x>\r\n');
    expect(raw).toContain('\r\nMessage-ID: <1@contoso.com>\r\n');
    expect(raw).toContain('\r\nReply-To: <ann@home.example>\r\n');
    expect(sandbox.violations).toEqual([]);
  });

  test.each([
    ['Message', 'SaveToSentItems'],
    ['message', 'saveToSentItems'],
  ])('takes %s and %s, and leaves no copy when it is told so', async (message, save) => {
    const value = { toRecipients: [recipient('bob@example.com')], internetMessageId: '<1@x>' };
    await client.post(sendMailPath, { [message]: value, [save]: false });
    expect(sentCount()).toBe(1);
    expect((await client.graph('/v1.0/users/ann%40contoso.com/messages')).json()).toEqual({
      value: [],
    });
    await client.post(sendMailPath, { [message]: value });
    expect((await client.graph('/v1.0/users/ann%40contoso.com/messages')).json()).toMatchObject({
      value: [{ isDraft: false, internetMessageId: '<1@x>' }],
    });
  });

  test.each([
    ['no JSON', '{', 'BadRequest'],
    [
      'text that is no UTF-8',
      Buffer.from([0x22, 0xff, 0x22]).toString('latin1'),
      'RequestBodyRead',
    ],
    ['a list', '[]', 'RequestBodyRead'],
    ['no message', '{}', 'RequestBodyRead'],
    ['an unknown parameter', '{"message":{},"priority":1}', 'RequestBodyRead'],
    ['an unknown property', '{"message":{"subjct":"x"}}', 'RequestBodyRead'],
    ['a property of another type', '{"message":{"subject":1}}', 'RequestBodyRead'],
    ['saveToSentItems as text', '{"message":{},"saveToSentItems":"false"}', 'RequestBodyRead'],
    [
      'a recipient without an address',
      '{"message":{"toRecipients":[{"emailAddress":{}}]}}',
      'RequestBodyRead',
    ],
    ['a recipient as text', '{"message":{"toRecipients":["a@x.com"]}}', 'RequestBodyRead'],
    [
      'a line break in the subject',
      '{"message":{"subject":"a\\r\\nBcc: b@x.com"}}',
      'RequestBodyRead',
    ],
    [
      'a kind of body that there is not',
      '{"message":{"body":{"contentType":"rtf"}}}',
      'RequestBodyRead',
    ],
    [
      'an attachment without a type',
      '{"message":{"attachments":[{"name":"a","contentBytes":""}]}}',
      'RequestBodyRead',
    ],
  ])('refuses %s', async (_, body, code) => {
    expect(await sendBody(body, 'application/json')).toMatchObject({ status: 400, code });
    expect(sentCount()).toBe(0);
  });

  test('refuses an attachment that is no base64', async () => {
    const type = '#microsoft.graph.fileAttachment';
    const attachments = [{ '@odata.type': type, name: 'a', contentBytes: 'QUI' }];
    expect((await sendJson({ attachments })).code).toBe('RequestBodyRead');
  });

  test.each([
    [
      'the sixth header',
      Array.from({ length: 6 }, () => 'X-A'),
      'InvalidInternetMessageHeaderCollection',
    ],
    ['a header that is not named X-', ['References'], 'InvalidInternetMessageHeader'],
  ])('refuses %s', async (_, names, code) => {
    const internetMessageHeaders = names.map((name) => ({ name, value: '1' }));
    const toRecipients = [recipient('bob@example.com')];
    const reply = await sendJson({ toRecipients, internetMessageHeaders });
    expect(reply).toMatchObject({ status: 400, code });
  });

  test.each([
    ['no recipient', { subject: 'x' }, 400, 'ErrorInvalidRecipients'],
    [
      'several addresses in one',
      { toRecipients: [recipient('a@x.com;b@x.com')] },
      400,
      'ErrorInvalidRecipients',
    ],
    [
      'another From',
      { from: recipient('bob@contoso.com'), toRecipients: [recipient('a@x.com')] },
      403,
      'ErrorSendAsDenied',
    ],
  ])('refuses %s', async (_, message, status, code) => {
    expect(await sendJson(message)).toMatchObject({ status, code });
    expect(sentCount()).toBe(0);
  });
});

describe('sendMail with another Content-Type', () => {
  test.each(['message/rfc822', ''])('%s is refused', async (type) => {
    const reply = await sendBody(Buffer.from(mail()).toString('base64'), type);
    expect(reply).toMatchObject({ status: 415 });
    expect(sentCount()).toBe(0);
  });
});
