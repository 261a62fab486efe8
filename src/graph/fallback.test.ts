import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, onTestFinished, test } from 'vitest';
import { contentOf, lines } from '../../test/support/content.ts';
import {
  addressOf,
  startGraphSandbox,
  submissionOf,
  type GraphSandbox,
} from '../../test/support/graph-sandbox.ts';
import { messageParts } from '../mime/part-port.ts';
import type { Content, Submission } from '../relay/ports.ts';
import type { Fault } from '../sandbox/faults.ts';
import type { RecordedRequest } from '../sandbox/journal.ts';
import type { SandboxOptions } from '../sandbox/sandbox.ts';
import type { GraphTransportOptions } from './transport.ts';

const { signal: never } = new AbortController();

async function start(options: Partial<SandboxOptions> = {}): Promise<GraphSandbox> {
  const graph = await startGraphSandbox(options);
  onTestFinished(() => graph[Symbol.asyncDispose]());
  return graph;
}

interface Sending extends Partial<Submission> {
  readonly transport?: Partial<GraphTransportOptions>;
}

async function send(
  graph: GraphSandbox,
  content: Content,
  { transport, ...changes }: Sending = {},
) {
  const way = graph.createTransport(transport);
  return await way.send(submissionOf(content, changes), { signal: never });
}

type MailOptions = NonNullable<ConstructorParameters<typeof MailComposer>[0]>;

async function mailOf(changes: MailOptions = {}): Promise<Content> {
  const mail = new MailComposer({
    from: 'Ann <ann@contoso.com>',
    to: '"Bob, B." <bob@example.com>',
    subject: 'Grüße',
    messageId: '<1@contoso.com>',
    html: '<p>Grüße</p>',
    ...changes,
  });
  const message = mail.compile();
  message.keepBcc = true;
  return contentOf(await message.build(), 10_000);
}

const plain = lines('From: ann@contoso.com', 'To: bob@example.com', 'Message-ID: <1@contoso.com>');
const signed = contentOf(
  plain +
    lines(
      'Content-Type: multipart/signed; boundary=x',
      '',
      '--x',
      '',
      'text',
      '--x',
      '',
      's',
      '--x--',
    ),
);

function isForm(type: string) {
  return ({ headers }: RecordedRequest) => headers['content-type'] === type;
}

function graphError(code: string, message = 'Said by Graph.'): string {
  return JSON.stringify({ error: { code, message } });
}

