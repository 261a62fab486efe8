// `graphpost send-test`: through the gateway that runs, into its listener, and without a gateway.
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSendTest, type SendTestOptions } from '../../src/cli/send-test.ts';
import { createCertificateFiles, type CertificateFiles } from '../support/certificate-files.ts';
import { createCliIo } from '../support/cli-io.ts';
import { freePort } from '../support/free-port.ts';
import {
  startTestGateway,
  writeConfig,
  type Blocks,
  type TestGateway,
} from '../support/gateway.ts';

const blocks: Blocks = {
  clients:
    'clients: [{ name: here, networks: ["127.0.0.0/8"], senders: ["app@contoso.com", "ceo@contoso.com"] }, { name: shop, login: { username: shop, password: "a long password" }, senders: ["shop@contoso.com"] }]',
  connections: 'connections: { main: { type: sandbox, sendAs: relay@contoso.com } }',
  routes: `routes:
  - name: kept
    when: { recipient: { startsWith: hold } }
    hold: true
    send: { via: main }
  - name: noise
    when: { recipient: { startsWith: drop } }
    drop: true`,
};

interface Place {
  readonly file: string;
  readonly folder: string;
}

/** As the operator's file names the ports that the test's gateway was given. */
async function placeOf(gateway: TestGateway, changes: Blocks = {}): Promise<Place> {
  return await writeConfig({
    ...blocks,
    listeners: `listeners: [{ name: apps, address: "127.0.0.1:${gateway.smtpPort}" }]`,
    http: `http: { telemetry: false, admin: "${new URL(gateway.adminUrl).host}" }`,
    ...changes,
  });
}

async function sendTest(
  { file, folder }: Place,
  options: Partial<SendTestOptions>,
  env: Readonly<Record<string, string>> = {},
) {
  const { io, written } = createCliIo({ cwd: folder, env });
  const given = {
    ...{ config: file, version: '0.0.0', timeoutMs: 30_000 },
    ...{ to: ['ann@example.com'], ...options },
  };
  return { code: await runSendTest(given, io), ...written() };
}

