// The queue command with a gateway that runs as a process of its own, and without one.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rmdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordedRequest } from '../../src/sandbox/journal.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { freePort } from '../support/free-port.ts';
import { createGatewayProcess, mainFile, type GatewayProcess } from '../support/gateway-process.ts';
import { runQueueCommand, type QueueCommandRun } from '../support/queue-command.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
let gateway: GatewayProcess;
let adminPort = 0;
let token = '';

beforeAll(async () => {
  sandbox = await createSandbox({ now: Date.now });
  gateway = await createGatewayProcess(sandbox, {
    changes: {
      routes: `routes:
  - name: keep
    when: { subject: { startsWith: keep } }
    hold: true
    send: { via: main }
  - name: approve
    when: { subject: { startsWith: approve } }
    hold: true
    send: { via: main }
  - name: billing
    when: { subject: { startsWith: approve invoice } }
    send: { via: main, sendAs: billing@contoso.com }`,
    },
  });
  adminPort = await freePort();
  await change('admin: false', `admin: "127.0.0.1:${adminPort}"`);
  await start();
  token = (await readFile(join(gateway.folder, 'admin-token'), 'utf8')).trim();
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** It accepts mail a moment before its admin server listens. */
async function start(): Promise<void> {
  await gateway.start();
  await until(() =>
    fetch(`http://127.0.0.1:${adminPort}/`).then(
      ({ status }) => status === 401,
      () => false,
    ),
  );
}

async function change(from: string, to: string): Promise<void> {
  const text = await readFile(gateway.configFile, 'utf8');
  if (!text.includes(from)) throw new Error(`The configuration has no "${from}"`);
  await writeFile(gateway.configFile, text.replace(from, to));
}

const env = { GRAPH_SECRET: 'hunter2-of-the-test' };

function queue(...args: string[]): Promise<QueueCommandRun> {
  return runQueueCommand(args, { ...gateway, env });
}

interface Sent {
  readonly from?: string;
  /** The whole message. */
  readonly raw?: Buffer;
}

/** Returns the queue id. */
async function send(subject: string, { from = 'app', raw }: Sent = {}): Promise<string> {
  const { smtpPort: port } = gateway;
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  const [sender, to] = [`${from}@contoso.com`, 'ann@example.com'];
  const mail = raw
    ? { envelope: { from: sender, to }, raw }
    : { from: sender, to, subject, text: 'x' };
  const { response } = await transport.sendMail(mail).finally(() => transport.close());
  return /\b([0-9a-z]{16})\b/.exec(response)?.[1] ?? '';
}

interface Listed {
  readonly id: string;
  readonly messageId: string;
  readonly subject: string;
  readonly state: string;
}

async function list(...filter: string[]): Promise<readonly Listed[]> {
  const { code, stdout } = await queue('ls', '--json', ...filter);
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

async function becomes(id: string, state: string): Promise<void> {
  await until(async () => {
    const shown = await queue('show', id, '--json');
    return JSON.parse(shown.stdout).deliveries[0].state === state;
  });
}

function arrived(subject: string): number {
  return sandbox.mailbox.list().filter((message) => message.subject === subject).length;
}

function inShell(...args: string[]): Promise<QueueCommandRun> {
  return new Promise((resolve) => {
    const command = [mainFile, 'queue', ...args, '--config', gateway.configFile];
    execFile(process.execPath, command, { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

describe('with nothing in the queue, graphpost queue', () => {
  test('ls says that there is nothing, and whether that is the whole queue', async () => {
    expect(await queue('ls')).toMatchObject({ code: 0, stderr: 'The queue is empty\n' });
    const run = await queue('ls', '--subject', 'x');
    expect(run).toMatchObject({ code: 0, stderr: 'Nothing is like that\n' });
  });
});

describe('with a gateway that runs, graphpost queue', () => {
  test('release lets go what a rule has held, and it arrives', async () => {
    const id = await send('approve release');
    expect((await list('--state', 'held')).map(({ messageId }) => messageId)).toContain(id);
    expect(await queue('release', id)).toEqual({
      code: 0,
      stdout: '1 delivery released\n',
      stderr: '',
    });
    await until(() => arrived('approve release') === 1);
    const again = await queue('release', id);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(new RegExp(`^${id}: .*it is (sending|delivered)\n$`));
  });

  test('retry sends what has failed once its cause is gone', async () => {
    const body = JSON.stringify({ error: { code: 'ErrorMessageSizeExceeded', message: 'Large' } });
    let isBroken = true;
    const match = (request: RecordedRequest) => isBroken && request.path.includes('failing');
    sandbox.faults.next({ status: 413, body }, { times: 100, match });
    const id = await send('failing', { from: 'failing' });
    await becomes(id, 'failed');
    const shown = await queue('show', id);
    expect(shown.stdout).toContain('The message is too large');
    expect(shown.stdout).toContain('ErrorMessageSizeExceeded');
    isBroken = false;
    expect((await queue('retry', '--all', '--state', 'failed')).stdout).toBe(
      '1 delivery tried now\n',
    );
    await until(() => arrived('failing') === 1);
  });

  test('hold keeps what waits, rm forgets it, and asks to be told --yes', async () => {
    const match = (request: RecordedRequest) => request.path.includes('waiting');
    sandbox.faults.next({ status: 503, headers: { 'Retry-After': '600' } }, { match });
    const id = await send('waiting', { from: 'waiting' });
    await until(async () => (await queue('stats', '--json')).stdout.includes('pausedUntil'));
    const lane: string = JSON.parse((await queue('show', id, '--json')).stdout).deliveries[0].lane;
    expect((await queue('stats')).stdout).toContain(lane);
    expect((await queue('hold', '--all', '--lane', lane, '--subject', 'waiting')).stdout).toBe(
      '1 delivery held\n',
    );
    const unconfirmed = await queue('rm', id);
    expect([unconfirmed.code, unconfirmed.stderr]).toEqual([2, 'Without a terminal, say --yes\n']);
    expect((await queue('rm', id, '--yes')).code).toBe(0);
    expect((await queue('show', id)).code).toBe(1);
    expect(await list('--subject', 'waiting')).toEqual([]);
  });

  test('ls finds by address, subject, state, client and time, newest first', async () => {
    await send('approve one of two');
    await send('approve two of two');
    const found = await list('--subject', 'OF TWO', '--state', 'held', '--address', 'ANN@');
    expect(found.map(({ subject }) => subject)).toEqual([
      'approve two of two',
      'approve one of two',
    ]);
    expect(await list('--subject', 'of two', '--since', '1h', '--client', 'local')).toHaveLength(2);
    expect(await list('--subject', 'of two', '--until', '1h')).toEqual([]);
    expect(await list('--subject', 'of two', '--client', 'nobody')).toEqual([]);
    const first = await queue('ls', '--subject', 'of two', '--limit', '1');
    expect(first.stdout).toContain('approve two of two');
    expect(first.stdout).not.toContain('approve one of two');
    expect(first.stderr).toContain('There are more');
    for (const line of first.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });

  test('reroute says what would change, does it, and keeps what a rule holds', async () => {
    const id = await send('approve invoice');
    expect((await queue('reroute', id)).stdout).toContain('the same by the rules of today');
    await change('startsWith: approve }', 'startsWith: approve i }');
    await until(() => gateway.output().includes('config.reloaded'));
    const held = await queue('reroute', id, '--dry-run');
    expect(held.stdout).toContain('1 unchanged');
    await change('startsWith: approve i }', 'startsWith: something else }');
    await until(async () =>
      (await queue('reroute', id, '--dry-run')).stdout.includes('→ billing by main'),
    );
    expect(await list('--route', 'approve', '--subject', 'invoice')).toHaveLength(1);
    sandbox.grantSendAs('billing@contoso.com', '*');
    const done = await queue('reroute', '--all', '--subject', 'approve invoice');
    expect([done.code, done.stdout]).toEqual([0, expect.stringContaining('1 delivery re-routed')]);
    await until(() => arrived('approve invoice') === 1);
    const sent = sandbox.mailbox.list().find(({ subject }) => subject === 'approve invoice');
    expect(sent?.sendAs).toBe('billing@contoso.com');
    expect((await queue('reroute', id)).code).toBe(1);
  });

  test('export gives the bytes as they were accepted, one or many', async () => {
    const raw = Buffer.from(
      'From: app@contoso.com\r\nTo: ann@example.com\r\nSubject: keep to export\r\n' +
        'Message-ID: <1@contoso.com>\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n\r\n' +
        `Gr\u00fc\u00dfe\r\n${'and more \u00e9\r\n'.repeat(200_000)}..\r\n`,
      'latin1',
    );
    const [id, other] = [await send('', { raw }), await send('keep as well')];
    expect((await queue('export', id, '--output', 'one.eml')).code).toBe(0);
    const file = join(gateway.folder, 'one.eml');
    const exported = await readFile(file);
    expect(exported.subarray(-raw.length).toString('latin1')).toBe(raw.toString('latin1'));
    expect(exported.subarray(0, -raw.length).toString()).toMatch(/^Received: (?:.|\r\n\s)*\r\n$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await queue('export', id)).stdout).toBe(exported.toString('utf8'));
    const again = await queue('export', id, '-o', 'one.eml');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('EEXIST')]);
    const filter = ['--all', '--subject', 'keep '];
    expect((await queue('export', ...filter)).code).toBe(2);
    expect((await queue('export', ...filter, '-o', 'many')).code).toBe(0);
    const inFile = await queue('export', ...filter, '-o', 'one.eml/below');
    expect([inFile.code, inFile.stderr]).toEqual([1, expect.stringMatching(/^ENOTDIR.*\n$/)]);
    const names = await readdir(join(gateway.folder, 'many'));
    expect(names.toSorted()).toEqual([`${id}.eml`, `${other}.eml`].toSorted());
  });

  test('refuses what it cannot mean', async () => {
    for (const args of [
      ['retry'],
      ['retry', '--state', 'failed'],
      ['retry', 'x', '--all'],
      ['retry', 'x', '--state', 'failed'],
      ['rm', '--all', '--yes', '--state', 'lost'],
      ['ls', '--since', 'yesterday'],
      ['ls', '--subject', ''],
    ]) {
      const run = await queue(...args);
      expect([args, run.code]).toEqual([args, 2]);
      expect(run.stderr).toMatch(/^.+\n$/);
    }
  });
});

describe('a backup', () => {
  test('is made while mail flows, never over a file, and can be opened in its place', async () => {
    const id = await send('keep safe');
    const flowing = Promise.all(Array.from({ length: 20 }, (_, n) => send(`flow ${n}`)));
    expect((await queue('backup', 'copy.db')).code).toBe(0);
    await flowing;
    const again = await queue('backup', 'copy.db');
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('is there already')]);
    await gateway.stop('SIGTERM');
    await rename(join(gateway.folder, 'graphpost.db'), join(gateway.folder, 'before.db'));
    await rename(join(gateway.folder, 'copy.db'), join(gateway.folder, 'graphpost.db'));
    const offline = await queue('export', id);
    expect([offline.code, offline.stdout]).toEqual([0, expect.stringContaining('keep safe')]);
  });
});

describe('without a gateway, graphpost queue', () => {
  test('works on the file, and sends nothing', async () => {
    const [before, held] = [sandbox.mailbox.list().length, await list('--state', 'held')];
    const [first] = held;
    const released = await queue('release', first?.messageId ?? '');
    expect(released.code).toBe(0);
    expect(JSON.parse(released.stderr)).toEqual({
      ...{ level: 'info', time: expect.any(String), event: 'operator.acted' },
      ...{ by: 'cli', action: 'release', what: `ids ${first?.messageId}`, deliveries: 1 },
    });
    expect((await list('--state', 'ready')).map(({ id }) => id)).toContain(first?.id);
    expect((await queue('hold', first?.messageId ?? '')).code).toBe(0);
    expect(await list('--state', 'held')).toHaveLength(held.length);
    expect((await queue('stats')).stdout).toContain('held');
    expect(sandbox.mailbox.list()).toHaveLength(before);
  });

  test('says in one sentence that there is neither gateway nor queue', async () => {
    await rename(join(gateway.folder, 'graphpost.db'), join(gateway.folder, 'away.db'));
    const run = await queue('ls');
    await rename(join(gateway.folder, 'away.db'), join(gateway.folder, 'graphpost.db'));
    expect(run.code).toBe(4);
    expect(run.stderr).toMatch(/^No gateway answers at http:.* there is no queue file.*\n$/i);
  });

  test('ends with its exit code when a shell runs it', async () => {
    const listed = await inShell('ls', '--json', '--state', 'held', '--limit', '1');
    expect([listed.code, JSON.parse(listed.stdout)]).toMatchObject([0, [{ state: 'held' }]]);
    expect((await inShell('show', 'nobody')).code).toBe(1);
    expect((await inShell('ls', '--limit', '0')).code).toBe(2);
  });

  test('says so when something else answers at its address', async () => {
    const server = createServer((_, answer) => answer.end('<h1>It works!</h1>'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const other = join(gateway.folder, 'other.yaml');
    const text = await readFile(gateway.configFile, 'utf8');
    await writeFile(other, text.replace(/admin: "[^"]*"/, `admin: "127.0.0.1:${port}"`));
    const run = await runQueueCommand(['ls'], { ...gateway, configFile: other, env });
    server.close();
    expect(run).toMatchObject({ code: 4, stderr: expect.stringContaining('is no Graphpost') });
  });

  test('says so when a gateway holds the file, but does not answer', async () => {
    await start();
    const other = join(gateway.folder, 'other.yaml');
    const text = await readFile(gateway.configFile, 'utf8');
    await writeFile(other, text.replace(/admin: "[^"]*"/, 'admin: false'));
    const run = await runQueueCommand(['ls'], { ...gateway, configFile: other, env });
    expect(run.code).toBe(4);
    expect(run.stderr).toMatch(/http\.admin: false.* holds the queue file/);
  });
});

describe('a file with the token', () => {
  test('that cannot be read is said, with the exit code of a token', async () => {
    const file = join(gateway.folder, 'admin-token');
    const aside = join(gateway.folder, 'admin-token.aside');
    await rename(file, aside);
    await mkdir(file);
    const run = await queue('ls');
    await rmdir(file);
    await rename(aside, file);
    expect([run.code, run.stderr]).toEqual([
      2,
      expect.stringMatching(/^The admin token in ".*" cannot be read: .*\n$/),
    ]);
  });
});

describe('a wrong token', () => {
  test('is said in a sentence, and neither it nor another secret is printed', async () => {
    const file = join(gateway.folder, 'admin-token');
    await writeFile(file, 'a-wrong-token-4711\n');
    const runs = [
      await queue('ls'),
      await queue('stats', '--json'),
      await queue('rm', 'x', '--yes'),
    ];
    await writeFile(file, `${token}\n`);
    runs.push(await queue('ls'), await queue('stats', '--json'));
    expect(runs.map(({ code }) => code)).toEqual([2, 2, 2, 0, 0]);
    expect(runs[0]?.stderr).toMatch(/^The gateway does not take the admin token .*\n$/);
    expect(gateway.output()).toContain('A wrong admin token was given, from 127.0.0.1');
    const printed = JSON.stringify(runs) + gateway.output();
    for (const secret of [token, 'a-wrong-token-4711', sandbox.clientSecret, env.GRAPH_SECRET]) {
      expect(printed).not.toContain(secret);
    }
  });
});