describe('without a copy in Sent Items', () => {
  test('a message that JSON carries whole goes as JSON, with all that its header says', async () => {
    const graph = await start();
    const names = ['X-1', 'X-2', 'X-3', 'X-4', 'X-5', 'X-6', 'List-Id'];
    const content = await mailOf({
      cc: 'cy@example.com',
      bcc: 'dee@example.com',
      replyTo: 'Desk <desk@contoso.com>',
      inReplyTo: '<0@contoso.com>',
      references: ['<0@contoso.com>', '<00@contoso.com>'],
      headers: { Importance: 'High', ...Object.fromEntries(names.map((name) => [name, 'Wert é'])) },
      attachments: [
        { filename: 'a.pdf', content: 'pdf' },
        { filename: 'b.png', content: 'png', cid: 'b@app' },
      ],
    });
    const outcome = await send(graph, content, { saveToSentItems: false });
    expect(outcome).toMatchObject({
      kind: 'delivered',
      passage: {
        transport: 'json',
        why: 'no copy in Sent Items is wanted, and JSON carries it whole',
      },
    });
    const [message] = await graph.sent();
    expect(message).toMatchObject({
      from: 'ann@contoso.com',
      to: ['bob@example.com'],
      cc: ['cy@example.com'],
      bcc: ['dee@example.com'],
      subject: 'Grüße',
      html: '<p>Grüße</p>',
      attachments: [{ name: 'b.png' }, { name: 'a.pdf' }],
    });
    const raw = Buffer.from(message?.raw ?? []).toString('utf8');
    expect(raw).toContain('To: "Bob, B." <bob@example.com>');
    expect(raw).toContain('Reply-To: "Desk" <desk@contoso.com>');
    expect(raw).toContain('Message-ID: <1@contoso.com>');
    expect(raw).toContain('Importance: high');
    expect(raw).toContain('In-Reply-To: <0@contoso.com>');
    expect(raw).toContain('References: <0@contoso.com> <00@contoso.com>');
    for (const name of names) expect(raw).toMatch(new RegExp(`^${name}: `, 'im'));
    expect(graph.sandbox.violations).toEqual([]);
    const lookUp = await graph.createTransport().lookUp?.(submissionOf(content), { signal: never });
    expect(lookUp).toEqual({ kind: 'notFound' });
  });

  test('a message that JSON would harm goes as MIME, and its record says that it left a copy', async () => {
    const graph = await start();
    const content = await mailOf({ text: 'Grüße' });
    expect(await send(graph, content, { saveToSentItems: false })).toMatchObject({
      kind: 'delivered',
      passage: {
        transport: 'mime',
        why: 'only MIME carries it, which leaves a copy in Sent Items: JSON would lose the text/plain beside the body',
      },
    });
  });

  test('a signed message goes as MIME', async () => {
    const graph = await start();
    expect(await send(graph, signed, { saveToSentItems: false })).toMatchObject({
      passage: { transport: 'mime' },
    });
  });

  test.each(['InvalidInternetMessageHeader', 'InvalidInternetMessageHeaderCollection'])(
    'fields that Graph refuses by name (%s) go as properties',
    async (code) => {
      const graph = await start();
      graph.sandbox.faults.next({ status: 400, body: graphError(code) });
      const content = await mailOf({ headers: { 'X-App': 'shop' } });
      expect(await send(graph, content, { saveToSentItems: false })).toMatchObject({
        kind: 'delivered',
      });
      expect(Buffer.from((await graph.sent())[0]?.raw ?? []).toString()).toContain('X-App: shop');
    },
  );

  test('JSON that Graph takes for too large goes as MIME', async () => {
    const graph = await start();
    graph.sandbox.faults.next({ status: 413 }, { match: isForm('application/json') });
    expect(await send(graph, await mailOf(), { saveToSentItems: false })).toMatchObject({
      kind: 'delivered',
      passage: { transport: 'mime' },
    });
  });

  test('JSON that turns out larger than a request may be goes as MIME', async () => {
    const graph = await start();
    // Every letter of this text is escaped, which the plan does not know.
    const content = await mailOf({ html: '"'.repeat(60_000) });
    const options = { saveToSentItems: false, transport: { requestLimitBytes: 120_000 } };
    expect(await send(graph, content, options)).toMatchObject({ passage: { transport: 'mime' } });
  });
});

describe('MIME that Graph refuses', () => {
  const size = 'Said: The maximum request length supported is 4MB.';
  test.each<[string, Fault]>([
    ['413', { status: 413, body: '<html>' }],
    ['400 with "maximum request length"', { status: 400, body: graphError('BadRequest', size) }],
    ['200 in place of 202', { status: 200 }],
  ])('with %s goes by draft', async (_what, fault) => {
    const graph = await start();
    graph.sandbox.faults.next(fault);
    expect(await send(graph, await mailOf())).toMatchObject({
      kind: 'delivered',
      passage: { transport: 'draft' },
    });
    expect(graph.calls).toEqual(['POST /sendMail', 'POST /messages', 'POST /messages/*/send']);
    expect(graph.sandbox.violations).toEqual([]);
  });

  test('with 413 fails where it is signed, or largeMessages is false', async () => {
    const graph = await start();
    graph.sandbox.faults.next({ status: 413 }, { times: 2 });
    const failure = { kind: 'failed', status: '5.3.4', remote: { httpStatus: 413 } };
    expect(await send(graph, signed)).toMatchObject(failure);
    const transport = { largeMessages: false };
    expect(await send(graph, await mailOf(), { transport })).toMatchObject(failure);
  });

  test('for the size that its mailbox may send fails at once', async () => {
    const graph = await start();
    const sendAs = addressOf('toolarge@contoso.com');
    graph.sandbox.grantSendAs(sendAs, '*');
    expect(await send(graph, await mailOf(), { sendAs })).toMatchObject({
      kind: 'failed',
      status: '5.3.4',
    });
    expect(graph.calls).toEqual(['POST /sendMail']);
  });

  test.each([
    'ErrorMimeContentInvalid',
    'ErrorContentConversionFailed',
    'ErrorMimeContentConversionFailed',
  ])('with %s goes as JSON, with what JSON can carry', async (code) => {
    const graph = await start();
    graph.sandbox.faults.next({ status: 400, body: graphError(code) });
    const outcome = await send(graph, await mailOf({ text: 'Grüße' }));
    expect(outcome).toMatchObject({
      kind: 'delivered',
      passage: {
        transport: 'json',
        why: 'Exchange could not read it as MIME; it loses the text/plain beside the body',
      },
    });
  });

  test('as unreadable fails when JSON is refused likewise', async () => {
    const graph = await start();
    const content = await mailOf({ to: 'never@example.com' });
    expect(await send(graph, content)).toMatchObject({
      kind: 'failed',
      status: '5.6.0',
      passage: { transport: 'json' },
    });
    expect(graph.calls).toEqual(['POST /sendMail', 'POST /sendMail']);
  });

  test('as unreadable fails where it is signed', async () => {
    const graph = await start();
    graph.sandbox.faults.next({ status: 400, body: graphError('ErrorMimeContentInvalid') });
    expect(await send(graph, signed)).toMatchObject({ kind: 'failed', status: '5.6.0' });
  });

  test('again and again in the middle of its body goes by draft', async () => {
    const graph = await start();
    const content = await mailOf({
      attachments: [{ filename: 'a', content: Buffer.alloc(2_000_000) }],
    });
    graph.sandbox.faults.next({ cut: 'mid-body' }, { times: 2, match: isForm('text/plain') });
    expect(await send(graph, content, { attempt: 2 })).toMatchObject({
      kind: 'deferred',
      reason: 'network',
    });
    expect(await send(graph, content, { attempt: 3 })).toMatchObject({
      kind: 'delivered',
      passage: { transport: 'draft' },
    });
  });
});

