import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bytesOf, contentOf } from '../../test/support/content.ts';
import {
  startGraphSandbox,
  submissionOf,
  type GraphSandbox,
} from '../../test/support/graph-sandbox.ts';
import { readHeader } from '../mime/header-facts.ts';
import type { Content, Submission, Transport } from '../relay/ports.ts';
import type { Fault } from '../sandbox/faults.ts';
import type { RecordedRequest } from '../sandbox/journal.ts';
import type { SandboxOptions } from '../sandbox/sandbox.ts';
import { Semaphore } from './semaphore.ts';

const slice = 3_932_160;
const { signal: never } = new AbortController();

async function start(options: Partial<SandboxOptions> = {}): Promise<GraphSandbox> {
  const graph = await startGraphSandbox(options);
  onTestFinished(() => graph[Symbol.asyncDispose]());
  return graph;
}

/** Bytes without a pattern, so that a slice in the wrong place shows. */
function fileOf(bytes: number, seed = 1): Buffer {
  const file = Buffer.alloc(bytes);
  let state = seed;
  for (let at = 0; at + 4 <= bytes; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    file.writeUInt32LE(state, at);
  }
  return file;
}

type Attachment = NonNullable<
  NonNullable<ConstructorParameters<typeof MailComposer>[0]>['attachments']
>[number];

const picture = '<p>Hello <img src="cid:logo@app"></p>';

function messageOf(...attachments: readonly Attachment[]): Promise<Content> {
  return htmlMessageOf(picture, attachments);
}

async function htmlMessageOf(html: string, attachments: readonly Attachment[]): Promise<Content> {
  const mail = new MailComposer({
    from: 'ann@contoso.com',
    to: 'bob@example.com',
    subject: 'Large',
    messageId: '<1@contoso.com>',
    html,
    attachments: [...attachments],
  });
  return contentOf(await mail.compile().build(), 262_144);
}

const large = fileOf(slice + 5_000);
const oneLarge = { filename: 'big.pdf', content: large };

function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

async function sendLarge(
  transport: Transport,
  changes: Partial<Submission> = {},
  signal: AbortSignal = never,
) {
  const content = changes.content ?? (await messageOf(oneLarge));
  return await transport.send(submissionOf(content, changes), { signal });
}

function isCall(method: string, end: string) {
  return (request: RecordedRequest) =>
    request.method === method && request.path.replace(/\?.*/, '').endsWith(end);
}

const isPut = { on: 'upload', match: ({ method }: RecordedRequest) => method === 'PUT' } as const;
const isSend = { match: isCall('POST', '/send') };

const wholeUpload = [
  'POST /messages',
  'POST /messages/*/attachments/createUploadSession',
  'PUT upload',
  'PUT upload',
  'POST /messages/*/send',
];

/** That it was sent once, whole, and without a breach of Graph's rules. */
async function expectSentOnce(graph: GraphSandbox) {
  const sent = await graph.sent();
  expect(sent).toHaveLength(1);
  expect(sent[0]?.attachments.map(({ sha256 }) => sha256)).toEqual([digestOf(large)]);
  expect(graph.sandbox.violations).toEqual([]);
  expect(await leftDrafts(graph)).toBe(0);
}

async function leftDrafts({ sandbox, http }: GraphSandbox): Promise<number> {
  sandbox.permissions.add('Mail.ReadWrite');
  const result = await http.request({
    method: 'GET',
    path: '/v1.0/users/ann%40contoso.com/messages?$filter=isDraft%20eq%20true',
    operation: 'look_up',
    deadlineMs: 1_000,
    signal: never,
  });
  const { value } = JSON.parse(result.kind === 'answer' ? result.text : '{}');
  return value.length;
}

