// config/sidecar.yaml as it is shipped, in a process that may write to no file at all.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { freePort } from '../support/free-port.ts';
import { mainFile } from '../support/gateway-process.ts';
import { writeSidecarFile } from '../support/sidecar-files.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
let folder: string;
let sidecar: ChildProcess;
let port: number;
let output: string;

beforeEach(async () => {
  sandbox = await createSandbox({ now: Date.now });
  folder = await mkdtemp(join(tmpdir(), 'graphpost-sidecar-'));
  port = await freePort();
  output = '';
  await writeFile(join(folder, 'secret'), `${sandbox.clientSecret}\n`);
  const env = {
    PATH: process.env['PATH'],
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    GRAPHPOST_TENANT: sandbox.tenant,
    AZURE_CLIENT_ID: sandbox.clientId,
    GRAPHPOST_CLIENT_SECRET_FILE: join(folder, 'secret'),
    GRAPHPOST_LISTEN: `127.0.0.1:${port}`,
    GRAPHPOST_FROM: 'app@contoso.com',
    GRAPHPOST_FORCE_FROM: 'always',
    GRAPHPOST_TELEMETRY: 'false',
  };
  const readOnly = ['--permission', '--allow-fs-read=*'];
  const serve = [mainFile, 'serve', '--config', await writeSidecarFile(folder, sandbox)];
  sidecar = spawn(process.execPath, [...readOnly, ...serve], { env });
  sidecar.stdout?.on('data', (text) => (output += String(text)));
  sidecar.stderr?.on('data', (text) => (output += String(text)));
  await until(() => {
    if (sidecar.exitCode !== null) throw new Error(`The sidecar ended: ${output}`);
    return output.includes('"event":"started"');
  });
});

afterEach(async () => {
  if (sidecar.exitCode === null) {
    const ended = once(sidecar, 'exit');
    sidecar.kill('SIGKILL');
    await ended;
  }
  await sandbox[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function send(subject: string): Promise<{ readonly response: string }> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  return transport.sendMail({ from: 'root@pod', to: 'ann@example.com', subject, text: 'x' });
}

test('the sidecar passes mail on, writes nothing, and ends at SIGTERM after the send under way', async () => {
  expect((await send('one')).response).toMatch(/^250 2\.0\.0 passed on as /);
  expect(sandbox.mailbox.list()).toMatchObject([{ subject: 'one', from: 'app@contoso.com' }]);

  const answered = Promise.withResolvers<void>();
  sandbox.faults.next({ until: answered.promise });
  const sending = send('two');
  await until(() => sandbox.mailbox.list().length === 2);
  const ended = once(sidecar, 'exit');
  sidecar.kill('SIGTERM');
  await until(() => output.includes('"event":"stopping"'));
  await expect(send('three')).rejects.toThrow(/421|ECONNREFUSED/);
  answered.resolve();
  expect((await sending).response).toMatch(/^250 2\.0\.0 passed on as /);
  expect(await ended).toEqual([0, null]);
  expect(output).not.toContain('"event":"fault"');
  expect(sandbox.violations).toEqual([]);
});