describe('a message that no transport carries', () => {
  const large = Buffer.alloc(4_000_000, 'A').toString();

  test.each([
    ['it is signed', signed, 100],
    ['its text is over the request limit', contentOf(`${plain}\r\n${large}`), 4_000_000],
  ])('fails before any request when %s', async (_what, content, requestLimitBytes) => {
    const graph = await start();
    expect(await send(graph, content, { transport: { requestLimitBytes } })).toMatchObject({
      kind: 'failed',
      status: '5.3.4',
      reason: 'tooLarge',
    });
    expect(graph.calls).toEqual([]);
  });

  test('is told at acceptance', async () => {
    const transport = (await start()).createTransport();
    const facts = { sizeBytes: 4_000_000, saveToSentItems: true };
    expect(transport.plan?.({ ...facts, sizeBytes: 1_000 })).toMatchObject({ transport: 'mime' });
    expect(transport.plan?.(facts)).toBeUndefined();
    const outline = await messageParts.readOutline(signed);
    expect(transport.plan?.({ ...facts, outline })).toMatchObject({ kind: 'failed' });
  });
});

describe('quoted-printable text', () => {
  const text = lines(
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'na=C3=AFve =',
    'text',
  );
  const content = contentOf(plain + text);

  test.each([
    ['base64', 'Content-Transfer-Encoding: base64\r\n\r\nbmHDr3ZlIHRleHQNCg=='],
    ['keep', 'Content-Transfer-Encoding: quoted-printable\r\n\r\nna=C3=AFve =\r\ntext'],
  ] as const)('goes by %s', async (quotedPrintable, expected) => {
    const graph = await start();
    await send(graph, content, { transport: { quotedPrintable } });
    const [message] = await graph.sent();
    expect(Buffer.from(message?.raw ?? []).toString()).toContain(expected);
    expect(message?.text).toBe('naïve text\r\n'.replace('\r', ''));
  });

  test('goes as it is where base64 would be too large for the request', async () => {
    const graph = await start();
    const body = `${'x'.repeat(72)}=\r\n`.repeat(100);
    const long = contentOf(plain + text + body);
    const requestLimitBytes = Math.ceil(long.sizeBytes / 3) * 4;
    const transport = { quotedPrintable: 'base64', requestLimitBytes } as const;
    expect(await send(graph, long, { transport })).toMatchObject({
      passage: { transport: 'mime' },
    });
    expect(Buffer.from((await graph.sent())[0]?.raw ?? []).toString()).toContain(
      'quoted-printable',
    );
  });
});
