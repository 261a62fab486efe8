import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { connectionLost, mail, TestClient, type Reply } from './test-client.ts';

const start = Date.UTC(2026, 0, 1, 10);
const messagesPath = '/v1.0/users/ann%40contoso.com/messages';
const propertyId = 'String {8ECCC264-6880-4EBE-992F-8888D2EEAA1D} Name graphpost-delivery';
const toRecipients = [{ emailAddress: { address: 'bob@example.com' } }];
let sandbox: Sandbox;
let client: TestClient;

beforeEach(async () => {
  sandbox = await createSandbox({ now: () => start });
  client = new TestClient(sandbox);
});

afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

function field(reply: Reply, name: string): string {
  return new RegExp(`"${name}":"([^"]*)"`).exec(reply.text)?.[1] ?? '';
}

async function createDraft(more: object = {}): Promise<string> {
  const reply = await client.post(messagesPath, { subject: 'Draft', toRecipients, ...more });
  expect(reply.status).toBe(201);
  return field(reply, 'id');
}

function itemPath(id: string): string {
  return `${messagesPath}/${encodeURIComponent(id)}`;
}

function list(query: string): Promise<Reply> {
  return client.graph(`${messagesPath}?${query}`);
}

function send(id: string): Promise<Reply> {
  return client.graph(`${itemPath(id)}/send`, { body: '' });
}

describe('POST messages', () => {
  test('makes a draft of JSON, with a Message-ID', async () => {
    const reply = await client.post(messagesPath, { subject: 'Draft', toRecipients });
    expect(reply.status).toBe(201);
    expect(reply.json()).toMatchObject({
      id: expect.stringMatching(/^AAMk.*=$/),
      isDraft: true,
      createdDateTime: '2026-01-01T10:00:00.000Z',
      subject: 'Draft',
      internetMessageId: expect.stringMatching(/^<.+@.+>$/),
      toRecipients: [{ emailAddress: { address: 'bob@example.com' } }],
      hasAttachments: false,
    });
    expect(sandbox.mailbox.list()).toEqual([]);
  });

  test('makes a draft of MIME, which is sent as it was', async () => {
    const reply = await client.graph(messagesPath, {
      headers: { 'content-type': 'text/plain' },
      body: Buffer.from(mail()).toString('base64'),
    });
    expect(reply.json()).toMatchObject({ isDraft: true, internetMessageId: '<1@contoso.com>' });
    expect((await send(field(reply, 'id'))).status).toBe(202);
    const message = await sandbox.mailbox.get(sandbox.mailbox.list()[0]?.id ?? '');
    expect(Buffer.from(message?.raw ?? []).toString()).toBe(mail());
  });

  test.each([
    ['an unknown property', 'application/json', '{"subjct":"x"}', 400],
    ['no JSON', 'application/json', '{', 400],
    [
      'too many headers',
      'application/json',
      `{"internetMessageHeaders":[${Array(6).fill('{"name":"X-A"}').join(',')}]}`,
      400,
    ],
    ['no base64', 'text/plain', '?', 400],
    ['another type', 'text/html', 'x', 415],
  ])('refuses %s', async (_, type, body, status) => {
    const reply = await client.graph(messagesPath, { headers: { 'content-type': type }, body });
    expect(reply.status).toBe(status);
    expect((await list('$top=1')).json()).toEqual({ value: [] });
  });
});

describe('POST messages/{id}/send', () => {
  test('sends the draft, which is gone then, and leaves a copy with another id', async () => {
    const id = await createDraft({ internetMessageId: '<7@contoso.com>', body: { content: 'Hi' } });
    expect(await send(id)).toMatchObject({ status: 202, text: '' });
    expect(sandbox.mailbox.list()).toMatchObject([
      { subject: 'Draft', recipients: ['bob@example.com'], sendAs: 'ann@contoso.com' },
    ]);
    expect((await client.graph(itemPath(id))).code).toBe('ErrorItemNotFound');
    expect(await send(id)).toMatchObject({ status: 404, code: 'ErrorItemNotFound' });
    const found = await list(
      "$filter=internetMessageId eq '<7@contoso.com>'".replaceAll(' ', '%20'),
    );
    expect(found.json()).toMatchObject({ value: [{ isDraft: false }] });
    expect(field(found, 'id')).not.toBe(id);
    expect((await client.graph(itemPath(field(found, 'id')))).json()).toMatchObject({
      isDraft: false,
    });
  });

  test('keeps the draft that Exchange refuses to send', async () => {
    const id = await createDraft({ toRecipients: [] });
    expect((await send(id)).code).toBe('ErrorInvalidRecipients');
    expect((await client.graph(itemPath(id))).status).toBe(200);
  });

  test('refuses a message over the limit of the mailbox', async () => {
    const limits = { messageBytes: 1_000 };
    await using other = await createSandbox({ now: () => start, limits });
    const otherClient = new TestClient(other);
    const body = { content: 'x'.repeat(1_000) };
    const draft = await otherClient.post(messagesPath, { toRecipients, body });
    const reply = await otherClient.graph(`${itemPath(field(draft, 'id'))}/send`, { body: '' });
    expect(reply).toMatchObject({ status: 413, code: 'ErrorMessageSizeExceeded' });
  });

  test('wants a length, though it is 0', async () => {
    const id = await createDraft();
    const reply = await client.graph(`${itemPath(id)}/send`, {
      method: 'POST',
      chunked: true,
      body: '',
    });
    expect(reply.status).toBe(411);
  });

  test('forces an outcome by the recipient, and sends no draft twice whose connection was cut', async () => {
    const id = await createDraft({
      toRecipients: [{ emailAddress: { address: 'cut@example.com' } }],
    });
    await expect(send(id)).rejects.toThrow(connectionLost);
    expect((await send(id)).status).toBe(404);
    expect(sandbox.mailbox.list()).toHaveLength(1);
  });
});

