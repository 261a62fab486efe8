// From a fresh folder to the first mail, by the commands alone, as docs/setup.md shows them; and renew while mail goes on.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { freePort } from '../support/free-port.ts';
import { mainFile } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';

/** Nine processes, on a machine that may be slow. */
const timeout = 90_000;
let folder: string;
let sandbox: Sandbox;
let gateway: ChildProcess | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-first-mail-'));
  sandbox = await createSandbox({ now: Date.now });
  sandbox.signIns.as('admin@contoso.com');
  await writeFile(join(folder, 'ca.pem'), sandbox.ca);
});

afterAll(async () => {
  if (gateway?.exitCode === null) {
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
  }
  await sandbox[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function start(words: readonly string[]): ChildProcess {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), NO_COLOR: '1' };
  return spawn(process.execPath, [mainFile, ...words], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

async function run(...words: readonly string[]) {
  const child = start(words);
  const ended = once(child, 'exit');
  const stdout = child.stdout ? await text(child.stdout) : '';
  const [code] = await ended;
  return { code: Number(code), stdout };
}

/** What `docs/setup.md` shows between setup and the first mail. */
async function readTranscript(): Promise<string | undefined> {
  const docs = await readFile(join(import.meta.dirname, '../../docs/setup.md'), 'utf8');
  return /## To the first mail\n[\s\S]*?```text\n([\s\S]*?)```/.exec(docs)?.[1];
}

/** Of all that the doctor says, what it says of the connection. */
async function shownByDoctor(): Promise<string> {
  const { stdout } = await run('doctor');
  const [connection] = /^Connection main\n( .*\n)+/m.exec(stdout) ?? [];
  return `$ graphpost doctor\n…\n${connection}…\n`;
}

/** Days, times, ids, ports and the name of this machine are others each time. */
function withFixedFacts(text: string): string {
  return text
    .replaceAll(/It ends on [\d-]{10}/g, 'It ends on 2027-11-23')
    .replaceAll(/for \d+ minutes/g, 'for 60 minutes')
    .replaceAll(/^[\d:]{8}(?= {2})/gm, '00:14:31')
    .replaceAll(/\b[0-9a-z]{16}\b/g, '1m82whym029yxrbh')
    .replaceAll(/@[^>@\s]+>/g, '@relay>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:2525')
    .replaceAll(/\(\d+\.\d s\)/g, '(0.4 s)')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => id.replaceAll(/\w/g, '1'));
}

/** On ports of its own: others may run on this machine. */
async function movePorts(): Promise<{ readonly smtp: number; readonly telemetry: number }> {
  const ports = { smtp: await freePort(), telemetry: await freePort(), admin: await freePort() };
  const file = join(folder, 'config/graphpost.yaml');
  const config = (await readFile(file, 'utf8')).replaceAll(
    '127.0.0.1:2525',
    `127.0.0.1:${ports.smtp}`,
  );
  await writeFile(
    file,
    `${config}http: { telemetry: "127.0.0.1:${ports.telemetry}", admin: "127.0.0.1:${ports.admin}" }\n`,
  );
  return ports;
}

test(
  'a fresh folder, an administrator and the commands of the docs end in mail that goes on over a renewal',
  { timeout },
  async () => {
    const { authority, graph } = sandbox;
    const cloud = ['--authority', authority, '--graph', graph];
    const made = await run('setup', ...cloud, '--mailbox', 'relay@contoso.com', '--json');
    expect(made.code).toBe(0);
    const { clientId } = JSON.parse(made.stdout) as { clientId: string };
    const { smtp, telemetry } = await movePorts();

    gateway = start(['serve']);
    let output = '';
    gateway.stdout?.on('data', (piece) => (output += String(piece)));
    await until(() =>
      fetch(`http://127.0.0.1:${telemetry}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    let shown = await shownByDoctor();
    // What the administrator of Exchange pastes into PowerShell.
    const roles = ['Mail.Send', 'Mail.ReadWrite'];
    sandbox.directory.grantInExchange(clientId, { roles, mailboxes: ['relay@contoso.com'] });
    shown += await shownByDoctor();
    const command = ['send-test', '--to', 'you@example.com'];
    shown += `$ graphpost ${command.join(' ')}\n${(await run(...command)).stdout}`;
    expect(withFixedFacts(shown)).toBe(await readTranscript());

    const transport = createTransport({ host: '127.0.0.1', port: smtp, ignoreTLS: true });
    const send = (subject: string) =>
      transport.sendMail({ from: 'app@contoso.com', to: 'ann@example.com', subject, text: 'x' });
    await send('first');
    await until(() => sandbox.mailbox.list().length === 2);
    expect(sandbox.mailbox.list()).toContainEqual(
      expect.objectContaining({ sendAs: 'relay@contoso.com', subject: 'first' }),
    );

    expect(await run('renew', 'main')).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, 'config/main.pem.old'))).toBe(false);
    sandbox.revokeTokens();
    await send('second');
    await until(() => sandbox.mailbox.list().length === 3);
    transport.close();
    expect(output).not.toContain('PRIVATE KEY');

    expect(sandbox.violations).toEqual([]);
  },
);

test(
  'an app for Outlook.com takes the sign-in of the owner of the mailbox',
  { timeout },
  async () => {
    const cloud = ['--authority', sandbox.authority, '--graph', sandbox.graph];
    const config = ['--config', 'outlook/graphpost.yaml'];
    sandbox.signIns.as('admin@contoso.com');
    const flags = ['--outlook', 'someone@outlook.com', '--name', 'Outlook', '--json'];
    expect(await run('setup', ...cloud, ...config, ...flags)).toMatchObject({ code: 0 });
    sandbox.signIns.as('someone@outlook.com', 'Some One');
    const { code, stdout } = await run('login', 'personal', ...config);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'Signed in as Some One <someone@outlook.com>: connection "personal" can send',
    );
  },
);
