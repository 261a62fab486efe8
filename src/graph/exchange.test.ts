import { createServer } from 'node:net';
import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { portOf, startTlsServer, type TestServer } from '../../test/support/https-server.ts';
import { createAgent } from './agent.ts';
import { startDeadline } from './deadline.ts';
import { exchange } from './exchange.ts';
import type { RequestBody } from './request-body.ts';

/** More than the buffers between two sockets of this machine hold. */
const bigBytes = 64 * 1024 * 1024;
const smallBytes = 5_000;

const accepted = 'HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n';

function bodyOf(contentLength: number): RequestBody {
  return {
    contentLength,
    async *open() {
      for (let left = contentLength; left > 0; left -= 65_536) {
        yield Buffer.alloc(Math.min(left, 65_536), 'A');
      }
    },
  };
}

/** A server that does `act` with each connection, once its first bytes have come. */
async function startServer(act: (socket: TLSSocket) => unknown): Promise<TestServer> {
  const server = await startTlsServer((socket) => {
    // Paused again at once: an actor that wants more asks for it.
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      act(socket);
    });
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** Resolves when the header and `bodyBytes` of the body have come. */
async function readRequest(socket: TLSSocket, bodyBytes: number): Promise<void> {
  let received = Buffer.alloc(0);
  const whole = Promise.withResolvers<void>();
  socket.on('data', (piece: Buffer) => {
    received = Buffer.concat([received, piece]);
    const headerEnd = received.indexOf('\r\n\r\n');
    if (headerEnd >= 0 && received.length >= headerEnd + 4 + bodyBytes) whole.resolve();
  });
  socket.resume();
  await whole.promise;
}

function setUp(server: Pick<TestServer, 'ca'>, options: { headersTimeoutMs?: number } = {}) {
  const agent = createAgent({ ca: server.ca, connections: 1, env: {}, ...options });
  onTestFinished(() => agent[Symbol.asyncDispose]());
  const timeUp = Promise.withResolvers<void>();
  const caller = new AbortController();
  const clock = {
    now: () => 0,
    wait(_delayMs: number, { signal }: { readonly signal: AbortSignal }) {
      if (signal.aborted) return Promise.resolve();
      const aborted = once(signal, 'abort').then(() => {});
      return Promise.race([timeUp.promise, aborted]);
    },
  };
  async function post(origin: string, body: RequestBody) {
    using deadline = startDeadline({ clock, deadlineMs: 1_000, signal: caller.signal });
    const order = { method: 'POST', url: `${origin}/x`, headers: {}, body } as const;
    return await exchange(order, { agent, deadline });
  }
  return { agent, post, endPatience: timeUp.resolve, abort: () => caller.abort() };
}

describe('exchange() without an answer says that the request was not whole', () => {
  test('when the connection is refused', async () => {
    const server = await startServer(() => {});
    await server[Symbol.asyncDispose]();
    expect(await setUp(server).post(server.origin, bodyOf(smallBytes))).toMatchObject({
      kind: 'noAnswer',
      cause: 'network',
      code: 'ECONNREFUSED',
      givenBytes: 0,
      contentLength: smallBytes,
      whole: false,
    });
  });

  test('when the certificate is not trusted', async () => {
    const server = await startServer(() => {});
    const agent = createAgent({ connections: 1, env: {} });
    onTestFinished(() => agent[Symbol.asyncDispose]());
    const clock = { now: () => 0, wait: () => new Promise<void>(() => {}) };
    const { signal } = new AbortController();
    using deadline = startDeadline({ clock, deadlineMs: 1_000, signal });
    const order = { method: 'POST', url: server.origin, headers: {}, body: bodyOf(9) } as const;
    expect(await exchange(order, { agent, deadline })).toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      givenBytes: 0,
      whole: false,
    });
  });

  test('when the handshake is cut', async () => {
    const cutter = createServer((socket) => socket.destroy());
    cutter.listen(0, '127.0.0.1');
    await once(cutter, 'listening');
    onTestFinished(() => void cutter.close());
    const server = await startServer(() => {});
    const { post } = setUp(server);
    expect(await post(`https://127.0.0.1:${portOf(cutter)}`, bodyOf(smallBytes))).toMatchObject({
      kind: 'noAnswer',
      givenBytes: 0,
      whole: false,
    });
  });

  test.each([
    ['reset', (socket: TLSSocket) => socket.destroy()],
    ['ended', (socket: TLSSocket) => socket.end()],
  ])('when the connection is %s within the body', async (_name, act) => {
    const server = await startServer(act);
    const result = await setUp(server).post(server.origin, bodyOf(bigBytes));
    expect(result).toMatchObject({ kind: 'noAnswer', cause: 'network', whole: false });
    expect(result.givenBytes).toBeLessThan(bigBytes);
  });

  test('when its own source fails', async () => {
    const server = await startServer((socket) => socket.resume());
    const body = {
      contentLength: smallBytes,
      async *open() {
        yield Buffer.alloc(100);
        throw new Error('The disk is gone');
      },
    };
    expect(await setUp(server).post(server.origin, body)).toMatchObject({
      kind: 'noAnswer',
      cause: 'source',
      errorText: 'The disk is gone',
      givenBytes: 100,
      whole: false,
    });
  });

  test('when the caller aborts within the body', async () => {
    const reached = Promise.withResolvers<void>();
    const server = await startServer(() => reached.resolve());
    const { post, abort } = setUp(server);
    const posting = post(server.origin, bodyOf(bigBytes));
    await reached.promise;
    abort();
    expect(await posting).toMatchObject({ kind: 'noAnswer', cause: 'cancelled', whole: false });
  });

  test('when the caller had aborted before', async () => {
    const server = await startServer(() => {});
    const { post, abort } = setUp(server);
    abort();
    expect(await post(server.origin, bodyOf(smallBytes))).toMatchObject({
      cause: 'cancelled',
      givenBytes: 0,
      whole: false,
    });
  });

  test('when the deadline ends while the request waits for the one connection', async () => {
    const reached = Promise.withResolvers<void>();
    const server = await startServer(() => reached.resolve());
    const first = setUp(server);
    const stuck = first.post(server.origin, bodyOf(smallBytes));
    await reached.promise;
    const queued = first.post(server.origin, bodyOf(smallBytes));
    first.endPatience();
    expect(await queued).toMatchObject({ cause: 'timeout', code: 'DEADLINE', givenBytes: 0 });
    expect(await stuck).toMatchObject({ cause: 'timeout', code: 'DEADLINE' });
  });
});