describe('DELETE messages/{id}', () => {
  test('removes a draft', async () => {
    const id = await createDraft();
    expect((await client.graph(itemPath(id), { method: 'DELETE' })).status).toBe(204);
    expect((await client.graph(itemPath(id))).status).toBe(404);
    expect((await client.graph(itemPath(id), { method: 'DELETE' })).status).toBe(404);
  });

  test('removes none of another mailbox', async () => {
    const id = await createDraft();
    const path = `/v1.0/users/bob@contoso.com/messages/${encodeURIComponent(id)}`;
    expect((await client.graph(path, { method: 'DELETE' })).status).toBe(404);
    expect((await client.graph(itemPath(id))).status).toBe(200);
  });
});

describe('GET messages', () => {
  test('finds a draft by an extended property, and shows it when asked to', async () => {
    await createDraft();
    const id = await createDraft({
      singleValueExtendedProperties: [{ id: propertyId, value: "it's 7" }],
    });
    const ep = `ep/id eq '${propertyId}' and ep/value eq 'it''s 7'`;
    const filter = encodeURIComponent(
      `isDraft eq true and singleValueExtendedProperties/any(ep: ${ep})`,
    );
    const expand = encodeURIComponent(
      `singleValueExtendedProperties($filter=id eq '${propertyId}')`,
    );
    const found = await list(`$filter=${filter}&$select=isDraft&$expand=${expand}`);
    expect(found.json()).toEqual({
      value: [
        { id, isDraft: true, singleValueExtendedProperties: [{ id: propertyId, value: "it's 7" }] },
      ],
    });
  });

  test('keeps the extended property of what was sent', async () => {
    const singleValueExtendedProperties = [{ id: propertyId, value: '7' }];
    await send(await createDraft({ singleValueExtendedProperties }));
    const ep = `e/id eq '${propertyId.toLowerCase()}' and e/value eq '7'`;
    const filter = encodeURIComponent(`singleValueExtendedProperties/any(e:${ep})`);
    expect((await list(`$filter=${filter}`)).json()).toMatchObject({ value: [{ isDraft: false }] });
  });

  test('finds what was sent as MIME by its Message-ID, in its own mailbox alone', async () => {
    await client.sendMime(mail());
    const query = `$filter=${encodeURIComponent("internetMessageId eq '<1@contoso.com>'")}`;
    expect((await list(query)).json()).toMatchObject({ value: [{ isDraft: false }] });
    const other = await client.graph(`/v1.0/users/bob@contoso.com/messages?${query}`);
    expect(other.json()).toEqual({ value: [] });
    const none = `$filter=${encodeURIComponent("internetMessageId eq '<2@contoso.com>'")}`;
    expect((await list(none)).json()).toEqual({ value: [] });
  });

  test('gives ten unless told otherwise', async () => {
    for (let drafts = 0; drafts < 11; drafts++) await createDraft();
    const count = async (query: string): Promise<number> =>
      [...(await list(query)).text.matchAll(/"id":/g)].length;
    expect(await count('')).toBe(10);
    expect(await count('$top=11')).toBe(11);
  });

  test.each([
    '$filter=subject eq x',
    "$filter=internetMessageId eq 'it's'",
    "$filter=internetMessageId eq '<1>' or isDraft eq true",
    '$filter=isDraft eq true or  isDraft eq true',
    '$filter=',
    '$orderby=subject',
  ])('refuses %s', async (query) => {
    expect(await list(query.replaceAll(' ', '%20'))).toMatchObject({
      status: 400,
      code: 'BadRequest',
    });
  });
});