describe('graphpost send-test with a gateway', () => {
  let gateway: TestGateway;
  let place: Place;

  beforeAll(async () => {
    gateway = await startTestGateway(blocks);
    place = await placeOf(gateway);
  });

  afterAll(async () => {
    await rm(place.folder, { recursive: true });
    await gateway[Symbol.asyncDispose]();
  });

  test('goes over a connection, by the queue, and says each step', async () => {
    const { code, stdout } = await sendTest(place, { connection: 'main', html: true });
    expect(stdout.replaceAll(/^\d\d:\d\d:\d\d {2}/gm, '').split('\n')).toEqual([
      expect.stringMatching(/^Accepted from client "send-test", Message-ID <.+>$/),
      expect.stringMatching(/^Queued as [0-9a-z]{16}$/),
      'Routed by "send-test" over connection "main" to ann@example.com',
      expect.stringMatching(
        /^Attempt 1 over "main" \(\d+\.\d s\): delivered, 2\.0\.0, request-id [0-9a-f-]{36}$/,
      ),
      'Delivered: the next mail system has it, and answers for it',
      '',
    ]);
    expect(code).toBe(0);
    const [message] = gateway.sandbox.mailbox.list();
    expect(message).toMatchObject({
      from: 'relay@contoso.com',
      subject: 'Graphpost test over connection "main"',
    });
    const read = await gateway.sandbox.mailbox.get(message?.id ?? '');
    expect(read?.html).toContain('<h1>It works.</h1>');
    expect(gateway.log).toContainEqual(
      expect.objectContaining({ event: 'operator.acted', action: 'send-test' }),
    );
  });

  test('goes into the listener and by the rules, as an app would', async () => {
    const { code, stdout } = await sendTest(place, {});
    expect(code).toBe(0);
    expect(stdout).toMatch(/Handed over to listener "apps" at 127\.0\.0\.1:\d+\n/);
    expect(stdout).toMatch(/The listener answered: 250 2\.0\.0 queued as [0-9a-z]{16}\n/);
    expect(stdout).toContain('Accepted from client "here" at listener "apps"');
    expect(stdout).toContain('Routed by "default" over connection "main"');
  });

  test('logs in where a client has a login', async () => {
    const { code, stdout } = await sendTest(
      place,
      { username: 'shop', from: 'shop@contoso.com' },
      { GRAPHPOST_SMTP_PASSWORD: 'a long password' },
    );
    expect(stdout).toContain('Accepted from client "shop"');
    expect(code).toBe(0);
  });

  test('says that a password is wrong', async () => {
    const env = { GRAPHPOST_SMTP_PASSWORD: 'another' };
    const { code, stdout } = await sendTest(place, { username: 'shop' }, env);
    expect(stdout).toMatch(/Refused at login: 535\n[^]*The other side said: 535 5\.7\.8/);
    expect(code).toBe(1);
  });

  test('gives the explained error first, then the raw one', async () => {
    const { code, stdout } = await sendTest(place, {
      connection: 'main',
      to: ['denied@example.com'],
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /\nNot delivered: The app may not send from the mailbox .*: grant it Mail\.Send.*\nThe other side said: HTTP 403, ErrorAccessDenied, request-id [0-9a-f-]+, Access is denied\..*\nIt stays in the queue/,
    );
  });

  test('answers with JSON, as the API does', async () => {
    const { code, stdout } = await sendTest(place, {
      ...{ connection: 'main', json: true },
      to: ['never@example.com'],
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      state: 'undelivered',
      id: expect.any(String),
      steps: expect.arrayContaining([{ time: expect.any(String), what: expect.any(String) }]),
      error: { raw: expect.stringContaining('ErrorMimeContentInvalid') },
    });
  });

  test.each([
    ['a sender that is not allowed', { from: 'boss@contoso.com' }, /Refused at mail: 5\d\d/],
    [
      'a rule that holds',
      { to: ['hold@example.com'] },
      /A rule holds it until somebody releases it/,
    ],
    ['a rule that drops', { to: ['drop@example.com'] }, /a rule drops such mail/],
  ])('says of %s that it was not delivered', async (_name, options, words) => {
    const { code, stdout } = await sendTest(place, options);
    expect(stdout).toMatch(words);
    expect(code).toBe(1);
  });

  test.each([
    ['a connection that there is not', { connection: 'other' }, /There is no connection "other"/],
    ['what is no address', { to: ['ann'] }, /"ann" is no address/],
    ['a login without a password', { username: 'shop' }, /GRAPHPOST_SMTP_PASSWORD/],
    ['a listener that there is not', { listener: 'other' }, /There is no listener "other"/],
  ])('refuses %s', async (_name, options, words) => {
    const { code, stderr } = await sendTest(place, options);
    expect(stderr).toMatch(words);
    expect(code).toBe(2);
  });

  test('the API refuses what it does not know', async () => {
    const answer = await fetch(`${gateway.adminUrl}/api/v1/test`, {
      method: 'POST',
      body: JSON.stringify({ to: 'ann@example.com', conection: 'main' }),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('conection') });
  });
});

describe('graphpost send-test with listeners of other kinds', () => {
  let files: CertificateFiles;
  beforeAll(async () => void (files = await createCertificateFiles()));
  afterAll(() => files[Symbol.asyncDispose]());

  test.each([
    ['implicit TLS', (certificate: string) => `tls: implicit, ${certificate}`, 'Queued as'],
    ['STARTTLS', (certificate: string) => `tls: required, ${certificate}`, 'Queued as'],
    ['direct mode', () => 'mode: direct', 'passed on as'],
  ])('goes into one with %s', async (_name, keysOf, words) => {
    const keys = keysOf(`certificate: { cert: "${files.certFile}", key: "${files.keyFile}" }`);
    const listeners = (port: number) =>
      `listeners: [{ name: apps, address: "127.0.0.1:${port}", ${keys} }]`;
    const changes = { ...blocks, routes: '' };
    await using gateway = await startTestGateway({ ...changes, listeners: listeners(0) });
    const place = await placeOf(gateway, { routes: '', listeners: listeners(gateway.smtpPort) });
    const { code, stdout } = await sendTest(place, {});
    expect(stdout).toContain(words);
    expect(code).toBe(0);
    await rm(place.folder, { recursive: true });
  });

  test('goes over a connection of a gateway that has no queue', async () => {
    const changes = { ...blocks, routes: '' };
    const direct = 'listeners: [{ name: apps, address: "127.0.0.1:0", mode: direct }]';
    await using gateway = await startTestGateway({ ...changes, listeners: direct });
    const place = await placeOf(gateway, { routes: '' });
    const { code, stdout } = await sendTest(place, { connection: 'main' });
    expect(stdout).toContain('delivered, 2.0.0, request-id');
    expect(stdout).not.toContain('Queued as');
    expect(code).toBe(0);
    await rm(place.folder, { recursive: true });
  });
});

test.each(['hold', 'drop'])('graphpost send-test goes also under sending: %s', async (sending) => {
  await using gateway = await startTestGateway({ ...blocks, sending: `sending: ${sending}` });
  const place = await placeOf(gateway, { sending: `sending: ${sending}` });
  const { code, stdout } = await sendTest(place, { connection: 'main' });
  expect(stdout).toContain('delivered, 2.0.0, request-id');
  expect(stdout).not.toContain('Queued as');
  expect(code).toBe(0);
  expect(gateway.sandbox.mailbox.list()).toHaveLength(1);
  await rm(place.folder, { recursive: true });
});

describe('graphpost send-test without a gateway', () => {
  let place: Place;

  beforeAll(async () => {
    const [smtp, admin] = [await freePort(), await freePort()];
    place = await writeConfig({
      ...blocks,
      listeners: `listeners: [{ name: apps, address: "127.0.0.1:${smtp}" }]`,
      http: `http: { telemetry: false, admin: "127.0.0.1:${admin}" }`,
    });
  });

  afterAll(async () => {
    await rm(place.folder, { recursive: true });
  });

  test('uses the connection from here', async () => {
    const { code, stdout, stderr } = await sendTest(place, { connection: 'main' });
    expect(stderr).toContain('No gateway answers');
    expect(stdout).toContain('delivered, 2.0.0, request-id');
    expect(code).toBe(0);
  });

  test('says what went wrong over the connection', async () => {
    const { code, stdout } = await sendTest(place, {
      connection: 'main',
      to: ['missing@example.com'],
    });
    expect(stdout).toMatch(
      /Not delivered: The tenant has no such mailbox.*\nThe other side said: HTTP 404/,
    );
    expect(stdout).not.toContain('It stays in the queue');
    expect(code).toBe(1);
  });

  test('ends with 4 where the listener is not there', async () => {
    const { code, stdout } = await sendTest(place, {});
    expect(stdout).toContain('did not answer: does the gateway run?');
    expect(code).toBe(4);
  });
});
