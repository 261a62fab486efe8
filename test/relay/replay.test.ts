// `explain --replay`: a changed configuration over messages of the queue, and over a folder.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { freePort } from '../support/free-port.ts';
import { createGatewayProcess, mainFile, type GatewayProcess } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
let gateway: GatewayProcess;
let changed: string;

beforeAll(async () => {
  sandbox = await createSandbox({ now: Date.now });
  const adminPort = await freePort();
  gateway = await createGatewayProcess(sandbox, {
    changes: {
      clients: 'clients: [{ name: app, networks: [127.0.0.0/8], senders: ["*"] }]',
      queue:
        'queue: { store: "sqlite:graphpost.db", keep: { bodies: true }, full: { freeDisk: 0% } }',
    },
  });
  const text = await readFile(gateway.configFile, 'utf8');
  await writeFile(
    gateway.configFile,
    text.replace('admin: false', `admin: "127.0.0.1:${adminPort}"`),
  );
  changed = join(gateway.folder, 'changed.yaml');
  const rules = `routes:
  - name: invoices
    when: { subject: { contains: invoice } }
    send: { via: main, sendAs: billing@contoso.com }
  - name: noise
    when: { subject: { startsWith: "[test]" } }
    drop: true
`;
  await writeFile(changed, `${rules}${await readFile(gateway.configFile, 'utf8')}`);
  await gateway.start();
  await until(() =>
    fetch(`http://127.0.0.1:${adminPort}/`).then(
      () => true,
      () => false,
    ),
  );
  for (const subject of ['hello', 'your invoice', '[test] ping']) await send(subject);
  await until(() => sandbox.mailbox.list().length === 3);
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

async function send(subject: string): Promise<void> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: gateway.smtpPort,
    ignoreTLS: true,
  });
  const to = ['ann@example.com', 'bob@example.com'];
  const mail = { from: 'app@contoso.com', to, subject, text: 'x' };
  await transport.sendMail(mail).finally(() => transport.close());
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function explain(...args: string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'], GRAPH_SECRET: sandbox.clientSecret };
  return new Promise((resolve) => {
    const all = [
      mainFile,
      'explain',
      '--config',
      changed,
      '--against',
      gateway.configFile,
      ...args,
    ];
    execFile(process.execPath, all, { env, cwd: gateway.folder }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

describe('explain --replay', () => {
  test('says which messages of the queue would go elsewhere', async () => {
    const { code, stdout } = await explain('--replay');
    expect(stdout).toContain(
      'ann@example.com: default over main as app@contoso.com from app@contoso.com → invoices over main as app@contoso.com from billing@contoso.com',
    );
    expect(stdout).toContain('bob@example.com: default over main');
    expect(stdout).toContain('→ dropped by noise');
    expect(stdout).not.toContain('hello');
    expect(stdout).toContain('3 messages replayed, 2 would go elsewhere');
    expect(code).toBe(1);
  });

  test('changes nothing in the queue, and sends nothing', async () => {
    const requests = sandbox.requests.length;
    await explain('--replay', '--json');
    expect(sandbox.requests).toHaveLength(requests);
  });

  test('sees that nothing would leave any more', async () => {
    const text = await readFile(gateway.configFile, 'utf8');
    const dropping = join(gateway.folder, 'dropping.yaml');
    await writeFile(dropping, `sending: drop\n${text}`);
    const { stdout } = await explain('--replay', '--config', dropping);
    expect(stdout).toContain('→ dropped by default');
    expect(stdout).toContain('3 messages replayed, 3 would go elsewhere');
  });

  test('takes a folder of messages, of a client that is named', async () => {
    const folder = join(gateway.folder, 'mail');
    await mkdir(folder);
    const header = 'From: app@contoso.com\nTo: ann@example.com\n';
    await writeFile(join(folder, 'one.eml'), `${header}Subject: invoice\n\nx\n`);
    await writeFile(join(folder, 'two.eml'), `${header}Subject: hello\n\nx\n`);
    const { code, stdout } = await explain('--replay', folder, '--client', 'app', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      replayed: 2,
      withoutBody: 0,
      differences: [{ message: 'one.eml', recipient: 'ann@example.com' }],
    });
    expect(code).toBe(1);
    expect((await explain('--replay', folder)).code).toBe(2);
  });

  test('ends with 0 where nothing would differ', async () => {
    const same = await explain('--replay', '--config', gateway.configFile);
    expect(same.stdout).toBe('3 messages replayed, 0 would go elsewhere\n');
    expect(same.code).toBe(0);
  });
});