describe('a large message', () => {
  test('goes by draft, its large file by an upload session in slices', async () => {
    const graph = await start();
    const outcome = await sendLarge(graph.createTransport());
    expect(outcome).toMatchObject({
      kind: 'delivered',
      status: '2.0.0',
      passage: { transport: 'draft', why: expect.stringContaining('too many for one request') },
    });
    expect(graph.calls).toEqual(wholeUpload);
    const ranges = graph.sandbox.requests.flatMap(({ headers }) => headers['content-range'] ?? []);
    expect(ranges).toEqual([
      `bytes 0-${slice - 1}/${large.length}`,
      `bytes ${slice}-${large.length - 1}/${large.length}`,
    ]);
    await expectSentOnce(graph);
  });

  test('tells what its requests took of the limits of the mailbox', async () => {
    const graph = await start();
    const uses: unknown[] = [];
    const onUse = (use: unknown) => void uses.push(use);
    const options = { signal: never, onUse };
    const content = await messageOf(oneLarge);
    await graph.createTransport().send(submissionOf(content), options);
    await graph.createTransport().send(submissionOf(contentOf('From: a\r\n\r\nx\r\n')), options);
    const requests = graph.sandbox.requests.filter(({ service }) => service !== 'entra');
    const bytes = requests.map(({ bodyBytes }) => bodyBytes);
    expect(uses).toEqual([
      { requests: 5, uploadBytes: bytes.slice(0, 5).reduce((sum, each) => sum + each, 0) },
      { requests: 1, uploadBytes: bytes[5] },
    ]);
  });

  test('names the fields of its header that a draft drops', async () => {
    const graph = await start();
    const header = readHeader(
      Buffer.from('Date: today\r\nX-App: 1\r\nSender: b@contoso.com\r\n\r\n'),
    );
    expect(await sendLarge(graph.createTransport(), { header })).toMatchObject({
      passage: { transport: 'draft', droppedFields: ['Date', 'Sender'] },
    });
  });

  test('keeps names, types, order and inline pictures, and attaches small files at once', async () => {
    const graph = await start();
    const eml = 'From: x@example.com\r\nSubject: Inner\r\n\r\nHello\r\n';
    const content = await messageOf(
      { filename: 'logo.png', content: fileOf(500), cid: 'logo@app' },
      { filename: 'Übersicht 1.pdf', content: large },
      { filename: 'empty.txt', content: Buffer.alloc(0) },
      { filename: 'inner', content: eml, contentType: 'message/rfc822' },
      { filename: 'second.zip', content: fileOf(3_100_000, 2) },
    );
    expect(await sendLarge(graph.createTransport(), { content })).toMatchObject({
      kind: 'delivered',
      passage: { why: expect.stringMatching(/; it loses .*an empty file/) },
    });
    const [message] = await graph.sent();
    expect(message?.html).toContain('cid:logo@app');
    expect(message?.raw).toSatisfy((raw: Uint8Array) =>
      /Content-Disposition: inline[^]{0,80}Content-ID: <logo@app>/.test(
        Buffer.from(raw).toString('latin1'),
      ),
    );
    expect(message?.attachments).toEqual([
      expect.objectContaining({ name: 'logo.png', contentType: 'image/png', sizeBytes: 500 }),
      expect.objectContaining({ name: 'Übersicht 1.pdf', sha256: digestOf(large) }),
      expect.objectContaining({ name: 'inner.eml', sha256: digestOf(Buffer.from(eml)) }),
      expect.objectContaining({ name: 'second.zip', sizeBytes: 3_100_000 }),
    ]);
    expect(graph.calls.filter((call) => call === 'POST /messages/*/attachments')).toHaveLength(2);
    expect(graph.sandbox.violations).toEqual([]);
  });

  test.each([
    ['is cut while a slice goes out', { cut: 'mid-body' }, ['PUT upload', 'GET upload']],
    [
      'ends after a slice that was taken',
      { cut: 'after', carriedOut: true },
      ['PUT upload', 'GET upload'],
    ],
    [
      'ends after a slice that was not taken',
      { cut: 'after', carriedOut: false },
      ['PUT upload', 'GET upload', 'PUT upload'],
    ],
    ['answers 503', { status: 503 }, ['PUT upload', 'GET upload', 'PUT upload']],
  ] as const)('resumes an upload whose connection %s', async (_what, fault, calls) => {
    const graph = await start();
    graph.sandbox.faults.next(fault, isPut);
    expect(await sendLarge(graph.createTransport())).toMatchObject({ kind: 'delivered' });
    expect(graph.calls.slice(2, 2 + calls.length)).toEqual(calls);
    await expectSentOnce(graph);
  });

  test('reads the next expected range by a name in either case, as one place or a range', async () => {
    const graph = await start();
    const body = JSON.stringify({ NextExpectedRanges: [`${slice}-${large.length}`] });
    graph.sandbox.faults.next({ status: 200, body, carriedOut: true }, isPut);
    expect(await sendLarge(graph.createTransport())).toMatchObject({ kind: 'delivered' });
    expect(graph.calls).toEqual(wholeUpload);
    await expectSentOnce(graph);
  });

  test.each([
    ['a first PUT', 'PUT', '/attachmentSessions', 'upload'],
    ['a session', 'POST', '/createUploadSession', 'graph'],
  ] as const)(
    'begins anew when the new draft is not found for %s',
    async (_what, method, end, on) => {
      const graph = await start();
      const body = JSON.stringify({ error: { code: 'ErrorItemNotFound', message: 'Not found.' } });
      graph.sandbox.faults.next(
        { status: 404, body },
        { on, match: isCall(method, end), times: 2 },
      );
      expect(await sendLarge(graph.createTransport())).toMatchObject({ kind: 'delivered' });
      expect(graph.waits.filter((ms) => ms < 10_000)).toHaveLength(2);
      await expectSentOnce(graph);
    },
  );

  test('starts a file over when Graph has lost the upload', async () => {
    const graph = await start();
    const body = JSON.stringify({ nextExpectedRanges: ['0-'] });
    graph.sandbox.faults.next({}, { ...isPut });
    graph.sandbox.faults.next({ status: 200, body }, isPut);
    expect(await sendLarge(graph.createTransport())).toMatchObject({ kind: 'delivered' });
    await expectSentOnce(graph);
  });

  test('goes on after a pause with the files that are not attached yet', async () => {
    const graph = await start();
    const transport = graph.createTransport();
    const content = await messageOf(oneLarge, { filename: 'small.txt', content: 'small' });
    const throttled = { status: 429, headers: { 'retry-after': '60' } };
    graph.sandbox.faults.next(throttled, { match: isCall('POST', '/attachments') });
    graph.sandbox.faults.next(throttled, isSend);
    for (let pauses = 0; pauses < 2; pauses++) {
      expect(await sendLarge(transport, { content })).toMatchObject({ reason: 'throttled' });
      await graph.clock.wait(60_000, { signal: never });
    }
    expect(await sendLarge(transport, { content })).toMatchObject({ kind: 'delivered' });
    expect(graph.calls.filter((call) => !call.startsWith('GET '))).toEqual([
      ...wholeUpload.slice(0, 4),
      'POST /messages/*/attachments',
      'POST /messages/*/attachments',
      'POST /messages/*/send',
      'POST /messages/*/send',
    ]);
    const [message] = await graph.sent();
    expect(message?.attachments.map(({ name }) => name)).toEqual(['big.pdf', 'small.txt']);
  });

  test('goes on after a pause in the middle of a file', async () => {
    const graph = await start();
    const transport = graph.createTransport();
    const content = await messageOf(oneLarge);
    const throttled = { status: 429, headers: { 'retry-after': '60' } };
    const second = ({ headers }: RecordedRequest) =>
      !(headers['content-range'] ?? 'bytes 0-').startsWith('bytes 0-');
    graph.sandbox.faults.next(throttled, { on: 'upload', match: second });
    expect(await sendLarge(transport, { content })).toMatchObject({ reason: 'throttled' });
    await graph.clock.wait(60_000, { signal: never });
    expect(await sendLarge(transport, { content })).toMatchObject({ kind: 'delivered' });
    expect(graph.calls).toEqual([
      ...wholeUpload.slice(0, 4),
      'GET /messages/*',
      'GET upload',
      'PUT upload',
      'POST /messages/*/send',
    ]);
    await expectSentOnce(graph);
  });

  test('opens another session after a pause where the old one has gone', async () => {
    const graph = await start();
    const transport = graph.createTransport();
    const content = await messageOf(oneLarge);
    graph.sandbox.faults.next({ status: 429, headers: { 'retry-after': '60' } }, isPut);
    await sendLarge(transport, { content });
    await graph.clock.wait(7_200_000, { signal: never });
    expect(await sendLarge(transport, { content })).toMatchObject({ kind: 'delivered' });
    expect(graph.calls.slice(-5)).toEqual(['GET upload', ...wholeUpload.slice(1)]);
    await expectSentOnce(graph);
  });

  test('is made anew after a pause when its header is another', async () => {
    const graph = await start();
    const transport = graph.createTransport();
    graph.sandbox.faults.next({ status: 429, headers: { 'retry-after': '60' } }, isPut);
    await sendLarge(transport);
    await graph.clock.wait(60_000, { signal: never });
    const raw = await bytesOf((await messageOf(oneLarge)).read());
    const content = contentOf(Buffer.concat([Buffer.from('X-New: 1\r\n'), raw]));
    expect(await sendLarge(transport, { content })).toMatchObject({ kind: 'delivered' });
    expect(graph.calls).toContain('DELETE /messages/*');
    await expectSentOnce(graph);
  });

  const isLastPut = {
    on: 'upload',
    match: ({ headers }: RecordedRequest) =>
      headers['content-range']?.includes(`-${large.length - 1}/`) ?? false,
  } as const;

  test.each([
    ['was not taken', { status: 200, body: '{}', carriedOut: false }, 'delivered'],
    ['was taken', { status: 200, body: '{}', carriedOut: true }, 'deferred'],
    [
      'names its end',
      { status: 200, body: `{"nextExpectedRanges":["${slice + 5_000}"]}` },
      'delivered',
    ],
  ])('never takes a 200 to its last slice for the file, which %s', async (_what, fault, kind) => {
    const graph = await start();
    graph.sandbox.faults.next(fault, isLastPut);
    const transport = graph.createTransport();
    expect(await sendLarge(transport)).toMatchObject({ kind });
    expect(graph.calls).toContain('GET upload');
    // Where the session has ended, nobody says whether the file is attached: all is made anew.
    if (kind === 'deferred') await sendLarge(transport, { attempt: 2 });
    await expectSentOnce(graph);
  });

  test('asks where to go on when the answer to a slice does not say it', async () => {
    const graph = await start();
    graph.sandbox.faults.next({ status: 200, body: '{}', carriedOut: false }, isPut);
    expect(await sendLarge(graph.createTransport())).toMatchObject({ kind: 'delivered' });
    expect(graph.calls.slice(2, 6)).toEqual([
      'PUT upload',
      'GET upload',
      'PUT upload',
      'PUT upload',
    ]);
    await expectSentOnce(graph);
  });

  test('reads the id of a draft whose text is long', async () => {
    const graph = await start();
    const html = '<p>Long "text".</p>\r\n'.repeat(30_000);
    const content = await htmlMessageOf(html, [oneLarge]);
    expect(await sendLarge(graph.createTransport(), { content })).toMatchObject({
      kind: 'delivered',
    });
    await expectSentOnce(graph);
  });

  test('waits as long as a 429 asks, within the attempt', async () => {
    const graph = await start();
    const throttled = { status: 429, headers: { 'retry-after': '9' } };
    graph.sandbox.faults.next(throttled, isPut);
    graph.sandbox.faults.next(throttled, { match: isCall('POST', '/createUploadSession') });
    expect(await sendLarge(graph.createTransport())).toMatchObject({ kind: 'delivered' });
    expect(graph.waits.filter((ms) => ms === 9_000)).toHaveLength(2);
    await expectSentOnce(graph);
  });

  test.each([
    ['429', 429, { status: '4.4.5', reason: 'throttled' }],
    ['503', 503, { reason: 'throttled' }],
  ])(
    'leaves a longer wait after %s to the queue, and asks for nothing until then',
    async (_what, status, trouble) => {
      const graph = await start();
      const transport = graph.createTransport();
      const content = await messageOf(oneLarge);
      graph.sandbox.faults.next({ status, headers: { 'retry-after': '11' } }, isPut);
      expect(await sendLarge(transport, { content })).toMatchObject({
        kind: 'deferred',
        ...trouble,
        retryAfterMs: 11_000,
      });
      expect(graph.calls.at(-1)).toBe('PUT upload');
      await graph.clock.wait(11_000, { signal: never });
      expect(await sendLarge(transport, { content })).toMatchObject({ kind: 'delivered' });
      const isNew = graph.calls.filter((call) => call === 'POST /messages').length === 2;
      expect(isNew).toBe(status === 503);
      await expectSentOnce(graph);
    },
  );

  test.each([
    ['413 for a post', 'POST /attachments', 'POST /createUploadSession'],
    ['a session for being too small', 'POST /createUploadSession', 'POST /attachments'],
  ])('goes the other way when Graph answers %s', async (_what, first) => {
    const viaPost = first === 'POST /attachments';
    const limits = viaPost
      ? { attachmentBytes: 1_000, uploadSessionMinBytes: 0 }
      : { uploadSessionMinBytes: 3_100_000 };
    const graph = await start({ limits });
    const file = { filename: 'a.bin', content: fileOf(viaPost ? 2_900_000 : 3_050_000) };
    const outcome = await sendLarge(graph.createTransport(), { content: await messageOf(file) });
    expect(outcome).toMatchObject({ kind: 'delivered' });
    const [message] = await graph.sent();
    expect(message?.attachments[0]?.sha256).toBe(digestOf(file.content));
    expect(graph.sandbox.violations).toEqual([]);
  });

  test.each([
    ['a file is refused', isCall('POST', '/attachments'), { status: 400, body: '{}' }],
    ['a session is refused', isCall('POST', '/createUploadSession'), { status: 403 }],
    ['send is refused', isCall('POST', '/send'), { status: 403 }],
    ['a posted file got no answer', isCall('POST', '/attachments'), { cut: 'after' }],
  ] as const)('removes the draft when %s', async (_what, match, fault) => {
    const graph = await start();
    graph.sandbox.faults.next(fault, { match });
    const content = await messageOf(oneLarge, { filename: 'small.txt', content: 'small' });
    const outcome = await sendLarge(graph.createTransport(), { content });
    expect(outcome.kind).toBe('deferred');
    expect(graph.calls.at(-1)).toBe('DELETE /messages/*');
    expect(await graph.sent()).toEqual([]);
    expect(await leftDrafts(graph)).toBe(0);
  });

  test('begins anew when nobody says whether the last slice was taken', async () => {
    const graph = await start();
    const isLast = ({ headers }: RecordedRequest) =>
      headers['content-range']?.includes(`-${large.length - 1}/`) ?? false;
    graph.sandbox.faults.next({ cut: 'after', carriedOut: true }, { on: 'upload', match: isLast });
    const transport = graph.createTransport();
    expect(await sendLarge(transport)).toMatchObject({ kind: 'deferred', reason: 'server' });
    expect(await leftDrafts(graph)).toBe(0);
    expect(await sendLarge(transport, { attempt: 2 })).toMatchObject({ kind: 'delivered' });
    await expectSentOnce(graph);
  });

  test('says that a draft takes Mail.ReadWrite', async () => {
    const graph = await start({ permissions: ['Mail.Send'] });
    expect(await sendLarge(graph.createTransport())).toMatchObject({
      kind: 'deferred',
      status: '4.7.1',
      reason: 'permission',
      hold: 'largeMessages',
      diagnostic: expect.stringContaining('grant it Mail.ReadWrite'),
    });
  });

  test.each([
    ['without encryption', { uploadUrl: 'http://upload.example/1' }],
    ['that is none', { uploadUrl: 1 }],
  ])('uploads to no URL %s', async (_what, session) => {
    const graph = await start();
    const fault = { status: 201, body: JSON.stringify(session) };
    graph.sandbox.faults.next(fault, { match: isCall('POST', '/createUploadSession') });
    expect(await sendLarge(graph.createTransport())).toMatchObject({
      kind: 'deferred',
      diagnostic: expect.stringContaining('without an https URL'),
    });
    expect(await leftDrafts(graph)).toBe(0);
  });

  test('removes the draft, and throws, when the stored message cannot be read', async () => {
    const graph = await start();
    const content = await messageOf(oneLarge);
    let reads = 0;
    const broken: Content = {
      sizeBytes: content.sizeBytes,
      async *read(range) {
        reads += range ? 1 : 0;
        for await (const piece of content.read(range)) {
          if (reads > 1) throw new Error('The row is damaged');
          yield piece;
        }
      },
    };
    await expect(sendLarge(graph.createTransport(), { content: broken })).rejects.toThrow(
      'The row is damaged',
    );
    expect(await leftDrafts(graph)).toBe(0);
  });

  test('is cut short in the middle of an upload, and its draft removed', async () => {
    const graph = await start();
    const cut = new AbortController();
    const reached = Promise.withResolvers<void>();
    graph.sandbox.faults.next(
      { until: new Promise(() => {}) },
      {
        ...isPut,
        match: (request) => {
          reached.resolve();
          return request.method === 'PUT';
        },
      },
    );
    const sending = sendLarge(graph.createTransport(), {}, cut.signal);
    await reached.promise;
    cut.abort();
    expect(await sending).toMatchObject({ kind: 'deferred', reason: 'cancelled' });
    expect(await leftDrafts(graph)).toBe(0);
  });

  test('waits until fewer large messages are under way', async () => {
    const graph = await start();
    const clock = { ...graph.clock, wait: async () => await new Promise<void>(() => {}) };
    const options = { largeMessageSlots: new Semaphore(1), clock };
    const [one, other] = [graph.createTransport(options), graph.createTransport(options)];
    const sending = [sendLarge(one), sendLarge(other, { deliveryId: 'd2-1' })];
    await Promise.all(sending);
    expect(graph.calls).toEqual([...wholeUpload, ...wholeUpload]);
  });

  test('waits for that half a minute, which is no attempt, and asks Graph for nothing', async () => {
    const graph = await start();
    const largeMessageSlots = new Semaphore(1);
    using _held = await largeMessageSlots.acquire({ signal: never });
    expect(await sendLarge(graph.createTransport({ largeMessageSlots }))).toMatchObject({
      kind: 'deferred',
      waitedMs: 30_000,
      diagnostic: expect.stringContaining('nothing was tried'),
    });
    expect(graph.calls).toEqual([]);
    expect(graph.waits).toEqual([30_000]);
  });
});

