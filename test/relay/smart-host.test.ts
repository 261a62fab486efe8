// A connection to another mail server: who gets what, and what becomes of those that it refuses.
import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { startTestGateway, writeConfig, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

interface Taken {
  readonly from: string | false;
  readonly to: readonly string[];
  readonly raw: string;
}

let port: number;
let taken: Taken[];
let server: SMTPServer;
let gateway: TestGateway;
/** What RCPT TO is refused with, by recipient. */
let refusals: Map<string, { readonly code: number; readonly text: string; times: number }>;

beforeEach(async () => {
  taken = [];
  refusals = new Map();
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    onRcptTo({ address }, _session, done) {
      const refusal = refusals.get(address);
      if (!refusal || refusal.times === 0) return done();
      refusal.times -= 1;
      const { code: responseCode, text } = refusal;
      done(Object.assign(new Error(text), { responseCode }));
    },
    onData(stream, { envelope }, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const from = envelope.mailFrom && envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        taken.push({ from, to, raw: Buffer.concat(pieces).toString('latin1') });
        done();
      });
    },
  });
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const bound = listening.address();
  port = bound && typeof bound === 'object' ? bound.port : 0;
  gateway = await startTestGateway({
    connections: `connections:
  main: { type: sandbox }
  host: { type: smtp, url: "smtp://127.0.0.1:${port}", returnPath: original }`,
    default: 'default: { send: { via: host } }',
    from: 'from: { force: always, address: noreply@contoso.com }',
  });
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

function recipients(): readonly string[] {
  return taken.flatMap(({ to }) => to).toSorted();
}

describe('mail over a smart host', () => {
  test('goes to each recipient of the envelope once, and hidden ones stay hidden', async () => {
    await gateway.send({
      from: 'app@contoso.com',
      to: ['ann@example.com', 'dan@example.com'],
      bcc: ['bob@example.com', 'cem@example.com'],
      subject: 'hi',
      text: 'x',
    });
    await until(() => taken.length >= 4);
    expect(recipients()).toEqual([
      'ann@example.com',
      'bob@example.com',
      'cem@example.com',
      'dan@example.com',
    ]);
    for (const { from, raw } of taken) {
      expect(from).toBe('app@contoso.com');
      expect(raw).toContain('From: noreply@contoso.com');
      expect(raw).toContain('To: ann@example.com, dan@example.com');
      for (const hidden of ['bob@example.com', 'cem@example.com'])
        expect(raw).not.toContain(hidden);
    }
  });

  test('fails for a recipient that is refused, and reaches the others', async () => {
    refusals.set('bob@example.com', { code: 550, text: '5.1.1 No such user', times: 10 });
    await gateway.send({
      from: 'app@contoso.com',
      to: ['ann@example.com', 'bob@example.com'],
      subject: 'hi',
      text: 'x',
    });
    await until(() => taken.length >= 1);
    await gateway.until(
      ({ event, status }) => event === 'delivery.attempted' && status === '5.1.1',
    );
    expect(recipients()).toEqual(['ann@example.com']);
  });

  test('is tried again for a recipient that is refused for now', async () => {
    refusals.set('ann@example.com', { code: 450, text: '4.2.0 Greylisted', times: 2 });
    await gateway.send({ from: 'app@contoso.com', to: 'ann@example.com', text: 'x' });
    await until(() => taken.length >= 1);
    expect(recipients()).toEqual(['ann@example.com']);
  });
});

test('a smart host as backup takes each recipient by himself, and all see To as it was', async () => {
  await gateway[Symbol.asyncDispose]();
  gateway = await startTestGateway({
    connections: `connections:
  main: { type: sandbox, sendAs: main@contoso.com }
  host: { type: smtp, url: "smtp://127.0.0.1:${port}" }`,
    default: 'default: { send: { via: main, backup: [host] } }',
  });
  const body = JSON.stringify({ error: { code: 'ErrorInvalidUser', message: 'x' } });
  const headers = { 'content-type': 'application/json' };
  gateway.sandbox.faults.next({ status: 404, headers, body }, { times: 100 });
  const to = ['ann@example.com', 'bob@example.com'];
  await gateway.send({ from: 'app@contoso.com', to, bcc: 'cem@example.com', text: 'x' });
  await until(() => taken.length >= 3);
  expect(recipients()).toEqual(['ann@example.com', 'bob@example.com', 'cem@example.com']);
  for (const { raw } of taken) {
    expect(raw).toContain('To: ann@example.com, bob@example.com');
    expect(raw).not.toContain('cem@example.com');
  }
  expect(gateway.sandbox.mailbox.list()).toEqual([]);
});

test('mail that was accepted for a connection which takes many recipients at once is parted', async () => {
  const connections = (main: string) => `connections:
  main: ${main}
  host: { type: smtp, url: "smtp://127.0.0.1:${port}" }
  play: { type: sandbox }`;
  await gateway[Symbol.asyncDispose]();
  gateway = await startTestGateway({
    connections: connections('{ type: sandbox }'),
    default: 'default: { send: { via: main } }',
    sending: 'sending: hold',
  });
  refusals.set('bob@example.com', { code: 550, text: '5.1.1 No such user', times: 10 });
  const to = ['ann@example.com', 'bob@example.com'];
  await gateway.send({ from: 'app@contoso.com', to, text: 'x' });
  const { file } = await writeConfig({
    connections: connections(`{ type: smtp, url: "smtp://127.0.0.1:${port}" }`),
    default: 'default: { send: { via: main } }',
  });
  const loading = loadConfig(file, { env: {} });
  if (loading.kind === 'faulty') throw new Error('The configuration is faulty');
  gateway.gateway.reload(loading);
  await until(() => taken.length >= 1);
  await gateway.until(({ status, outcome }) => status === '5.1.1' && outcome === 'failed');
  expect(recipients()).toEqual(['ann@example.com']);
});

test('a reverse-path that its client may not use does not leave, whatever returnPath says', async () => {
  await gateway[Symbol.asyncDispose]();
  gateway = await startTestGateway({
    clients: 'clients: [{ name: shop, networks: [127.0.0.0/8], senders: [shop@contoso.com] }]',
    connections: `connections:
  main: { type: sandbox }
  host: { type: smtp, url: "smtp://127.0.0.1:${port}", returnPath: original }`,
    default: 'default: { send: { via: host } }',
    from: 'from: { force: always, address: noreply@contoso.com }',
  });
  for (const from of ['ceo@contoso.com', 'shop@contoso.com']) {
    await gateway.send({ envelope: { from, to: 'ann@example.com' }, from, text: 'x' });
  }
  await until(() => taken.length >= 2);
  const reversePaths = new Set(taken.map(({ from }) => from));
  expect(reversePaths).toEqual(new Set(['noreply@contoso.com', 'shop@contoso.com']));
});
