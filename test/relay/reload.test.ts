// A configuration that changes while the gateway runs.
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
let gateway: GatewayProcess;

beforeEach(async () => {
  sandbox = await createSandbox({ now: Date.now });
  gateway = await createGatewayProcess(sandbox);
  await gateway.start();
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

async function send(subject: string): Promise<void> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: gateway.smtpPort,
    ignoreTLS: true,
  });
  const mail = { from: 'app@contoso.com', to: 'ann@example.com', subject, text: 'x' };
  await transport.sendMail(mail).finally(() => transport.close());
}

async function arrives(subject: string): Promise<void> {
  await until(() => sandbox.mailbox.list().some((message) => message.subject === subject));
}

function sendAsOf(subject: string): string | undefined {
  return sandbox.mailbox.list().find((message) => message.subject === subject)?.sendAs;
}

async function change(from: string, to: string): Promise<void> {
  const text = await readFile(gateway.configFile, 'utf8');
  if (!text.includes(from)) throw new Error(`The configuration has no "${from}"`);
  await writeFile(gateway.configFile, text.replace(from, to));
}

async function logged(event: string, times = 1): Promise<string> {
  const lines = () =>
    gateway
      .output()
      .split('\n')
      .filter((line) => line.includes(`"event":"${event}"`));
  await until(() => lines().length >= times);
  return lines().join('\n');
}

