// A gateway that sends as a user, and the commands that sign him in and out.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runLogin } from '../../src/cli/login.ts';
import { runLogout } from '../../src/cli/logout.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { createGatewayProcess, mainFile, type GatewayProcess } from '../support/gateway-process.ts';
import { TestClient } from '../../src/sandbox/test-client.ts';
import { until } from '../support/until.ts';

const account = 'someone@outlook.com';

let sandbox: Sandbox;
let gateway: GatewayProcess;

beforeAll(async () => {
  sandbox = await createSandbox({ now: Date.now });
  gateway = await createGatewayProcess(sandbox, {
    changes: {
      connections: `connections:
  personal:
    type: graph
    cloud: { authority: "${sandbox.authority}", graph: "${sandbox.graph}" }
    clientId: ${sandbox.clientId}
    account: ${account}
  app:
    type: graph
    cloud: { authority: "${sandbox.authority}", graph: "${sandbox.graph}" }
    tenant: ${sandbox.tenant}
    clientId: ${sandbox.clientId}
    credential: { secret: "${sandbox.clientSecret}" }`,
      tokenCache: 'tokenCache: { file: sign-ins/tokens, key: a key that nobody can guess }',
      default: 'default: { send: { via: personal } }',
    },
  });
  await gateway.start();
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** `onOutput` gets what stands on standard output so far. */
async function run(words: readonly string[], onOutput?: (printed: string) => Promise<void>) {
  const args = [mainFile, ...words, '--config', gateway.configFile];
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(gateway.folder, 'ca.pem') };
  const child = spawn(process.execPath, args, { env });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdout.once('data', (printed) => void onOutput?.(String(printed)));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

test('mail waits until somebody has signed in, and then goes out of his own mailbox', async () => {
  // Said at the start, before there is any mail.
  await until(() => gateway.output().includes('sign_in_needed'));
  const transport = createTransport({ host: '127.0.0.1', port: gateway.smtpPort, ignoreTLS: true });
  await transport.sendMail({ from: account, to: 'ann@example.com', subject: 'x', text: 'x' });
  transport.close();
  await until(() => gateway.output().includes('\\"graphpost login personal\\"'));
  sandbox.signIns.as(account, 'Some One');
  const { code, stdout } = await run(['login', 'personal']);
  expect(stdout).toMatch(
    /^Open https:\/\/microsoft.com\/devicelogin on any device, enter the code [0-9A-F]{8}, and sign in as someone@outlook.com \(within 15 minutes\)\nSigned in as Some One <someone@outlook.com>: connection "personal" can send\n$/,
  );
  expect(code).toBe(0);
  await until(() => sandbox.mailbox.list().length === 1);
  expect(sandbox.mailbox.list()).toMatchObject([{ sendAs: account, subject: 'x' }]);
  const paths = sandbox.requests
    .map(({ path }) => path)
    .filter((path) => path.includes('sendMail'));
  expect(new Set(paths)).toEqual(new Set(['/v1.0/me/sendMail']));
  expect(sandbox.violations).toEqual([]);
});

describe('graphpost login', () => {
  test('takes a browser of this machine where that is asked for, and prints the page', async () => {
    sandbox.signIns.as(account, 'Some One');
    const client = new TestClient(sandbox);
    const { code, stdout } = await run(['login', 'personal', '--browser'], async (printed) => {
      const [page] = /https:.*(?=\n)/.exec(printed) ?? [];
      if (page === undefined) return;
      const { location = '' } = (await client.call(page)).headers;
      await fetch(location.replace('localhost', '127.0.0.1'));
    });
    expect(stdout).toMatch(/^Sign in as someone@outlook.com in a browser of this machine:\nhttps:/);
    expect(stdout).toContain('Signed in as Some One <someone@outlook.com>');
    expect(code).toBe(0);
  });

  test('refuses another account than that of the connection', async () => {
    sandbox.signIns.as('other@outlook.com');
    expect(await run(['login', 'personal'])).toMatchObject({
      code: 1,
      stderr: `Nobody has signed in: "other@outlook.com" has signed in, and the connection is for "${account}"\n`,
    });
  });

  test.each([
    ['app', 'The connection "app" has no account: nobody signs in for it\n'],
    ['none', 'The connection "none" does not exist\n'],
  ])('says that nobody signs in for %s', async (connection, stderr) => {
    const io = createIo();
    expect(await runLogin({ connection, config: gateway.configFile }, io)).toBe(2);
    expect(io.written).toEqual([stderr]);
  });
});

test('runLogout() forgets who has signed in', () => {
  const io = createIo();
  const options = { connection: 'personal', config: gateway.configFile };
  expect([runLogout(options, io), runLogout(options, io)]).toEqual([0, 0]);
  expect(io.written).toEqual([`Signed out ${account}\n`, 'Nobody was signed in\n']);
});

/** Of a shell without a terminal. */
function createIo() {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  const { env, platform } = process;
  return { env, platform, cwd: gateway.folder, stdout: stream, stderr: stream, written };
}