describe('send on a draft', () => {
  describe.each([
    ['its id stays', true],
    ['its copy has another id', false],
  ])('when it is sent, and %s', (_what, immutableIdsSurviveSend) => {
    test.each([
      ['the connection ends', { cut: 'after', carriedOut: true }],
      ['a gateway answers 504', { status: 504, carriedOut: true }],
      ['Exchange answers 503', { status: 503, carriedOut: true }],
    ] as const)('counts as sent although %s, because a copy is found', async (_cause, fault) => {
      const graph = await start({ immutableIdsSurviveSend });
      graph.sandbox.faults.next(fault, isSend);
      expect(await sendLarge(graph.createTransport())).toMatchObject({ kind: 'delivered' });
      await expectSentOnce(graph);
    });
  });

  const answered503 = { status: 503, carriedOut: false } as const;
  const unanswered = { cut: 'after', carriedOut: false } as const;

  /** As where a user deletes it, or a server has not heard of it: then Graph answers 404. */
  function hideDraft(graph: GraphSandbox, fault: Fault): void {
    graph.sandbox.faults.next(fault, isSend);
    const isItem = ({ method, path }: RecordedRequest) =>
      method === 'GET' && /\/messages\/[^/]+$/.test(path.replace(/\?.*/, ''));
    graph.sandbox.faults.next({ status: 404, carriedOut: false }, { match: isItem, times: 100 });
  }

  test.each([
    ['503', answered503, 'delivered'],
    ['no answer', unanswered, 'unsure'],
  ])(
    'after %s finds the draft by its delivery where its id is not known',
    async (_what, fault, kind) => {
      const graph = await start();
      hideDraft(graph, fault);
      expect(await sendLarge(graph.createTransport())).toMatchObject({ kind });
      expect(await graph.sent()).toHaveLength(kind === 'delivered' ? 1 : 0);
    },
  );

  test.each([
    ['503', answered503],
    ['no answer', unanswered],
  ])(
    'after %s is unsure when neither draft nor copy is there, and is made anew',
    async (_what, fault) => {
      const graph = await start();
      hideDraft(graph, fault);
      const isList = ({ method, path }: RecordedRequest) =>
        method === 'GET' && path.replace(/\?.*/, '').endsWith('/messages');
      graph.sandbox.faults.next({ status: 200, body: '{"value":[]}' }, { match: isList });
      const transport = graph.createTransport();
      expect(await sendLarge(transport)).toMatchObject({ kind: 'unsure' });
      expect(await graph.sent()).toEqual([]);
      graph.sandbox.faults.next({ status: 200, body: '{"value":[]}' }, { match: isList });
      expect(await sendLarge(transport, { attempt: 2 })).toMatchObject({ kind: 'delivered' });
      expect(await graph.sent()).toHaveLength(1);
    },
  );

  test.each([
    ['refused', { status: 403 }],
    ['throttled', { status: 429, headers: { 'retry-after': '60' } }],
  ])('stays unsure when a second try of the same attempt is %s', async (_what, second) => {
    const graph = await start();
    graph.sandbox.faults.next(answered503, isSend);
    graph.sandbox.faults.next(second, isSend);
    const transport = graph.createTransport();
    expect(await sendLarge(transport)).toMatchObject({ kind: 'unsure' });
    expect(graph.calls).not.toContain('DELETE /messages/*');
    await graph.clock.wait(60_000, { signal: never });
    expect(await sendLarge(transport, { attempt: 2 })).toMatchObject({ kind: 'delivered' });
    await expectSentOnce(graph);
  });

  test('of an earlier doubt keeps the draft when it is refused at the next attempt', async () => {
    const graph = await start();
    graph.sandbox.faults.next(unanswered, isSend);
    graph.sandbox.faults.next({ status: 403 }, isSend);
    const transport = graph.createTransport();
    expect(await sendLarge(transport)).toMatchObject({ kind: 'unsure' });
    expect(await sendLarge(transport, { attempt: 2 })).toMatchObject({ kind: 'deferred' });
    expect(graph.calls).not.toContain('DELETE /messages/*');
    expect(await sendLarge(transport, { attempt: 3 })).toMatchObject({ kind: 'delivered' });
    await expectSentOnce(graph);
  });

  test('is unsure while the draft still stands, which the next attempt sends', async () => {
    const graph = await start();
    graph.sandbox.faults.next({ cut: 'after', carriedOut: false }, isSend);
    const transport = graph.createTransport();
    expect(await sendLarge(transport)).toMatchObject({ kind: 'unsure' });
    expect(await transport.lookUp?.(submissionOf(contentOf('')), { signal: never })).toEqual({
      kind: 'notFound',
    });
    expect(await sendLarge(transport, { attempt: 2 })).toMatchObject({ kind: 'delivered' });
    expect(graph.calls.filter((call) => call === 'POST /messages')).toHaveLength(1);
    await expectSentOnce(graph);
  });

  test('was done when the draft that may have been sent is gone at the next attempt', async () => {
    const graph = await start();
    graph.sandbox.faults.next({ cut: 'after', carriedOut: true }, isSend);
    graph.sandbox.faults.next({ cut: 'before' }, { match: ({ method }) => method === 'GET' });
    const transport = graph.createTransport();
    expect(await sendLarge(transport)).toMatchObject({ kind: 'unsure' });
    expect(await sendLarge(transport, { attempt: 2 })).toMatchObject({ kind: 'delivered' });
    await expectSentOnce(graph);
  });

  test('is tried again where Exchange says that it was not done', async () => {
    const graph = await start();
    graph.sandbox.faults.next({ status: 503 }, { ...isSend, times: 2 });
    expect(await sendLarge(graph.createTransport())).toMatchObject({ kind: 'delivered' });
    await expectSentOnce(graph);
  });

  test('fails with the size that the mailbox may send', async () => {
    const graph = await start({ limits: { messageBytes: 5_000_000 } });
    expect(await sendLarge(graph.createTransport())).toMatchObject({
      kind: 'failed',
      status: '5.3.4',
      remote: { code: 'ErrorMessageSizeExceeded' },
    });
    expect(await leftDrafts(graph)).toBe(0);
  });
});

