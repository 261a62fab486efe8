import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHttpsServer, startTlsServer } from '../../test/support/https-server.ts';
import { parseAddress, type Address } from '../core/address.ts';
import type { Content, Submission, Token } from '../relay/ports.ts';
import { createAgent } from './agent.ts';
import { createGraphHttp } from './http.ts';
import { createGraphTransport } from './transport.ts';

function addressOf(mailbox: string): Address {
  const address = parseAddress(mailbox);
  if (address === undefined) throw new Error(`No address: "${mailbox}"`);
  return address;
}

function contentOf(bytes: Uint8Array): Content {
  return {
    sizeBytes: bytes.length,
    async *read() {
      for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
    },
  };
}

function submissionOf(content: Content, sendAs = 'app@contoso.example'): Submission {
  const address = addressOf(sendAs);
  return {
    deliveryId: 'd1',
    attempt: 1,
    sendAs: address,
    envelope: { reversePath: null, forwardPaths: [address], smtpUtf8: false },
    messageId: '<1@contoso.example>',
    saveToSentItems: true,
    content,
  };
}

function transportTo(server: { origin: string; ca: string }, requestLimitBytes = 4_000_000) {
  const agent = createAgent({ ca: server.ca, connections: 1, env: {} });
  onTestFinished(() => agent[Symbol.asyncDispose]());
  const token: Token = { kind: 'token', accessToken: 't', expiresAt: Infinity };
  const clock = {
    now: () => 0,
    wait: (_delayMs: number, { signal }: { readonly signal: AbortSignal }) =>
      signal.aborted ? Promise.resolve() : once(signal, 'abort').then(() => {}),
  };
  const http = createGraphHttp({
    graph: server.origin,
    agent,
    tokenSource: { token: async () => token, reject() {} },
    events: { graphRequestStarted() {}, graphRequestEnded() {} },
    connection: 'main',
    clock,
    createRequestId: () => 'id',
  });
  return createGraphTransport({ http, requestLimitBytes, clock });
}

const { signal: never } = new AbortController();

async function startGraph(status = 202) {
  const requests: { readonly url: string | undefined; readonly body: string }[] = [];
  const server = await startHttpsServer(async (incoming, response) => {
    requests.push({ url: incoming.url, body: await text(incoming) });
    response.writeHead(status, { 'request-id': 'r1' }).end();
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { ...server, requests };
}

describe('createGraphTransport()', () => {
  test('carries three quarters of the request limit', async () => {
    const server = await startGraph();
    expect(transportTo(server, 4_000_000).maxMessageBytes).toBe(3_000_000);
    expect(transportTo(server, 4_000_003).maxMessageBytes).toBe(3_000_000);
  });
});

describe('Transport.send() over Graph', () => {
  test('posts the base64 of the message to the mailbox, and is delivered with 202', async () => {
    const server = await startGraph();
    const bytes = Buffer.from('Subject: hi\r\n\r\n'.padEnd(100_001, 'x'));
    const outcome = await transportTo(server).send(submissionOf(contentOf(bytes)), {
      signal: never,
    });
    expect(outcome).toEqual({
      kind: 'delivered',
      status: '2.0.0',
      remote: { httpStatus: 202, requestId: 'r1' },
      passage: { transport: 'mime', why: 'it fits into one request' },
    });
    expect(server.requests).toEqual([
      { url: '/v1.0/users/app%40contoso.example/sendMail', body: bytes.toString('base64') },
    ]);
  });

  test.each(['a/b?c=d#e@contoso.example', "o'neil+%2f@contoso.example", '"a b"@contoso.example'])(
    'keeps the mailbox %s in one part of the path',
    async (mailbox) => {
      const server = await startGraph();
      const submission = submissionOf(contentOf(Buffer.from('x')), mailbox);
      await transportTo(server).send(submission, { signal: never });
      const parts = server.requests[0]?.url?.split('/') ?? [];
      expect(parts).toHaveLength(5);
      expect(decodeURIComponent(parts[3] ?? '')).toBe(mailbox);
    },
  );

  test('fails what is too large without a request', async () => {
    const server = await startGraph();
    const submission = submissionOf(contentOf(Buffer.alloc(31)));
    expect(await transportTo(server, 40).send(submission, { signal: never })).toMatchObject({
      kind: 'failed',
      status: '5.3.4',
      reason: 'tooLarge',
    });
    expect(server.requests).toEqual([]);
  });

  test.each([200, 201, 204])('is not delivered with %i', async (status) => {
    const server = await startGraph(status);
    const submission = submissionOf(contentOf(Buffer.from('x')));
    const outcome = await transportTo(server).send(submission, { signal: never });
    expect(outcome.kind).toBe('deferred');
  });

  test('is unsure of 202 before the message was given', async () => {
    const server = await startTlsServer((socket: TLSSocket) => {
      socket.once('data', () => {
        socket.pause();
        socket.write('HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n');
      });
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const submission = submissionOf(contentOf(Buffer.alloc(40_000_000)));
    expect(
      await transportTo(server, 100_000_000).send(submission, { signal: never }),
    ).toMatchObject({ kind: 'unsure' });
  });

  test('is cancelled, and not sent, when the signal is aborted before', async () => {
    const server = await startGraph();
    const submission = submissionOf(contentOf(Buffer.from('x')));
    expect(
      await transportTo(server).send(submission, { signal: AbortSignal.abort() }),
    ).toMatchObject({ kind: 'deferred', status: '4.3.2', reason: 'cancelled' });
    expect(server.requests).toEqual([]);
  });

  test('is unsure when the signal is aborted after the message was given', async () => {
    const caller = new AbortController();
    const server = await startHttpsServer(async (incoming) => {
      await text(incoming);
      caller.abort();
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const submission = submissionOf(contentOf(Buffer.from('x')));
    expect(await transportTo(server).send(submission, { signal: caller.signal })).toMatchObject({
      kind: 'unsure',
      status: '4.3.2',
      reason: 'cancelled',
    });
  });

  test('defers when the stored message cannot be read', async () => {
    const server = await startGraph();
    const content: Content = {
      sizeBytes: 10,
      async *read() {
        yield Buffer.from('x');
        throw new Error('The row is damaged');
      },
    };
    expect(await transportTo(server).send(submissionOf(content), { signal: never })).toMatchObject({
      kind: 'deferred',
      status: '4.3.0',
      reason: 'internal',
      diagnostic: 'The stored message could not be read: The row is damaged',
    });
  });
});
