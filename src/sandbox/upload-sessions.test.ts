import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { readReply, connectionLost, TestClient, type Call, type Reply } from './test-client.ts';

const start = Date.UTC(2026, 0, 1, 10);
const messagesPath = '/v1.0/users/ann%40contoso.com/messages';
const file = randomBytes(3_000_000);
let now: number;
let sandbox: Sandbox;
let client: TestClient;
let draftPath: string;

beforeEach(async () => {
  now = start;
  sandbox = await createSandbox({ now: () => now });
  client = new TestClient(sandbox);
  draftPath = await createDraft();
});

afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

function field(reply: Reply, name: string): string {
  return new RegExp(`"${name}":"([^"]*)"`).exec(reply.text)?.[1] ?? '';
}

async function createDraft(): Promise<string> {
  const reply = await client.post(messagesPath, {
    subject: 'Large',
    body: { contentType: 'html', content: '<img src="cid:logo">' },
    toRecipients: [{ emailAddress: { address: 'bob@example.com' } }],
  });
  return `${messagesPath}/${encodeURIComponent(field(reply, 'id'))}`;
}

function createSession(changes: object = {}): Promise<Reply> {
  const AttachmentItem = { attachmentType: 'file', name: 'big.bin', size: file.length, ...changes };
  return client.post(`${draftPath}/attachments/createUploadSession`, { AttachmentItem });
}

async function uploadUrl(changes: object = {}): Promise<string> {
  return field(await createSession(changes), 'uploadUrl');
}

/** A PUT of these bytes of the file, said as they are unless told otherwise. */
function put(url: string, [from, to]: readonly [number, number], call: Call = {}): Promise<Reply> {
  return client.call(url, {
    method: 'PUT',
    body: file.subarray(from, to),
    ...call,
    headers: {
      'content-type': 'application/octet-stream',
      'content-range': `bytes ${from}-${to - 1}/${file.length}`,
      ...call.headers,
    },
  });
}