describe('after a crash', () => {
  /** Leaves a draft of attempt 1, as a process does that dies. */
  async function leaveDraft(graph: GraphSandbox): Promise<void> {
    graph.sandbox.faults.next({ status: 403 }, { match: isCall('POST', '/createUploadSession') });
    graph.sandbox.faults.next({ cut: 'before' }, { match: ({ method }) => method === 'DELETE' });
    await sendLarge(graph.createTransport());
    expect(await leftDrafts(graph)).toBe(1);
  }

  test('another process finds the draft by the id of its delivery, and removes it', async () => {
    const graph = await start();
    await leaveDraft(graph);
    expect(await sendLarge(graph.createTransport(), { attempt: 2 })).toMatchObject({
      kind: 'delivered',
    });
    await expectSentOnce(graph);
  });

  test('another process finds the draft of a first attempt that was throttled, which is none', async () => {
    const graph = await start();
    graph.sandbox.faults.next({ status: 429, headers: { 'retry-after': '60' } }, isPut);
    await sendLarge(graph.createTransport());
    expect(await leftDrafts(graph)).toBe(1);
    await graph.clock.wait(60_000, { signal: never });
    const again = { attempt: 1, wasTried: true };
    expect(await sendLarge(graph.createTransport(), again)).toMatchObject({ kind: 'delivered' });
    await expectSentOnce(graph);
  });

  test('the same process removes the draft that it knows', async () => {
    const graph = await start();
    const transport = graph.createTransport();
    graph.sandbox.faults.next({ status: 403 }, { match: isCall('POST', '/createUploadSession') });
    graph.sandbox.faults.next({ cut: 'before' }, { match: ({ method }) => method === 'DELETE' });
    await sendLarge(transport);
    expect(await sendLarge(transport)).toMatchObject({ kind: 'delivered' });
    await expectSentOnce(graph);
  });

  test('the drafts of other deliveries are left alone', async () => {
    const graph = await start();
    await leaveDraft(graph);
    await sendLarge(graph.createTransport(), { attempt: 2, deliveryId: "d2'-1" });
    expect(await leftDrafts(graph)).toBe(1);
  });

  test('a message that was sent before is not sent again', async () => {
    const graph = await start();
    await sendLarge(graph.createTransport());
    expect(await sendLarge(graph.createTransport(), { attempt: 2 })).toMatchObject({
      kind: 'delivered',
    });
    await expectSentOnce(graph);
  });

  test('no new draft is made while the old ones cannot be looked for', async () => {
    const graph = await start();
    graph.sandbox.faults.next({ status: 503 }, { match: ({ method }) => method === 'GET' });
    expect(await sendLarge(graph.createTransport(), { attempt: 2 })).toMatchObject({
      kind: 'deferred',
      reason: 'server',
    });
    expect(graph.calls).toEqual(['GET /messages']);
  });
});
