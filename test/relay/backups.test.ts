// Backups: which trouble of the first connection sends mail over the next, and which does not.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

let gateway: TestGateway;
/** The mailboxes that meet trouble. */
let troubled: Set<string>;
const mail = { from: 'app@contoso.com', to: 'ann@example.com', text: 'x' };

beforeEach(async () => {
  troubled = new Set(['main@contoso.com']);
  gateway = await startTestGateway({
    connections: `connections:
  main: { type: sandbox, sendAs: main@contoso.com }
  spare: { type: sandbox, sendAs: spare@contoso.com, from: { force: always, address: spare@contoso.com } }
  last: { type: sandbox, sendAs: last@contoso.com }`,
    default: 'default: { send: { via: main, backup: [spare, last] } }',
  });
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
});

function trouble(fault: Fault): void {
  const match = ({ path }: { readonly path: string }) =>
    [...troubled].some((mailbox) => decodeURIComponent(path).includes(`/users/${mailbox}/`));
  gateway.sandbox.faults.next(fault, { times: 10_000, match });
}

function graphError(status: number, code: string, headers: Record<string, string> = {}): Fault {
  const body = JSON.stringify({ error: { code, message: code } });
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}

/** The mailboxes that were asked to send, in order, each once. */
function asked(): readonly string[] {
  const paths = gateway.sandbox.requests.map(({ path }) => decodeURIComponent(path));
  const mailboxes = paths.flatMap((path) => /\/users\/([^/]+)\/sendMail/.exec(path)?.[1] ?? []);
  return [...new Set(mailboxes)];
}

const own: [string, Fault][] = [
  ['a mailbox that is gone', graphError(404, 'ErrorInvalidUser')],
  ['a missing permission', graphError(403, 'ErrorAccessDenied')],
  ['a missing Send As grant', graphError(403, 'ErrorSendAsDenied')],
  ['a throttle for ten minutes', graphError(429, 'TooManyRequests', { 'retry-after': '600' })],
  ['a server that fails again and again', graphError(503, 'ServiceUnavailable')],
];

describe('trouble that is the connection’s own', () => {
  test.each(own)(
    '%s: the backup sends, with its own From, and nobody else does',
    async (_what, fault) => {
      trouble(fault);
      await gateway.send({ ...mail, subject: 'hi' });
      const [sent] = await gateway.sent(1);
      expect(sent).toMatchObject({ sendAs: 'spare@contoso.com', from: 'spare@contoso.com' });
      expect(asked()).toEqual(['main@contoso.com', 'spare@contoso.com']);
      await gateway.until(
        ({ event, outcome }) => event === 'delivery.attempted' && outcome === 'delivered',
      );
      expect(gateway.sandbox.mailbox.list()).toHaveLength(1);
    },
  );

  test('the next backup takes what the first does not', async () => {
    troubled.add('spare@contoso.com');
    trouble(graphError(404, 'ErrorInvalidUser'));
    await gateway.send({ ...mail, subject: 'hi' });
    const [sent] = await gateway.sent(1);
    expect(sent?.sendAs).toBe('last@contoso.com');
    expect(asked()).toEqual(['main@contoso.com', 'spare@contoso.com', 'last@contoso.com']);
  });

  test('when none takes it, it waits, begins again with the first, and is sent once', async () => {
    for (const mailbox of ['spare@contoso.com', 'last@contoso.com']) troubled.add(mailbox);
    trouble(graphError(503, 'ServiceUnavailable'));
    await gateway.send({ ...mail, subject: 'hi' });
    await until(() => asked().length === 3);
    troubled.clear();
    const sent = await gateway.sent(1);
    expect(sent).toHaveLength(1);
    expect(gateway.sandbox.mailbox.list()).toHaveLength(1);
  });
});

describe('trouble that is the message’s own, or none', () => {
  test('a message that is refused fails, and no backup is asked', async () => {
    trouble(graphError(400, 'ErrorInvalidRecipients'));
    await gateway.send({ ...mail, subject: 'hi' });
    await gateway.until(
      ({ event, outcome }) => event === 'delivery.attempted' && outcome === 'failed',
    );
    expect(asked()).toEqual(['main@contoso.com']);
  });

  test('a throttle for a moment waits for the first connection', async () => {
    const match = ({ path }: { readonly path: string }) => path.includes('/sendMail');
    gateway.sandbox.faults.next(graphError(429, 'TooManyRequests', { 'retry-after': '1' }), {
      match,
    });
    await gateway.send({ ...mail, subject: 'hi' });
    const [sent] = await gateway.sent(1);
    expect(sent?.sendAs).toBe('main@contoso.com');
  });

  test('what may have been sent is looked for, and never sent by a backup', async () => {
    const match = ({ path }: { readonly path: string }) => path.includes('/sendMail');
    gateway.sandbox.faults.next({ cut: 'after' }, { match });
    await gateway.send({ ...mail, subject: 'hi' });
    await gateway.sent(1);
    await gateway.until(({ event }) => event === 'delivery.attempted');
    expect(asked()).toEqual(['main@contoso.com']);
    expect(gateway.sandbox.mailbox.list()).toHaveLength(1);
  });
});

describe('a message that the first connection could never carry', () => {
  test('is accepted for the first backup that can, and refused where none can', async () => {
    await gateway[Symbol.asyncDispose]();
    gateway = await startTestGateway({
      connections: `connections:
  main: { type: sandbox, sendAs: main@contoso.com, requestLimit: 20000, largeMessages: false }
  spare: { type: sandbox, sendAs: spare@contoso.com, requestLimit: 200000, largeMessages: false }`,
      default: 'default: { send: { via: main, backup: [spare] } }',
    });
    await gateway.send({ ...mail, subject: 'small' });
    await gateway.send({ ...mail, subject: 'large', text: 'x'.repeat(60_000) });
    const sent = await gateway.sent(2);
    expect(sent.map(({ subject, sendAs }) => `${subject} ${sendAs}`).toSorted()).toEqual([
      'large spare@contoso.com',
      'small main@contoso.com',
    ]);
    const tooLarge = { ...mail, subject: 'too large', text: 'x'.repeat(190_000) };
    await expect(gateway.send(tooLarge)).rejects.toThrow(/552 5\.3\.4|552/);
  });
});

describe('the breaker', () => {
  test('opens after repeated trouble, keeps mail from the connection, and closes by itself', async () => {
    trouble(graphError(503, 'ServiceUnavailable'));
    for (let number = 1; number <= 8; number++)
      await gateway.send({ ...mail, subject: `${number}` });
    await gateway.sent(8);
    await gateway.until(
      ({ event, connection, result }) =>
        event === 'breaker.changed' && connection === 'main' && result === 'open',
    );
    const requests = gateway.sandbox.requests.length;
    await gateway.send({ ...mail, subject: 'while open' });
    await gateway.sent(9);
    const since = gateway.sandbox.requests.slice(requests);
    expect(since.some(({ path }) => path.includes('main%40contoso.com'))).toBe(false);
    const metrics = await (await fetch(`${gateway.telemetryUrl}/metrics`)).text();
    expect(metrics).toContain('graphpost_breaker_state{connection="main"} 1');
  });
});