describe('an upload session', () => {
  test('takes a file piece by piece, and attaches it to the draft, which is sent with it', async () => {
    const session = await createSession({
      isInline: true,
      contentId: 'logo',
      contentType: 'image/png',
    });
    expect(session.status).toBe(201);
    expect(session.json()).toEqual({
      uploadUrl: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+\//),
      expirationDateTime: '2026-01-01T11:00:00.000Z',
      nextExpectedRanges: ['0-'],
    });
    const url = field(session, 'uploadUrl');
    expect(url.startsWith(sandbox.graph)).toBe(false);
    const first = await put(url, [0, 1_000_000]);
    expect(first).toMatchObject({ status: 200 });
    expect(first.json()).toMatchObject({ nextExpectedRanges: ['1000000'] });
    expect((await client.call(url)).json()).toMatchObject({ nextExpectedRanges: ['1000000'] });
    const last = await put(url, [1_000_000, 3_000_000]);
    expect(last).toMatchObject({
      status: 201,
      text: '',
      headers: { location: expect.any(String) },
    });
    expect((await client.call(url)).status).toBe(404);
    expect((await client.graph(draftPath)).json()).toMatchObject({ hasAttachments: true });
    expect((await client.graph(`${draftPath}/send`, { body: '' })).status).toBe(202);
    const message = await sandbox.mailbox.get(sandbox.mailbox.list()[0]?.id ?? '');
    expect(message?.attachments).toEqual([
      {
        name: 'big.bin',
        contentType: 'image/png',
        sizeBytes: file.length,
        sha256: createHash('sha256').update(file).digest('hex'),
      },
    ]);
    expect(sandbox.violations).toEqual([]);
  });

  test.each([
    ['below 3 MB', { size: 2_999_999 }, 400, 'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize'],
    ['over 150 MB', { size: 157_286_401 }, 413, 'ErrorMessageSizeExceeded'],
    [
      'of an item',
      { attachmentType: 'item' },
      405,
      'ErrorAttachmentSessionIsSupportedOnlyForFileAttachments',
    ],
    ['without a name', { name: '' }, 400, 'RequestBodyRead'],
    ['without a size', { size: undefined }, 400, 'RequestBodyRead'],
    ['with an unknown property', { length: 1 }, 400, 'RequestBodyRead'],
  ])('is refused to a file %s', async (_, changes, status, code) => {
    expect(await createSession(changes)).toMatchObject({ status, code });
  });

  test('is refused below a draft that there is not', async () => {
    draftPath = `${messagesPath}/x`;
    expect(await createSession()).toMatchObject({ status: 404, code: 'ErrorItemNotFound' });
  });

  test('wants no Authorization, and holds it against its sender', async () => {
    const url = await uploadUrl();
    const reply = await put(url, [0, 10], { headers: { authorization: 'Bearer x' } });
    expect(reply.status).toBe(401);
    expect(sandbox.violations).toEqual([expect.stringContaining('Authorization')]);
    expect((await client.call(url)).json()).toMatchObject({ nextExpectedRanges: ['0'] });
  });

  test.each<[string, readonly [number, number], Call, number]>([
    ['a gap', [20, 30], {}, 416],
    ['what it has already', [0, 10], {}, 416],
    ['a piece without a range', [10, 20], { headers: { 'content-range': '' } }, 400],
    [
      'a range that is longer than the piece',
      [10, 20],
      { headers: { 'content-range': 'bytes 10-20/3000000' } },
      400,
    ],
    [
      'a range of another total',
      [10, 20],
      { headers: { 'content-range': 'bytes 10-19/2999999' } },
      400,
    ],
    [
      'a range beyond the end',
      [10, 20],
      { headers: { 'content-range': 'bytes 2999995-3000004/3000000' } },
      400,
    ],
    ['a piece of another type', [10, 20], { headers: { 'content-type': 'image/png' } }, 400],
    ['a piece without a length', [10, 20], { chunked: true }, 411],
    ['a POST', [10, 20], { method: 'POST' }, 405],
  ])('refuses %s, and goes on from where it was', async (_, range, call, status) => {
    const url = await uploadUrl();
    await put(url, [0, 10]);
    expect((await put(url, range, call)).status).toBe(status);
    expect((await put(url, [10, 20])).json()).toMatchObject({ nextExpectedRanges: ['20'] });
  });

  test('refuses more than 4 MiB at once', async () => {
    const limits = { uploadPieceBytes: 100 };
    await using other = await createSandbox({ now: () => now, limits });
    client = new TestClient(other);
    draftPath = await createDraft();
    const url = await uploadUrl();
    expect((await put(url, [0, 101])).status).toBe(413);
    expect((await put(url, [0, 100])).status).toBe(200);
  });

  test('keeps nothing of a piece whose connection was cut', async () => {
    const url = await uploadUrl();
    sandbox.faults.next({ cut: 'mid-body' }, { on: 'upload' });
    await expect(put(url, [0, 2_000_000])).rejects.toThrow(connectionLost);
    expect((await client.call(url)).json()).toMatchObject({ nextExpectedRanges: ['0'] });
  });

  test('has a piece although its answer was cut', async () => {
    const url = await uploadUrl();
    sandbox.faults.next({ cut: 'after' }, { on: 'upload' });
    await expect(put(url, [0, 10])).rejects.toThrow(connectionLost);
    expect((await client.call(url)).json()).toMatchObject({ nextExpectedRanges: ['10'] });
  });

  test('takes one of two PUTs of the same bytes that come at once', async () => {
    const url = await uploadUrl();
    const before = sandbox.requests.length;
    const slow = client.open(url, {
      method: 'PUT',
      headers: {
        'content-type': 'application/octet-stream',
        'content-range': `bytes 0-9/${file.length}`,
        'content-length': '10',
      },
    });
    slow.write(file.subarray(0, 5));
    while (sandbox.requests.length === before) await new Promise((go) => setImmediate(go));
    expect((await put(url, [0, 10])).status).toBe(200);
    slow.end(file.subarray(5, 10));
    expect((await readReply(slow)).status).toBe(400);
    expect((await client.call(url)).json()).toMatchObject({ nextExpectedRanges: ['10'] });
  });

  test('ends when its time is over', async () => {
    const url = await uploadUrl();
    now += 3_599_999;
    expect((await put(url, [0, 10])).status).toBe(200);
    now += 1;
    expect(await put(url, [10, 20])).toMatchObject({ status: 404, code: 'ErrorItemNotFound' });
  });

  test('ends when it is cancelled', async () => {
    const url = await uploadUrl();
    expect((await client.call(url, { method: 'DELETE' })).status).toBe(204);
    expect((await put(url, [0, 10])).status).toBe(404);
  });

  test('ends with its draft', async () => {
    const url = await uploadUrl();
    await client.graph(draftPath, { method: 'DELETE' });
    expect((await put(url, [0, 10])).status).toBe(404);
  });

  test('cannot be guessed', async () => {
    const url = await uploadUrl();
    expect((await client.call(`${url}x`)).status).toBe(404);
    expect((await client.call(url.replace(/\?.*/, ''))).status).toBe(404);
    expect((await client.call(url.replace('attachmentSessions', 'x'))).status).toBe(404);
  });

  test('counts towards the limits of its mailbox', async () => {
    const limits = { uploadBytesPer5Minutes: 10_000 };
    await using other = await createSandbox({ now: () => now, limits });
    client = new TestClient(other);
    draftPath = await createDraft();
    const url = await uploadUrl();
    expect((await put(url, [0, 9_000])).status).toBe(200);
    expect(await put(url, [9_000, 11_000])).toMatchObject({ status: 429 });
    expect(other.violations).toEqual([expect.stringContaining('10000 bytes of upload')]);
  });
});

