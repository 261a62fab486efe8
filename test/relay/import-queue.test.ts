// The mail that SMTP2Graph left in its folder, handed to a whole gateway.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runQueueImport, type QueueImportOptions } from '../../src/cli/import-queue.ts';
import { createCliIo } from '../support/cli-io.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let folder: string;

beforeAll(async () => {
  gateway = await startTestGateway({
    clients: `clients:
  - { name: apps, networks: [127.0.0.1], senders: ["*@contoso.com"], recipients: ["*@example.com"], limits: { recipientsPerMessage: 3 } }
  - { name: copier, login: { username: copier, password: secret }, senders: ["*"] }`,
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-mailroot-'));
  for (const name of ['queue', 'failed', 'temp'])
    await mkdir(join(folder, 'mailroot', name), { recursive: true });
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** As SMTP2Graph 1.1 writes it: who stood in no To is in Bcc, in the header and in each part. */
const stored = (subject: string, from = 'app@contoso.com') =>
  [
    'Bcc: hidden@example.com',
    `From: ${from}`,
    'To: Ann <ann@example.com>',
    `Subject: ${subject}`,
    'Message-ID: <1@app.contoso.com>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=x',
    '',
    '--x',
    'Bcc: ann@example.com, hidden@example.com',
    `From: ${from}`,
    'Content-Type: text/plain',
    '',
    'See the scan.',
    '--x--',
    '',
  ].join('\r\n');

async function put(place: string, text: string): Promise<void> {
  await writeFile(join(folder, 'mailroot', place), text);
}

async function run(options: Partial<QueueImportOptions> = {}, env = {}) {
  const { io, written } = createCliIo({ cwd: folder, env });
  const given = { folder: 'mailroot', to: `127.0.0.1:${gateway.smtpPort}` };
  const flags = { failed: false, temp: false, dryRun: false, json: false };
  const code = await runQueueImport({ ...given, ...flags, ...options }, io);
  return { code, ...written() };
}

const filesOf = (place: string) => readdir(join(folder, 'mailroot', place));

describe('runQueueImport()', () => {
  test('hands every message over with its envelope, and puts its file aside', async () => {
    const before = gateway.sandbox.mailbox.list().length;
    await put('queue/1.eml', stored('one'));
    await put('queue/2.eml', stored('two'));
    await put('queue/notes.txt', 'no mail');
    await put('failed/3.eml', stored('three'));
    const { code, stdout } = await run();
    expect(code).toBe(0);
    expect(stdout).toContain(
      'mailroot/queue/1.eml: handed over (<app@contoso.com> to ann@example.com, hidden@example.com): 250 ',
    );
    expect(stdout).toContain('2 of 2 messages; left alone: 1 in failed (--failed)');
    expect(await filesOf('queue')).toEqual(['1.eml.handed-over', '2.eml.handed-over', 'notes.txt']);
    const sent = (await gateway.sent(before + 2)).slice(before);
    for (const { recipients, to, bcc, raw } of sent) {
      expect(recipients.toSorted()).toEqual(['ann@example.com', 'hidden@example.com']);
      expect([to, bcc]).toEqual([['ann@example.com'], ['hidden@example.com']]);
      expect(Buffer.from(raw).toString()).toContain('--x\r\nContent-Type: text/plain\r\n\r\nSee');
    }
    expect((await run()).stdout).toContain('0 of 0 messages');
  });

  test('takes failed and unfinished mail where it is asked to', async () => {
    await put('failed/3.eml', stored('three'));
    await put('temp/4.eml', stored('four'));
    expect((await run({ failed: true, temp: true })).stdout).toContain('2 of 2 messages');
    expect([await filesOf('failed'), await filesOf('temp')]).toEqual([
      ['3.eml.handed-over'],
      ['4.eml.handed-over'],
    ]);
  });

  test('leaves what is refused where it is, and goes on', async () => {
    await put('queue/1.eml', stored('one', 'ceo@elsewhere.example'));
    await put('queue/2.eml', 'Subject: nobody\r\n\r\nx\r\n');
    await put('queue/3.eml', stored('three'));
    const { code, stdout } = await run({ json: true });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      files: [
        { outcome: 'refused', text: expect.stringContaining('550 5.7.1'), isDone: false },
        { outcome: 'unreadable', isDone: false },
        { outcome: 'taken', isDone: true },
      ],
    });
    expect(await filesOf('queue')).toEqual(['1.eml', '2.eml', '3.eml.handed-over']);
  });

  test('sends the rest again where a message has more recipients than may be', async () => {
    const before = gateway.sandbox.mailbox.list().length;
    const to = ['a', 'b', 'c', 'd'].map((name) => `${name}@example.com`).join(', ');
    await put('queue/1.eml', `From: app@contoso.com\r\nTo: ${to}\r\nSubject: x\r\n\r\nx\r\n`);
    expect((await run()).code).toBe(0);
    const sent = (await gateway.sent(before + 2)).slice(before);
    expect(sent.flatMap(({ recipients }) => recipients).toSorted()).toEqual(to.split(', '));
  });

  test('names the recipients whom the gateway does not take', async () => {
    const to = 'ann@example.com, blocked@elsewhere.example';
    await put('queue/1.eml', `From: app@contoso.com\r\nTo: ${to}\r\nSubject: x\r\n\r\nx\r\n`);
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(stdout).toContain('but not for blocked@elsewhere.example');
    expect(await filesOf('queue')).toEqual(['1.eml.handed-over']);
  });

  test('logs in', async () => {
    await put('queue/1.eml', stored('one', 'scans@elsewhere.example'));
    expect((await run({ username: 'copier' })).code).toBe(2);
    const env = { GRAPHPOST_SMTP_PASSWORD: 'secret' };
    expect((await run({ username: 'copier' }, env)).code).toBe(0);
  });

  test('tries a wrong password once', async () => {
    for (const name of ['1', '2', '3']) await put(`queue/${name}.eml`, stored(name));
    const env = { GRAPHPOST_SMTP_PASSWORD: 'wrong' };
    const { code, stdout } = await run({ username: 'copier' }, env);
    expect(code).toBe(1);
    expect(stdout).toContain('535 5.7.8');
    expect(stdout).toContain('0 of 1 messages');
  });

  test('sends nothing with --dry-run', async () => {
    await put('queue/1.eml', stored('one'));
    const { code, stdout } = await run({ dryRun: true, to: '127.0.0.1:9' });
    expect(code).toBe(0);
    expect(stdout).toContain('would go (<app@contoso.com> to ann@example.com, hidden@example.com)');
    expect(await filesOf('queue')).toEqual(['1.eml']);
  });

  test('stops where nobody listens, and exits with 4', async () => {
    await put('queue/1.eml', stored('one'));
    await put('queue/2.eml', stored('two'));
    const { code, stdout } = await run({ to: '127.0.0.1:9' });
    expect(code).toBe(4);
    expect(stdout).toContain('0 of 1 messages');
    expect(await filesOf('queue')).toEqual(['1.eml', '2.eml']);
  });

  test.each<[string, Partial<QueueImportOptions>]>([
    ['has no folder queue', { folder: 'nowhere' }],
    ['--to must be host:port', { to: 'nowhere' }],
  ])('exits with 2 and says "%s"', async (said, options) => {
    const { code, stderr } = await run(options);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});
