import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, onTestFinished, test } from 'vitest';
import { contentOf } from '../../test/support/content.ts';
import {
  startGraphSandbox,
  submissionOf,
  type GraphSandbox,
} from '../../test/support/graph-sandbox.ts';
import type { Content, Submission, Transport } from '../relay/ports.ts';
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

async function messageOf(...attachments: readonly Attachment[]): Promise<Content> {
  const mail = new MailComposer({
    from: 'ann@contoso.com',
    to: 'bob@example.com',
    subject: 'Large',
    messageId: '<1@contoso.com>',
    html: '<p>Hello <img src="cid:logo@app"></p>',
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
      expect(graph.waits.length).toBe(2);
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

  test('waits as long as a 429 asks, within the attempt', async () => {
    const graph = await start();
    const throttled = { status: 429, headers: { 'retry-after': '120' } };
    graph.sandbox.faults.next(throttled, isPut);
    graph.sandbox.faults.next(throttled, { match: isCall('POST', '/createUploadSession') });
    expect(await sendLarge(graph.createTransport())).toMatchObject({ kind: 'delivered' });
    expect(graph.waits).toEqual([120_000, 120_000]);
    await expectSentOnce(graph);
  });

  test('leaves a longer wait to the queue, and asks for nothing until then', async () => {
    const graph = await start();
    const transport = graph.createTransport();
    graph.sandbox.faults.next({ status: 429, headers: { 'retry-after': '900' } }, isPut);
    expect(await sendLarge(transport)).toMatchObject({
      kind: 'deferred',
      status: '4.4.5',
      reason: 'throttled',
      retryAfterMs: 900_000,
    });
    expect(graph.calls.at(-1)).toBe('PUT upload');
    await graph.clock.wait(900_000, { signal: never });
    expect(await sendLarge(transport)).toMatchObject({ kind: 'delivered' });
    expect(graph.calls).toContain('DELETE /messages/*');
    await expectSentOnce(graph);
  });

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
      hold: 'message',
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
    const options = { largeMessageSlots: new Semaphore(1) };
    const [one, other] = [graph.createTransport(options), graph.createTransport(options)];
    const sending = [sendLarge(one), sendLarge(other, { deliveryId: 'd2-1' })];
    await Promise.all(sending);
    expect(graph.calls).toEqual([...wholeUpload, ...wholeUpload]);
  });
});

describe('send on a draft', () => {
  test.each([
    ['the connection ends', { cut: 'after', carriedOut: true }],
    ['a gateway answers 504', { status: 504, carriedOut: true }],
    ['Exchange answers 503', { status: 503, carriedOut: true }],
  ] as const)('counts as sent when %s, and the draft is gone', async (_what, fault) => {
    const graph = await start();
    graph.sandbox.faults.next(fault, isSend);
    expect(await sendLarge(graph.createTransport())).toMatchObject({ kind: 'delivered' });
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
