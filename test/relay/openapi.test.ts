// The requests that go to Graph, held against a description of what it takes: of every transport, over the whole corpus.
import MailComposer from 'nodemailer/lib/mail-composer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordedRequest } from '../../src/sandbox/journal.ts';
import { build } from '../corpus/build.ts';
import { padded } from '../corpus/entity.ts';
import { corpus } from '../corpus/messages.ts';
import { contentOf } from '../support/content.ts';
import { graphShapes } from '../support/graph-shapes.ts';
import { startGraphSandbox, submissionOf, type GraphSandbox } from '../support/graph-sandbox.ts';
import { readOpenApi, type ApiRequest } from '../support/openapi.ts';

/** Our own description, and another one, such as Microsoft's, that a variable names. It need not describe what is read. */
const descriptions = [
  { name: 'our description of Graph', api: readOpenApi(graphShapes), describesReads: true },
  ...[process.env['GRAPHPOST_TEST_OPENAPI'] ?? []]
    .flat()
    .map((file) => ({ name: file, api: readOpenApi(file), describesReads: false })),
];

const mail = {
  from: 'Ann <ann@contoso.com>',
  to: 'Bob <bob@example.com>, c@example.com',
  cc: 'd@example.com',
  replyTo: 'Desk <desk@contoso.com>',
  subject: 'Übersicht',
  messageId: '<1@contoso.com>',
  inReplyTo: '<0@contoso.com>',
  references: '<0@contoso.com> <-1@contoso.com>',
  priority: 'high',
  headers: {
    ...Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`X-App-${at}`, `shop ${at}`])),
    'Auto-Submitted': 'auto-generated',
    'Disposition-Notification-To': 'ann@contoso.com',
  },
  html: '<p>Hello <img src="cid:logo@app"></p>',
} as const;
const logo = { filename: 'logo.png', content: Buffer.alloc(500, 1), cid: 'logo@app' };
const large = { filename: 'Überweisung 报告.bin', content: Buffer.alloc(4_000_000, 1) };

let graph: GraphSandbox;
let requests: readonly ApiRequest[];
const { signal } = new AbortController();

beforeAll(async () => {
  graph = await startGraphSandbox({ keepBodies: true, keepRequests: 10_000 });
  await sendCorpus();
  await sendLargeOnes();
  await lookForThem();
  requests = graph.sandbox.requests.filter(({ service }) => service !== 'entra').map(toApiRequest);
});

afterAll(async () => {
  await graph[Symbol.asyncDispose]();
});

/** What makes any message larger than the requests of its transport. */
const smallRequestBytes = 200_000;

async function sendCorpus(): Promise<void> {
  const transport = graph.createTransport();
  const byDraft = graph.createTransport({ requestLimitBytes: smallRequestBytes });
  for (const [at, message] of corpus.entries()) {
    const raw = build(message, 'bob@example.com');
    const deliveryId = `d${at}`;
    await transport.send(submissionOf(contentOf(raw), { deliveryId }), { signal });
    const withoutCopy = { deliveryId: `${deliveryId}j`, saveToSentItems: false };
    await transport.send(submissionOf(contentOf(raw), withoutCopy), { signal });
    if (message.large !== 'draft') continue;
    const root = padded(message.root, 162_000);
    const content = contentOf(build({ ...message, root }, 'bob@example.com'));
    await byDraft.send(submissionOf(content, { deliveryId: `${deliveryId}l` }), { signal });
  }
}

async function send(attachments: readonly object[], changes: object): Promise<void> {
  const message = new MailComposer({ ...mail, attachments: [...attachments] });
  const content = contentOf(await message.compile().build());
  await graph.createTransport().send(submissionOf(content, changes), { signal });
}

