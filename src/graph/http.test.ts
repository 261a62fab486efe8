import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHttpsServer } from '../../test/support/https-server.ts';
import type { Token, TokenFailure } from '../relay/ports.ts';
import { createAgent } from './agent.ts';
import { createGraphHttp } from './http.ts';
import { textBody } from './request-body.ts';

interface Request {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** A Graph that gives the statuses in order, and then always the last. */
async function startGraph(statuses: readonly number[], headers: Record<string, string> = {}) {
  const requests: Request[] = [];
  const server = await startHttpsServer(async (incoming, response) => {
    requests.push({
      url: incoming.url ?? '',
      headers: incoming.headers,
      text: await text(incoming),
    });
    const status = statuses[Math.min(requests.length, statuses.length) - 1] ?? 500;
    response.writeHead(status, { 'request-id': `r${requests.length}`, ...headers }).end();
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { ...server, requests };
}

const noSecret: TokenFailure = {
  kind: 'failure',
  error: 'invalid_client',
  codes: [7000222],
  description: 'expired',
};

/** A token source that gives `tokens` in order, and then always the last. */
function tokenSourceOf(...tokens: readonly (string | TokenFailure)[]) {
  const rejected: string[] = [];
  let asked = 0;
  return {
    rejected,
    async token(): Promise<Token | TokenFailure> {
      asked += 1;
      const token = tokens[Math.min(asked, tokens.length) - 1] ?? noSecret;
      if (typeof token !== 'string') return token;
      return { kind: 'token', accessToken: token, expiresAt: Infinity };
    },
    reject(token: Token) {
      rejected.push(token.accessToken);
    },
  };
}

interface SetUpOptions {
  readonly wait?: () => Promise<void>;
}

function setUp(
  server: { origin: string; ca: string },
  tokenSource: Parameters<typeof createGraphHttp>[0]['tokenSource'],
  { wait = () => new Promise(() => {}) }: SetUpOptions = {},
) {
  const agent = createAgent({ ca: server.ca, connections: 1, env: {} });
  onTestFinished(() => agent[Symbol.asyncDispose]());
  const events: unknown[] = [];
  let ids = 0;
  let time = 0;
  const http = createGraphHttp({
    graph: server.origin,
    agent,
    tokenSource,
    events: {
      graphRequestStarted: (event) => events.push(event),
      graphRequestEnded: (event) => events.push(event),
    },
    connection: 'main',
    clock: { now: () => (time += 10), wait },
    createRequestId: () => `id-${(ids += 1)}`,
  });
  function post(signal: AbortSignal = new AbortController().signal) {
    return http.request({
      method: 'POST',
      path: '/v1.0/x',
      headers: { 'content-type': 'text/plain' },
      body: {
        contentLength: 5,
        async *open() {
          yield Buffer.from('hel');
          yield Buffer.from('lo');
        },
      },
      operation: 'send_mail',
      deadlineMs: 1_000,
      signal,
    });
  }
  return { http, post, events };
}

describe('createGraphHttp()', () => {
  test('sends body, length, token and an id of its own', async () => {
    const server = await startGraph([202]);
    const { post, events } = setUp(server, tokenSourceOf('t1'));
    expect(await post()).toMatchObject({ kind: 'answer', status: 202, givenBytes: 5 });
    expect(server.requests).toMatchObject([
      {
        url: '/v1.0/x',
        text: 'hello',
        headers: {
          authorization: 'Bearer t1',
          'client-request-id': 'id-1',
          'content-length': '5',
          'content-type': 'text/plain',
        },
      },
    ]);
    expect(server.requests[0]?.headers).not.toHaveProperty('transfer-encoding');
    expect(events).toEqual([
      { connection: 'main' },
      {
        connection: 'main',
        operation: 'send_mail',
        code: '202',
        durationMs: 10,
        requestId: 'r1',
      },
    ]);
  });

  test('drops a token that is refused, and tries once more with the whole body', async () => {
    const server = await startGraph([401, 202]);
    const tokens = tokenSourceOf('t1', 't2');
    expect(await setUp(server, tokens).post()).toMatchObject({ status: 202, givenBytes: 5 });
    expect(tokens.rejected).toEqual(['t1']);
    expect(server.requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer t1',
      'Bearer t2',
    ]);
    expect(server.requests[1]).toMatchObject({
      text: 'hello',
      headers: { 'client-request-id': 'id-2' },
    });
  });

  test('gives up at the second refusal', async () => {
    const server = await startGraph([401]);
    const tokens = tokenSourceOf('t1', 't2', 't3');
    expect(await setUp(server, tokens).post()).toMatchObject({ status: 401 });
    expect(tokens.rejected).toEqual(['t1', 't2']);
    expect(server.requests).toHaveLength(2);
  });

  test('makes no request without a token', async () => {
    const server = await startGraph([202]);
    const { post, events } = setUp(server, tokenSourceOf(noSecret));
    expect(await post()).toEqual({ kind: 'tokenFailure', failure: noSecret });
    expect(server.requests).toEqual([]);
    expect(events).toEqual([]);
  });

  test('follows no redirect, and shows the token to no other host', async () => {
    const other = await startGraph([202]);
    const server = await startGraph([307], { location: `${other.origin}/v1.0/x` });
    expect(await setUp(server, tokenSourceOf('t1')).post()).toMatchObject({ status: 307 });
    expect(other.requests).toEqual([]);
  });

  test('waits for a token no longer than for the answer', async () => {
    const server = await startGraph([202]);
    const stuck = { token: () => new Promise<Token>(() => {}), reject() {} };
    const { post } = setUp(server, stuck, { wait: () => Promise.resolve() });
    expect(await post()).toMatchObject({
      kind: 'noAnswer',
      cause: 'timeout',
      contentLength: 5,
      whole: false,
    });
  });

  test('counts a lost answer as trouble of the network', async () => {
    const server = await startGraph([202]);
    await server[Symbol.asyncDispose]();
    const { post, events } = setUp(server, tokenSourceOf('t1'));
    expect(await post()).toMatchObject({ kind: 'noAnswer', code: 'ECONNREFUSED' });
    expect(events.at(-1)).toMatchObject({ code: 'network' });
  });

  test('counts the end of the deadline as a timeout', async () => {
    const reached = Promise.withResolvers<void>();
    const server = await startHttpsServer(() => reached.resolve());
    onTestFinished(() => server[Symbol.asyncDispose]());
    const tokens = tokenSourceOf('t1');
    const { post, events } = setUp(server, tokens, { wait: () => reached.promise });
    expect(await post()).toMatchObject({ kind: 'noAnswer', cause: 'timeout' });
    expect(events.at(-1)).toMatchObject({ code: 'timeout' });
  });
});

test('GraphHttp.upload() sends no token, and asks for none', async () => {
  const server = await startGraph([200]);
  const tokenSource = { token: () => Promise.reject(new Error('Asked for')), reject() {} };
  const { http, events } = setUp(server, tokenSource);
  const result = await http.upload({
    method: 'PUT',
    url: `${server.origin}/session?secret=1`,
    headers: { 'content-range': 'bytes 0-4/5' },
    body: textBody('hello'),
    deadlineMs: 1_000,
    signal: new AbortController().signal,
  });
  expect(result).toMatchObject({ kind: 'answer', status: 200, givenBytes: 5 });
  expect(server.requests).toMatchObject([
    { url: '/session?secret=1', text: 'hello', headers: { 'content-range': 'bytes 0-4/5' } },
  ]);
  expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  expect(events[1]).toMatchObject({ operation: 'upload_chunk', code: '200' });
  expect(JSON.stringify(events)).not.toContain('secret');
});
