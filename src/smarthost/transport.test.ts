import { Buffer } from 'node:buffer';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import { contentOf, lines } from '../../test/support/content.ts';
import { createCertificate } from '../../test/support/https-server.ts';
import type { Submission, Token, TokenFailure } from '../relay/ports.ts';
import { createSmarthostTransport, type SmarthostOptions } from './transport.ts';

const raw = lines('From: app@contoso.com', 'Subject: hi', '', 'one', '.two', '..three');
const token: Token = { kind: 'token', accessToken: 'secret-token', expiresAt: 0 };
let certificate: { readonly certPem: string; readonly keyPem: string };
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  certificate = await createCertificate('ec');
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Received {
  readonly mailFrom: string | false;
  readonly rcptTo: readonly string[];
  readonly raw: string;
  readonly secure: boolean;
  readonly user: string;
}

/** A real server that keeps what it is given. */
async function startServer(
  options: SMTPServerOptions = {},
): Promise<{ readonly port: number; readonly received: Received[] }> {
  const received: Received[] = [];
  const server = new SMTPServer({
    key: certificate.keyPem,
    cert: certificate.certPem,
    authOptional: true,
    disableReverseLookup: true,
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          mailFrom: mailFrom && mailFrom.address,
          rcptTo: rcptTo.map((path) => path.address),
          raw: Buffer.concat(pieces).toString('latin1'),
          secure: session.secure,
          user: String(session.user || ''),
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  closing.push(() => new Promise((resolve) => server.close(() => resolve())));
  const bound = listening.address();
  return { port: bound && typeof bound === 'object' ? bound.port : 0, received };
}

/** A server that says what it is told to, whatever the client says. */
async function startScript(
  answer: (line: string, socket: Socket) => string | undefined,
  greeting = '220 ready',
): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write(`${greeting}\r\n`);
    let rest = '';
    socket.on('data', (piece) => {
      rest += piece.toString('latin1');
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const reply = answer(rest.slice(0, end), socket);
        rest = rest.slice(end + 2);
        if (reply !== undefined) socket.write(`${reply}\r\n`);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const bound = server.address();
  return bound && typeof bound === 'object' ? bound.port : 0;
}

/** What a good server says, but for the replies that are given by verb; '' is each line of the message. */
function withReplies(replies: Readonly<Record<string, string>>) {
  let inData = false;
  return (line: string): string | undefined => {
    if (inData) {
      if (line !== '.') return undefined;
      inData = false;
      return replies['.'] ?? '250 2.0.0 ok';
    }
    const verb = line.split(' ', 1)[0]?.toUpperCase() ?? '';
    const reply = replies[verb] ?? (verb === 'DATA' ? '354 go on' : '250 ok');
    inData = verb === 'DATA' && reply.startsWith('354');
    return reply;
  };
}

function submission(changes: Partial<Submission> = {}): Submission {
  return {
    deliveryId: 'd-1',
    attempt: 1,
    sendAs: address('app@contoso.com'),
    envelope: {
      reversePath: address('bounces@contoso.com'),
      forwardPaths: [address('ann@example.com')],
      smtpUtf8: false,
    },
    messageId: '<1@contoso.com>',
    saveToSentItems: false,
    content: contentOf(raw, 7),
    ...changes,
  };
}

async function send(port: number, options: Partial<SmarthostOptions> = {}, mail = submission()) {
  const transport = createSmarthostTransport({
    host: '127.0.0.1',
    port,
    implicitTls: false,
    hostname: 'relay.example.com',
    returnPath: 'from',
    ca: certificate.certPem,
    ...options,
  });
  return await transport.send(mail, { signal: AbortSignal.timeout(20_000) });
}

describe('createSmarthostTransport() sends', () => {
  test('the bytes untouched, to the envelope, over STARTTLS where it is offered', async () => {
    const { port, received } = await startServer();
    expect(await send(port)).toMatchObject({ kind: 'delivered', passage: { transport: 'smtp' } });
    expect(received).toEqual([
      { mailFrom: 'app@contoso.com', rcptTo: ['ann@example.com'], raw, secure: true, user: '' },
    ]);
  });

  test.each([
    ['from', 'app@contoso.com'],
    ['original', 'bounces@contoso.com'],
  ] as const)('with return path %s as %s', async (returnPath, expected) => {
    const { port, received } = await startServer();
    await send(port, { returnPath });
    expect(received[0]?.mailFrom).toBe(expected);
  });

  test.each(['from', 'original'] as const)(
    'a null reverse-path as it is, with return path %s',
    async (returnPath) => {
      const { port, received } = await startServer();
      const envelope = { ...submission().envelope, reversePath: null };
      await send(port, { returnPath }, submission({ envelope }));
      expect(received[0]?.mailFrom).toBe('');
    },
  );

  test('over TLS from the first byte', async () => {
    const { port, received } = await startServer({ secure: true });
    await send(port, { implicitTls: true });
    expect(received).toMatchObject([{ secure: true }]);
  });

  test('after a login by password, and by XOAUTH2', async () => {
    const { port, received } = await startServer({
      authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'],
      onAuth({ method, username, password, accessToken }, _session, done) {
        const isRight = password === 'pass' || accessToken === 'secret-token';
        done(isRight ? null : new Error('no'), { user: `${username} ${method}` });
      },
    });
    const tokens = { token: () => Promise.resolve(token), reject: () => undefined };
    await send(port, { login: { kind: 'password', username: 'app', password: 'pass' } });
    await send(port, { login: { kind: 'oauth2', username: 'app', tokens } });
    expect(received.map(({ user }) => user)).toEqual(['app PLAIN', 'app XOAUTH2']);
  });
});

describe('createSmarthostTransport() defers, and holds what shares the cause', () => {
  test('a wrong password', async () => {
    const { port } = await startServer({
      onAuth: (_auth, _session, done) => done(new Error('no')),
    });
    const login = { kind: 'password', username: 'app', password: 'wrong' } as const;
    expect(await send(port, { login })).toMatchObject({
      kind: 'deferred',
      reason: 'credential',
      hold: 'connection',
    });
  });

  test('a token that is refused, after another was asked for', async () => {
    const { port } = await startServer({
      authMethods: ['XOAUTH2'],
      onAuth: (_auth, _session, done) => done(null, { data: { status: '401', schemes: 'bearer' } }),
    });
    let rejected = 0;
    const tokens = { token: () => Promise.resolve(token), reject: () => void (rejected += 1) };
    const outcome = await send(port, { login: { kind: 'oauth2', username: 'app', tokens } });
    expect(outcome).toMatchObject({ reason: 'credential', hold: 'connection' });
    expect(JSON.stringify(outcome)).not.toContain('secret-token');
    expect(rejected).toBe(1);
  });

  test('a token that Entra does not give', async () => {
    const { port } = await startServer({ authMethods: ['XOAUTH2'] });
    const failure: TokenFailure = {
      kind: 'failure',
      error: 'invalid_client',
      codes: [7_000_215],
      description: 'AADSTS7000215: Invalid client secret',
    };
    const tokens = { token: () => Promise.resolve(failure), reject: () => undefined };
    const outcome = await send(port, { login: { kind: 'oauth2', username: 'app', tokens } });
    expect(outcome).toMatchObject({ reason: 'credential', hold: 'connection' });
  });

  test('a login where the server offers no TLS: nothing is said in clear', async () => {
    const { port, received } = await startServer({ hideSTARTTLS: true, allowInsecureAuth: true });
    const login = { kind: 'password', username: 'app', password: 'pass' } as const;
    expect(await send(port, { login })).toMatchObject({ kind: 'deferred' });
    expect(received).toEqual([]);
  });
});

const refusals: [string, Readonly<Record<string, string>>, object][] = [
  [
    'a recipient',
    { RCPT: '550 5.1.1 No such user' },
    { kind: 'failed', status: '5.1.1', reason: 'recipients' },
  ],
  [
    'a recipient for now',
    { RCPT: '450 4.2.0 Greylisted' },
    { kind: 'deferred', status: '4.2.0', reason: 'server' },
  ],
  [
    'the size',
    { '.': '552 5.3.4 Too big' },
    { kind: 'failed', status: '5.3.4', reason: 'tooLarge' },
  ],
  [
    'the content',
    { '.': '554 5.7.1 Spam' },
    { kind: 'failed', status: '5.7.1', reason: 'content' },
  ],
  [
    'the sender as not allowed',
    { '.': '554 5.2.252 SendAsDenied; app@contoso.com' },
    { kind: 'deferred', reason: 'sendAsDenied', hold: 'originator' },
  ],
  [
    'mail without a login',
    { MAIL: '530 5.7.57 Client not authenticated' },
    { kind: 'deferred', reason: 'credential', hold: 'connection' },
  ],
  [
    'more than its pace',
    { MAIL: '432 4.3.2 Concurrent connections limit exceeded' },
    { kind: 'deferred', reason: 'throttled' },
  ],
  ['DATA for now', { DATA: '451 4.3.0 Later' }, { kind: 'deferred', status: '4.3.0' }],
];

test.each(refusals)('a server that refuses %s', async (_what, replies, expected) => {
  expect(await send(await startScript(withReplies(replies)))).toMatchObject(expected);
});

describe('a server that goes away', () => {
  test('before the whole message is given has not sent it', async () => {
    const port = await startScript((line, socket) => {
      if (line.startsWith('RCPT')) socket.destroy();
      return '250 ok';
    });
    expect(await send(port)).toMatchObject({ kind: 'deferred', reason: 'network' });
  });

  test('after the final dot may have sent it', async () => {
    const answer = withReplies({ '.': '' });
    const port = await startScript((line, socket) => {
      const reply = answer(line);
      if (reply === '') socket.destroy();
      return reply === '' ? undefined : reply;
    });
    expect(await send(port)).toMatchObject({ kind: 'unsure', reason: 'network' });
  });

  test('at the greeting has not sent it, nor has one that is not there', async () => {
    const port = await startScript(() => undefined, '554 5.7.1 Not you');
    expect(await send(port)).toMatchObject({ kind: 'deferred', hold: 'connection' });
    for (const close of closing.splice(0)) await close();
    expect(await send(port)).toMatchObject({ kind: 'deferred', status: '4.4.1' });
  });
});

test('createSmarthostTransport() fails what is over the SIZE that the server says, and knows it from then on', async () => {
  const { port } = await startServer({ size: 100 });
  const transport = createSmarthostTransport({
    host: '127.0.0.1',
    port,
    implicitTls: false,
    hostname: 'relay.example.com',
    returnPath: 'from',
    ca: certificate.certPem,
  });
  const content = contentOf(lines('Subject: x', '', 'y'.repeat(200)));
  const { signal } = new AbortController();
  expect(await transport.send(submission({ content }), { signal })).toMatchObject({
    kind: 'failed',
    status: '5.3.4',
  });
  expect(transport.maxMessageBytes).toBe(100);
});