describe('POST attachments', () => {
  function attach(more: object = {}): Promise<Reply> {
    return client.post(`${draftPath}/attachments`, {
      '@odata.type': '#microsoft.graph.fileAttachment',
      name: 'a.txt',
      contentType: 'text/plain',
      contentBytes: Buffer.from('Hello').toString('base64'),
      ...more,
    });
  }

  test('adds a file to the draft', async () => {
    const reply = await attach();
    expect(reply.status).toBe(201);
    expect(reply.json()).toMatchObject({
      name: 'a.txt',
      size: 5,
      isInline: false,
      id: expect.any(String),
    });
    await client.graph(`${draftPath}/send`, { body: '' });
    const message = await sandbox.mailbox.get(sandbox.mailbox.list()[0]?.id ?? '');
    expect(message?.attachments).toMatchObject([{ name: 'a.txt', sizeBytes: 5 }]);
  });

  test.each([
    ['of another kind', { '@odata.type': '#microsoft.graph.itemAttachment' }],
    ['without a kind', { '@odata.type': undefined }],
    ['without a name', { name: undefined }],
    ['without content', { contentBytes: undefined }],
    ['that is no base64', { contentBytes: 'QUI' }],
    ['with an unknown property', { fileName: 'x' }],
  ])('refuses a file %s', async (_, changes) => {
    expect(await attach(changes)).toMatchObject({ status: 400, code: 'RequestBodyRead' });
  });

  test('refuses a file that takes an upload session', async () => {
    await using other = await createSandbox({ now: () => now, limits: { attachmentBytes: 6 } });
    client = new TestClient(other);
    draftPath = await createDraft();
    expect((await attach()).status).toBe(201);
    const contentBytes = Buffer.from('Hello!').toString('base64');
    expect(await attach({ contentBytes })).toMatchObject({
      status: 413,
      code: 'ErrorAttachmentSizeLimitExceeded',
    });
  });

  test('refuses a file for a draft that there is not', async () => {
    draftPath = `${messagesPath}/x`;
    expect(await attach()).toMatchObject({ status: 404, code: 'ErrorItemNotFound' });
  });

  test('refuses the 251st file', async () => {
    for (let files = 0; files < 250; files++) await attach();
    expect(await attach()).toMatchObject({
      status: 400,
      code: 'ErrorAttachmentCountLimitExceeded',
    });
  });

  test('refuses a file for a draft made of MIME', async () => {
    const mime = 'To: bob@example.com\r\n\r\n';
    const draft = await client.graph(messagesPath, {
      headers: { 'content-type': 'text/plain' },
      body: Buffer.from(mime).toString('base64'),
    });
    draftPath = `${messagesPath}/${field(draft, 'id')}`;
    expect(await attach()).toMatchObject({ status: 400, code: 'ErrorInvalidRequest' });
  });
});