async function sendLargeOnes(): Promise<void> {
  const { faults } = graph.sandbox;
  await send([logo], { deliveryId: 'm1' });
  await send([logo], { deliveryId: 'm2', saveToSentItems: false });
  await send([logo, large], { deliveryId: 'm3' });
  // Removed again, since it may not go.
  faults.next({ status: 403 }, { match: ({ path }) => path.endsWith('/send') });
  await send([large], { deliveryId: 'm4' });
  // Asked after where an upload and a send have come.
  faults.next({ cut: 'mid-body' }, { on: 'upload' });
  faults.next({ status: 504 }, { match: ({ path }) => path.endsWith('/send') });
  await send([large], { deliveryId: 'm5' });
}

async function lookForThem(): Promise<void> {
  const transport = graph.createTransport();
  const empty = contentOf('');
  await transport.lookUp?.(submissionOf(empty, { deliveryId: 'm3', messageId: mail.messageId }), {
    signal,
  });
  await transport.lookUp?.(submissionOf(empty, { deliveryId: "o'b", messageId: "<o'b@a>" }), {
    signal,
  });
  await transport.lookUp?.(submissionOf(empty, { deliveryId: 'no', messageId: mail.messageId }), {
    signal,
  });
}

function toApiRequest(request: RecordedRequest): ApiRequest {
  const { service, method, headers, body = new Uint8Array(0) } = request;
  const path = service === 'upload' ? '/upload' : request.path.replace('/v1.0', '');
  return { method, path, headers, body };
}

/** The ids of mailboxes and messages left out. */
function kindOf({ method, path, headers }: ApiRequest): string {
  const [route = ''] = path.split('?');
  const place = route.replace(/^\/users\/[^/]+/, '').replace(/^\/messages\/[^/]+/, '/messages/*');
  const type = place === '/sendMail' ? ` ${String(headers['content-type'])}` : '';
  return `${method} ${place}${type}`;
}

test('every kind of request that the gateway makes is among them', () => {
  expect([...new Set(requests.map(kindOf))].toSorted()).toEqual([
    'DELETE /messages/*',
    'GET /messages',
    'GET /messages/*',
    'GET /upload',
    'POST /messages',
    'POST /messages/*/attachments',
    'POST /messages/*/attachments/createUploadSession',
    'POST /messages/*/send',
    'POST /sendMail application/json',
    'POST /sendMail text/plain',
    'PUT /upload',
  ]);
  expect(requests.length).toBeGreaterThan(4 * corpus.length);
  expect(graph.sandbox.violations).toEqual([]);
});

describe.each(descriptions)('$name', ({ api, describesReads }) => {
  test('allows each request of each transport', () => {
    const described = requests.filter(
      ({ method, path }) => describesReads || (method !== 'GET' && path !== '/upload'),
    );
    const faults = described.flatMap((request) => api.faultsOf(request));
    expect(faults).toEqual([]);
  });

  test.each([
    ['a name that it does not know', { message: {} }, '$.message: not described'],
    ['a wrong type', { Message: { subject: 1 } }, '$.Message.subject: integer in place of string'],
    ['a wrong value', { Message: { importance: 'huge' } }, '$.Message.importance: huge'],
  ])('refuses %s', (_what, body, fault) => {
    const request = {
      method: 'POST',
      path: '/users/ann/sendMail',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    };
    expect(api.faultsOf(request)).toContain(fault);
  });
});

const ours = readOpenApi(graphShapes);

test.each([
  ['POST', '/users/ann/messages', {}, 'without prefer'],
  ['GET', '/users/ann/messages?$search=x', {}, '$search: not described'],
  ['GET', '/users/ann/messages?$filter=isRead', {}, '$filter: not of the form'],
  ['GET', '/upload', { authorization: 'Bearer' }, 'authorization: not of the form'],
  ['POST', '/me/sendMail', {}, 'POST /me/sendMail is not described'],
])('our description refuses %s %s with %o', (method, path, headers, fault) => {
  const faults = ours.faultsOf({ method, path, headers, body: new Uint8Array(0) });
  expect(faults.join('; ')).toContain(fault);
});
