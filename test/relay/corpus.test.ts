// Each message of the corpus on each of its ways through a gateway: by which transport it goes, and what arrives.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SandboxMessage } from '../../src/relay/ports.ts';
import type { RecordedRequest } from '../../src/sandbox/journal.ts';
import { build } from '../corpus/build.ts';
import { contentOf, padded } from '../corpus/entity.ts';
import { corpus, type CorpusMessage } from '../corpus/messages.ts';
import { connectGreeted, type RawClient } from '../dialogs/raw-client.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

/** What makes any message larger than one request of the connection `small`. */
const padBytes = 162_000;

let gateway: TestGateway;
let client: RawClient;

beforeAll(async () => {
  gateway = await startTestGateway({
    connections:
      'connections: { main: { type: sandbox }, small: { type: sandbox, requestLimit: 200kB } }',
    routes: `routes:
  - { name: noCopy, when: { recipient: { endsWith: "@no-copy.example" } }, send: { via: main, saveToSentItems: false } }
  - { name: large, when: { recipient: { endsWith: "@large.example" } }, send: { via: small } }`,
  });
  client = await connectGreeted({ host: '127.0.0.1', port: gateway.smtpPort });
  await client.say('EHLO app');
});

afterAll(async () => {
  client[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

async function handOver(
  raw: string,
  to: string,
  { smtpUtf8 }: Pick<CorpusMessage, 'smtpUtf8'>,
): Promise<string | undefined> {
  const parameters = smtpUtf8 ? ' SMTPUTF8' : '';
  await client.sayAll(`MAIL FROM:<ann@contoso.com>${parameters}`, `RCPT TO:<${to}>`, 'DATA');
  const stuffed = Buffer.from(raw.replaceAll(/^\./gm, '..'), 'latin1');
  await client.write(stuffed);
  return await client.say(raw.endsWith('\r\n') ? '.' : '\r\n.');
}

function idOf(to: string): string | undefined {
  return gateway.sandbox.mailbox.list().find(({ recipients }) => recipients.includes(to))?.id;
}

async function arrived(to: string): Promise<SandboxMessage> {
  await until(() => idOf(to) !== undefined);
  const message = await gateway.sandbox.mailbox.get(idOf(to) ?? '');
  if (!message) throw new Error(`"${to}" did not stay`);
  return message;
}

/** By the requests that came since. */
function transportOf(requests: readonly RecordedRequest[]): string | undefined {
  const posts = requests.filter(({ method, service }) => method === 'POST' && service === 'graph');
  if (posts.some(({ path }) => path.endsWith('/send'))) return 'draft';
  const sendMail = posts.find(({ path }) => path.endsWith('/sendMail'));
  return sendMail?.headers['content-type'] === 'text/plain' ? 'mime' : 'json';
}

function digestOf(name: string): string {
  return createHash('sha256').update(contentOf(name), 'latin1').digest('hex');
}

/** Files that stand in the corpus with that content; others are parts of other messages. */
const digests = new Map(corpus.flatMap(({ files }) => files).map((name) => [name, digestOf(name)]));

function expectFiles({ attachments }: SandboxMessage, { files }: CorpusMessage): void {
  expect(attachments.map(({ name }) => name)).toEqual(files);
  const known = attachments.filter(({ name }) => !/^(part|message)-\d|\.bin$/.test(name));
  expect(known.map(({ sha256 }) => sha256)).toEqual(known.map(({ name }) => digests.get(name)));
}

function bodyOf(raw: Uint8Array | string): string {
  const message = typeof raw === 'string' ? raw : Buffer.from(raw).toString('latin1');
  return message.slice(message.indexOf('\r\n\r\n') + 4);
}

const numbered = corpus.map((message, at) => ({ ...message, at }));

test('the corpus has messages enough, each with a name of its own', () => {
  expect(corpus.length).toBeGreaterThan(60);
  expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
});

describe.each(numbered)('$name', (message) => {
  const { at, shows } = message;

  test('goes as MIME, and nothing of it is changed', async () => {
    const to = `m${at}@example.com`;
    const before = gateway.sandbox.requests.length;
    const raw = build(message, to);
    expect(await handOver(raw, to, message)).toMatch(/^250 /);
    const sent = await arrived(to);
    expect(transportOf(gateway.sandbox.requests.slice(before))).toBe('mime');
    expect(sent.text + sent.html).toContain(shows);
    // Quoted-printable text alone gets another encoding.
    const isRecoded = /quoted-printable/i.test(raw);
    expect(isRecoded || bodyOf(sent.raw) === bodyOf(raw)).toBe(true);
  });

  test(`goes as ${message.withoutCopy} where no copy is wanted`, async () => {
    const to = `m${at}@no-copy.example`;
    const before = gateway.sandbox.requests.length;
    const raw = build(message, to);
    expect(await handOver(raw, to, message)).toMatch(/^250 /);
    const sent = await arrived(to);
    expect(transportOf(gateway.sandbox.requests.slice(before))).toBe(message.withoutCopy);
    expect(sent.text + sent.html).toContain(shows);
    if (message.withoutCopy === 'json') expectFiles(sent, message);
  });
});

describe('a large message of the kind', () => {
  test.each(numbered.filter(({ large }) => large === 'draft'))(
    '"$name" is sent by draft',
    async ({ at, ...message }) => {
      const to = `m${at}@large.example`;
      const before = gateway.sandbox.requests.length;
      const root = padded(message.root, padBytes);
      expect(await handOver(build({ ...message, root }, to), to, message)).toMatch(/^250 /);
      const sent = await arrived(to);
      expect(transportOf(gateway.sandbox.requests.slice(before))).toBe('draft');
      expect(sent.text + sent.html).toContain(message.shows);
      expectFiles(sent, message);
      expect(message.isProtected).toBe(false);
    },
  );

  test.each(numbered.filter(({ large }) => large === 'refused'))(
    '"$name" is refused at its final dot',
    async ({ at, ...message }) => {
      const to = `m${at}@large.example`;
      const root = padded(message.root, padBytes);
      expect(await handOver(build({ ...message, root }, to), to, message)).toMatch(/^552 5\.3\.4 /);
    },
  );
});

test('nothing in it breaks a rule of Graph', () => {
  expect(gateway.sandbox.violations).toEqual([]);
  expect(gateway.sandbox.drafts).toEqual([]);
});
