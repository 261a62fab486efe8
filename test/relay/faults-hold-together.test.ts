// A fault that an administrator must mend holds the mail that shares it: one message tries, the others wait, all arrive.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
let gateway: GatewayProcess | undefined;

beforeEach(async () => {
  sandbox = await createSandbox({ now: Date.now });
});

afterEach(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

async function start(changes: Record<string, string>): Promise<GatewayProcess> {
  gateway = await createGatewayProcess(sandbox, { changes });
  await writeFile(join(gateway.folder, 'secret'), 'wrong');
  await gateway.start();
  return gateway;
}

function connection(secret: string): string {
  const { authority, graph, tenant, clientId } = sandbox;
  const cloud = `{ authority: "${authority}", graph: "${graph}" }`;
  const credential = `{ secret: "${secret}" }`;
  return `{ type: graph, cloud: ${cloud}, tenant: ${tenant}, clientId: ${clientId}, credential: ${credential} }`;
}

async function sendAll(froms: readonly string[], smtpPort: number): Promise<void> {
  const options = { host: '127.0.0.1', port: smtpPort, ignoreTLS: true, pool: true } as const;
  const transport = createTransport(options);
  const mails = froms.map((from, index) => ({
    from,
    to: 'ann@example.com',
    subject: `${from} ${index}`,
    text: 'x',
  }));
  await Promise.all(mails.map((mail) => transport.sendMail(mail)));
  transport.close();
}

function sentFrom(domain: string): number {
  return sandbox.mailbox.list().filter(({ from }) => from.endsWith(domain)).length;
}

function lines({ output }: GatewayProcess, event: string): readonly Record<string, unknown>[] {
  return output()
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line));
}

async function deferred({ telemetryPort }: GatewayProcess): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${telemetryPort}/metrics`);
  const value = /^graphpost_queue_messages\{state="deferred"\} (\d+)/m.exec(await response.text());
  return Number(value?.[1]);
}

describe('a wrong secret', () => {
  test('costs a handful of requests for 200 messages, holds no other connection, and loses nothing', async () => {
    const running = await start({
      connections: `connections: { main: ${connection('${file:secret}')}, other: ${connection('${GRAPH_SECRET}')} }`,
      routes:
        'routes: [{ name: other, when: { from: { endsWith: "@fabrikam.com" } }, send: { via: other } }]',
    });
    const held = Array.from({ length: 200 }, (_, index) => `app${index % 10}@contoso.com`);
    await sendAll([...held, 'cy@fabrikam.com'], running.smtpPort);
    await until(() => sentFrom('@fabrikam.com') === 1);
    await until(async () => (await deferred(running)) === 200);
    const tokens = sandbox.requests.filter(({ path }) => path.includes('/oauth2/v2.0/token'));
    expect(tokens.length).toBeLessThanOrEqual(6);
    expect(lines(running, 'hold.began')).toMatchObject([
      { connection: 'main', hold: 'connection', diagnostic: expect.stringContaining('7000215') },
    ]);
    await writeFile(join(running.folder, 'secret'), sandbox.clientSecret);
    await until(() => sentFrom('@contoso.com') === 200);
    expect(lines(running, 'hold.ended')).toMatchObject([{ connection: 'main' }]);
    expect(sandbox.violations).toEqual([]);
  });
});

describe('a missing Send As', () => {
  test('holds the mail with that From, and no other of the mailbox', async () => {
    sandbox.grantSendAs('shared@contoso.com', 'good@contoso.com');
    const running = await start({
      default: 'default: { send: { via: main, sendAs: shared@contoso.com } }',
    });
    const denied = Array.from({ length: 30 }, () => 'bad@contoso.com');
    await sendAll(denied, running.smtpPort);
    await until(async () => (await deferred(running)) === 30);
    await sendAll(['good@contoso.com', 'good@contoso.com'], running.smtpPort);
    await until(() => sentFrom('good@contoso.com') === 2);
    expect(lines(running, 'hold.began')).toMatchObject([
      { hold: 'originator', headerFrom: 'bad@contoso.com' },
    ]);
    const attempts = lines(running, 'delivery.attempted');
    const refused = attempts.filter(({ errorCode }) => errorCode === 'ErrorSendAsDenied');
    expect(refused.length).toBeLessThanOrEqual(4);
    expect(sentFrom('bad@contoso.com')).toBe(0);
  });
});
