// Somebody signs in on the page of a gateway that runs: held mail goes at once, and what was not wanted is explained.
import { readFile, writeFile } from 'node:fs/promises';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signInReport, type SignInReportJson } from '../../src/http/schema/sign-in.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { TestClient } from '../../src/sandbox/test-client.ts';
import { freePort } from '../support/free-port.ts';
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';

const account = 'someone@outlook.com';
const token = 'a-token-of-16-letters';
const admin = await freePort();
const redirectPort = await freePort();

let sandbox: Sandbox;
let gateway: GatewayProcess;

beforeAll(async () => {
  sandbox = await createSandbox({ now: Date.now });
  const cloud = `cloud: { authority: "${sandbox.authority}", graph: "${sandbox.graph}" }`;
  gateway = await createGatewayProcess(sandbox, {
    changes: {
      connections: `connections:
  personal: { type: graph, ${cloud}, clientId: ${sandbox.clientId}, account: ${account} }
  web:
    type: graph
    ${cloud}
    tenant: ${sandbox.tenant}
    clientId: ${sandbox.clientId}
    account: ${account}
    credential: { secret: "${sandbox.clientSecret}" }
    redirectUri: http://localhost:${redirectPort}/login/callback
  plain:
    type: graph
    ${cloud}
    tenant: ${sandbox.tenant}
    clientId: ${sandbox.clientId}
    account: ${account}
    credential: { secret: "${sandbox.clientSecret}" }
  app:
    type: graph
    ${cloud}
    tenant: ${sandbox.tenant}
    clientId: ${sandbox.clientId}
    credential: { secret: "${sandbox.clientSecret}" }`,
      tokenCache: 'tokenCache: { file: sign-ins/tokens, key: a key that nobody can guess }',
      default: 'default: { send: { via: personal } }',
      // What waits for a sign-in does not wait for its next look.
      queue:
        'queue: { store: "sqlite:graphpost.db", retry: { first: 1h, longest: 1h }, full: { freeDisk: 0% } }',
    },
  });
  const config = await readFile(gateway.configFile, 'utf8');
  const page = `admin: "127.0.0.1:${admin}", adminToken: ${token}`;
  await writeFile(gateway.configFile, config.replace('admin: false', page));
  await gateway.start();
});

afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await sandbox?.[Symbol.asyncDispose]();
});

function call(connection: string, method: 'GET' | 'POST'): Promise<Response> {
  return fetch(`http://127.0.0.1:${admin}/api/v1/connections/${connection}/login`, {
    method,
    headers: { Authorization: `Bearer ${token}` },
  });
}

async function reportOf(answer: Response): Promise<SignInReportJson> {
  expect(answer.status).toBe(200);
  return signInReport.parse(await answer.json());
}

async function ended(connection: string): Promise<SignInReportJson> {
  let report: SignInReportJson | undefined;
  await until(async () => {
    report = await reportOf(await call(connection, 'GET'));
    return report.state !== 'underWay';
  });
  if (!report) throw new Error('Nothing was started');
  return report;
}

describe('POST /api/v1/connections/{name}/login', () => {
  test('refuses another account, and lets held mail go when the right one has signed in', async () => {
    const transport = createTransport({
      ...{ host: '127.0.0.1', port: gateway.smtpPort, ignoreTLS: true },
    });
    await transport.sendMail({ from: account, to: 'ann@example.com', subject: 'x', text: 'x' });
    transport.close();
    await until(() => gateway.output().includes('\\"graphpost login personal\\"'));

    sandbox.signIns.as('other@outlook.com', 'Other');
    const started = await reportOf(await call('personal', 'POST'));
    expect(started).toMatchObject({
      ...{ state: 'underWay', account },
      step: {
        ...{ kind: 'code', url: 'https://microsoft.com/devicelogin' },
        userCode: expect.stringMatching(/^[0-9A-F]{8}$/),
      },
    });
    expect(await ended('personal')).toMatchObject({
      state: 'notSignedIn',
      error: expect.stringMatching(
        /^Another account has signed in .*"other@outlook.com" has signed in/,
      ),
    });
    expect(sandbox.mailbox.list()).toEqual([]);

    sandbox.signIns.as(account, 'Some One');
    await reportOf(await call('personal', 'POST'));
    expect(await ended('personal')).toMatchObject({
      state: 'signedIn',
      signedInAs: { name: 'Some One', username: account },
    });
    await until(() => sandbox.mailbox.list().length === 1);
    expect(gateway.output()).toContain('"action":"sign-in"');
    expect(gateway.output()).toContain('signIn.taken');
    expect(gateway.output()).toContain('signIn.failed');
    expect(sandbox.violations).toEqual([]);
  });

  test('leads an app with a credential over a browser of this machine', async () => {
    sandbox.signIns.as(account, 'Some One');
    const { step } = await reportOf(await call('web', 'POST'));
    expect(step?.kind).toBe('browser');
    const { headers } = await new TestClient(sandbox).call(step?.url ?? '');
    await fetch(String(headers.location).replace('localhost', '127.0.0.1'));
    expect(await ended('web')).toMatchObject({ state: 'signedIn' });
  });

  test.each([
    ['none', 404, 'The connection "none" does not exist'],
    ['app', 409, 'The connection "app" has no account: nobody signs in for it'],
    ['plain', 409, expect.stringContaining('run "graphpost login plain" on a machine')],
  ])('says what there is for %s', async (name, status, detail) => {
    const answer = await call(name, 'POST');
    expect([answer.status, await answer.json()]).toMatchObject([status, { detail }]);
  });

  test('ends with the gateway', async () => {
    sandbox.signIns.as('other@outlook.com');
    await reportOf(await call('web', 'POST'));
    expect(await gateway.stop('SIGTERM')).toBe(0);
  });
});