async function metric(name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${gateway.telemetryPort}/metrics`);
  const line = (await response.text()).split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
}

const toBilling = 'default: { send: { via: main, sendAs: billing@contoso.com } }';

describe('a change of the file', () => {
  test('is taken up while it runs, and the token is kept', async () => {
    sandbox.grantSendAs('billing@contoso.com', '*');
    await send('before');
    await arrives('before');
    await change('default: { send: { via: main } }', toBilling);
    await change('freeDisk: 0%', 'freeDisk: 3%');
    await until(async () => (await metric('graphpost_store_min_free_ratio')) === 0.03);
    await logged('config.reloaded');
    await send('after');
    await arrives('after');
    expect(sendAsOf('before')).toBe('app@contoso.com');
    expect(sendAsOf('after')).toBe('billing@contoso.com');
    const tokens = sandbox.requests.filter(({ path }) => path.includes('/oauth2/v2.0/token'));
    expect(tokens).toHaveLength(1);
    expect(await metric('graphpost_config_last_reload_successful')).toBe(1);
  });

  test('that is wrong is refused with all its faults, and the old one runs on', async () => {
    await change(
      'default: { send: { via: main } }',
      'default: { send: { via: mian } }\nnonsense: 1',
    );
    const lines = await logged('config.refused', 2);
    expect(lines).toContain('graphpost.yaml');
    expect(lines).toContain('default.send.via');
    expect(lines).toContain('nonsense');
    expect(await metric('graphpost_config_last_reload_successful')).toBe(0);
    await send('still');
    await arrives('still');
  });

  test('of a key that takes a restart names it, and takes up the rest', async () => {
    sandbox.grantSendAs('billing@contoso.com', '*');
    await change('hostname: relay.example.com', 'hostname: other.example.com');
    await change('default: { send: { via: main } }', toBilling);
    expect(await logged('config.warning')).toContain('hostname: the change takes a restart');
    await send('rest');
    await arrives('rest');
    expect(sendAsOf('rest')).toBe('billing@contoso.com');
  });

  test('is looked for at SIGHUP', async () => {
    gateway.signal('SIGHUP');
    expect(await logged('config.reloaded')).toContain('graphpost.yaml');
    await send('after');
    await arrives('after');
  });

  test('is seen where Kubernetes puts another link into the place of the old one', async () => {
    const folder = dirname(gateway.configFile);
    const text = await readFile(gateway.configFile, 'utf8');
    await gateway.stop('SIGTERM');
    await rm(gateway.configFile);
    await putVersion(folder, 'one', text);
    await symlink('one', join(folder, '..data'));
    await symlink('..data/graphpost.yaml', gateway.configFile);
    await gateway.start();
    await putVersion(folder, 'two', text.replace('hostname: relay', 'hostname: other'));
    await symlink('two', join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    expect(await logged('config.warning')).toContain('hostname');
  });
});

async function putVersion(folder: string, name: string, text: string): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'graphpost.yaml'), text);
}

describe('a changed file that cannot be used yet', () => {
  test('is taken up when the secret that it names is there', async () => {
    sandbox.grantSendAs('billing@contoso.com', '*');
    const text = await readFile(gateway.configFile, 'utf8');
    await writeFile(
      gateway.configFile,
      text
        .replace('"${GRAPH_SECRET}"', '"${file:later}"')
        .replace('default: { send: { via: main } }', toBilling),
    );
    expect(await logged('config.refused')).toContain('does not exist');
    await writeFile(join(gateway.folder, 'later'), sandbox.clientSecret);
    await logged('config.reloaded');
    await send('later');
    await arrives('later');
    expect(sendAsOf('later')).toBe('billing@contoso.com');
  });

  test('says so, and nothing of its secrets, where a value is of no use', async () => {
    await change(
      'connections:',
      'connections:\n  host: { type: smtp, url: "smtps://app:hunter2@host:465x" }',
    );
    expect(await logged('config.refused')).toContain('connections.host.url');
    expect(gateway.output()).not.toContain('hunter2');
    await send('still');
    await arrives('still');
  });
});

describe('a gateway that starts', () => {
  test('takes up what changed since it read its file, and does not die of SIGHUP', async () => {
    sandbox.grantSendAs('billing@contoso.com', '*');
    await gateway.stop('SIGTERM');
    const text = await readFile(gateway.configFile, 'utf8');
    const starting = gateway.start();
    await until(catchesHangup);
    gateway.signal('SIGHUP');
    // In one go: half a file, at its start, would end it.
    const next = `${gateway.configFile}.next`;
    await writeFile(next, text.replace('default: { send: { via: main } }', toBilling));
    await rename(next, gateway.configFile);
    await starting;
    await logged('config.reloaded');
    await until(async () => {
      const subject = `started ${Math.random()}`;
      await send(subject);
      await arrives(subject);
      return sendAsOf(subject) === 'billing@contoso.com';
    });
    expect(gateway.output()).not.toContain('config.refused');
  });
});

/** Whether its handler is set up, which is the first that it does. */
async function catchesHangup(): Promise<boolean> {
  const status = await readFile(`/proc/${gateway.pid()}/status`, 'utf8').catch(() => '');
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return (BigInt(`0x${caught}`) & 1n) === 1n;
}

describe('a connection that is gone', () => {
  test('holds the mail that was routed over it, until it is back', async () => {
    let isAway = true;
    sandbox.faults.next({ status: 503 }, { times: 1_000, match: () => isAway });
    await send('waits');
    const text = await readFile(gateway.configFile, 'utf8');
    await writeFile(
      gateway.configFile,
      text.replace('  main:\n', '  other:\n').replace('via: main', 'via: other'),
    );
    await logged('config.reloaded');
    await until(() => gateway.output().includes('has no connection \\"main\\" any more'));
    isAway = false;
    expect(sandbox.mailbox.list()).toEqual([]);
    await writeFile(gateway.configFile, text);
    await arrives('waits');
  });
});

describe('a secret that is rotated', () => {
  test('is taken up from its file', async () => {
    const folder = dirname(gateway.configFile);
    await gateway.stop('SIGTERM');
    await writeFile(join(folder, 'secret'), 'wrong');
    await change('"${GRAPH_SECRET}"', '"${file:secret}"');
    await gateway.start();
    await send('rotated');
    await until(() => gateway.output().includes('AADSTS7000215'));
    await writeFile(join(folder, 'secret'), sandbox.clientSecret);
    await arrives('rotated');
    expect(gateway.output()).not.toContain(sandbox.clientSecret);
  });
});