describe('exchange() without an answer says that the request may have been whole', () => {
  test.each([
    ['the connection is reset', (socket: TLSSocket) => socket.destroy()],
    ['the connection ends', (socket: TLSSocket) => socket.end()],
    ['half a status line comes', (socket: TLSSocket) => socket.end('HTTP/1.1 20')],
    ['the answer is no HTTP', (socket: TLSSocket) => socket.end('220 mail.example ESMTP\r\n')],
  ])('when %s after the body', async (_name, act) => {
    const server = await startServer(async (socket) => {
      await readRequest(socket, smallBytes);
      act(socket);
    });
    expect(await setUp(server).post(server.origin, bodyOf(smallBytes))).toMatchObject({
      kind: 'noAnswer',
      cause: 'network',
      givenBytes: smallBytes,
      whole: true,
    });
  });

  test('when the server is silent for too long', async () => {
    const server = await startServer((socket) => readRequest(socket, smallBytes));
    const { post } = setUp(server, { headersTimeoutMs: 200 });
    expect(await post(server.origin, bodyOf(smallBytes))).toMatchObject({
      cause: 'timeout',
      code: 'UND_ERR_HEADERS_TIMEOUT',
      whole: true,
    });
  });

  test.each([
    ['timeout', 'endPatience'],
    ['cancelled', 'abort'],
  ] as const)('after the body, at the end of patience: %s', async (cause, end) => {
    const read = Promise.withResolvers<void>();
    const server = await startServer((socket) =>
      readRequest(socket, smallBytes).then(read.resolve),
    );
    const parts = setUp(server);
    const posting = parts.post(server.origin, bodyOf(smallBytes));
    await read.promise;
    parts[end]();
    expect(await posting).toMatchObject({ kind: 'noAnswer', cause, whole: true });
  });
});

describe('exchange() gives the answer', () => {
  test.each([202, 401, 413, 429, 503])(
    '%i that comes before the body was read, with what was given',
    async (status) => {
      const text = '{"error":{"code":"Early"}}';
      const answer = `HTTP/1.1 ${status} X\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
      const server = await startServer((socket) => socket.write(answer));
      const result = await setUp(server).post(server.origin, bodyOf(bigBytes));
      expect(result).toMatchObject({ kind: 'answer', status, json: { error: { code: 'Early' } } });
      expect(result.givenBytes).toBeLessThan(bigBytes);
    },
  );

  test('whose body is cut', async () => {
    const server = await startServer(async (socket) => {
      await readRequest(socket, smallBytes);
      const head = 'HTTP/1.1 500 X\r\nContent-Length: 1000\r\nRequest-ID: r1\r\n\r\n';
      socket.write(`${head}{"err`, () => socket.destroy());
    });
    expect(await setUp(server).post(server.origin, bodyOf(smallBytes))).toMatchObject({
      kind: 'answer',
      status: 500,
      headers: { 'request-id': 'r1' },
      text: '{"err',
      json: undefined,
    });
  });

  test('with no more than 64 KiB of a body of 10 MB', async () => {
    const server = await startServer(async (socket) => {
      await readRequest(socket, smallBytes);
      socket.end(`HTTP/1.1 500 X\r\n\r\n${'x'.repeat(10_000_000)}`);
    });
    const result = await setUp(server).post(server.origin, bodyOf(smallBytes));
    expect(result).toMatchObject({ kind: 'answer', status: 500, text: 'x'.repeat(65_536) });
  });

  test.each([
    ['HTML', '<html><body>413</body></html>'],
    ['nothing', ''],
    ['broken JSON', '{"error":'],
  ])('with a body of %s', async (_name, text) => {
    const server = await startServer(async (socket) => {
      await readRequest(socket, smallBytes);
      socket.write(`HTTP/1.1 413 X\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
    });
    expect(await setUp(server).post(server.origin, bodyOf(smallBytes))).toMatchObject({
      kind: 'answer',
      status: 413,
      text,
      json: undefined,
    });
  });

  test('and uses its connection again', async () => {
    let connections = 0;
    const server = await startTlsServer((socket) => {
      connections += 1;
      let received = 0;
      socket.on('data', (piece: Buffer) => {
        received += piece.length;
        if (received < smallBytes) return;
        received = 0;
        socket.write(accepted);
      });
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const { post } = setUp(server);
    for (let times = 0; times < 3; times++) {
      expect(await post(server.origin, bodyOf(smallBytes))).toMatchObject({ status: 202 });
    }
    expect(connections).toBe(1);
  });
});
