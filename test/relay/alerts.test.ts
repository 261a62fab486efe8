// Those who watch are told of trouble and of its end, by webhook and by e-mail, and mail waits for none of it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { startAlertReceiver, type AlertReceiver } from '../support/alert-receiver.ts';
import { freePort } from '../support/free-port.ts';
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
let receiver: AlertReceiver;
let gateway: GatewayProcess;

beforeAll(async () => {
  sandbox = await createSandbox({ now: Date.now });
  receiver = await startAlertReceiver();
  const everything = '[failed, connectionDown, credentialExpiring, diskLow, reloadFailed]';
  const soon = new Date(Date.now() + 5.5 * 86_400_000).toISOString().slice(0, 10);
  gateway = await createGatewayProcess(sandbox, {
    changes: {
      connections: `connections:
  main: ${connection('{ secret: "${file:secret}" }')}
  mailer: ${connection(`{ secret: "\${GRAPH_SECRET}", expires: ${soon} }`)}`,
      default: 'default: { send: { via: mailer } }',
      routes: `routes: [{ name: main, when: { subject: { startsWith: main } }, send: { via: main } }]`,
      alerts: `alerts:
  - { on: ${everything}, to: { webhook: "${receiver.url}", allowLocal: true } }
  - { on: [connectionDown], to: { webhook: "http://127.0.0.1:${await freePort()}/hunter2", allowLocal: true } }
  - { on: [connectionDown], to: { webhook: "https://127.0.0.1:${await freePort()}/hunter2" } }
  - { on: [connectionDown], to: { email: ops@contoso.com, via: mailer } }`,
    },
  });
  await writeFile(join(gateway.folder, 'secret'), 'wrong');
  await gateway.start();
  await send('main 1');
  await send('main 2');
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

function connection(credential: string): string {
  const { authority, graph, tenant, clientId } = sandbox;
  const cloud = `{ authority: "${authority}", graph: "${graph}" }`;
  return `{ type: graph, cloud: ${cloud}, tenant: ${tenant}, clientId: ${clientId}, credential: ${credential} }`;
}

async function send(subject: string, to = 'ann@example.com'): Promise<void> {
  const options = { host: '127.0.0.1', port: gateway.smtpPort, ignoreTLS: true } as const;
  const transport = createTransport(options);
  const mail = { from: 'app@contoso.com', to, subject, text: 'x' };
  await transport.sendMail(mail).finally(() => transport.close());
}

function sent(subject: string): boolean {
  return sandbox.mailbox.list().some((message) => message.subject === subject);
}

function lines(event: string): readonly string[] {
  return gateway
    .output()
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`));
}

async function metrics(): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${gateway.telemetryPort}/metrics`);
  return await response.text();
}

describe('a gateway with alerts', () => {
  test('tells of a wrong secret once, by webhook and by e-mail', async () => {
    await until(() => receiver.told('connectionDown').length > 0);
    expect(receiver.told('connectionDown')).toMatchObject([
      {
        state: 'firing',
        cause: 'connection main',
        text: expect.stringContaining('AADSTS7000215'),
      },
    ]);
    await until(() => sent('relay.example.com: A connection does not work'));
    const [summary] = sandbox.mailbox.list().filter(({ from }) => from === 'ops@contoso.com');
    const mail = await sandbox.mailbox.get(summary?.id ?? '');
    expect(mail?.recipients).toEqual(['ops@contoso.com']);
    expect(mail?.text).toContain('All mail over connection "main" waits: ');
    expect(mail?.text).toContain('AADSTS7000215');
  });

  test('delivers other mail while receivers are down, and says so once', async () => {
    await until(() => lines('alerts.failed').length === 2);
    await send('other');
    await until(() => sent('other'));
    const text = lines('alerts.failed').join('\n');
    expect(text).toContain('alerts[1].to.webhook: ');
    expect(text).toContain('ECONNREFUSED');
    expect(text).toContain('alerts[2].to.webhook: ');
    expect(text).toContain('allowLocal');
    expect(await metrics()).toMatch(
      /graphpost_alerts_total\{channel="webhook",result="failed"\} [1-9]/,
    );
  });

  test('tells once that it is over', async () => {
    await writeFile(join(gateway.folder, 'secret'), sandbox.clientSecret);
    await until(() => sent('main 1') && sent('main 2'));
    await until(() => receiver.told('connectionDown').length > 1);
    const states = receiver.told('connectionDown').map(({ state, cause }) => [cause, state]);
    expect(states).toEqual([
      ['connection main', 'firing'],
      ['connection main', 'resolved'],
    ]);
    await until(() => sent('relay.example.com: Over: A connection does not work'));
  });

  test('tells of mail that failed, with what to run', async () => {
    await send('failing', 'never@example.com');
    await until(() => receiver.told('failed').length > 0);
    expect(receiver.told('failed')).toMatchObject([
      {
        state: 'happened',
        count: 1,
        remedy: expect.stringMatching(/^Its history: "graphpost why /),
      },
    ]);
    expect(JSON.stringify(receiver.bodies)).not.toContain('failing');
  });

  test('tells that a secret expires soon, and when it does is a metric', async () => {
    await until(() => receiver.told('credentialExpiring').length > 0);
    expect(receiver.told('credentialExpiring')).toMatchObject([
      { state: 'firing', text: expect.stringMatching(/"mailer" expires on .*, in [45] days$/) },
    ]);
    const text = await metrics();
    expect(text).toMatch(
      /graphpost_credential_expiry_timestamp_seconds\{connection="mailer"\} \d{10}/,
    );
    expect(text).toContain('graphpost_lanes_throttled{connection="main"} 0');
  });

  test('tells that a changed configuration is refused, and when it is right again', async () => {
    const file = join(gateway.folder, 'secret');
    await writeFile(file, '');
    await until(() => receiver.told('reloadFailed').length > 0);
    await writeFile(file, sandbox.clientSecret);
    await until(() => receiver.told('reloadFailed').length > 1);
    const told = receiver.told('reloadFailed');
    expect(told.map(({ state }) => state)).toEqual(['firing', 'resolved']);
    expect(told[0]?.text).toContain('connections.main.credential');
  });

  test('shows no URL of a receiver in its log', () => {
    expect(gateway.output()).not.toContain('hunter2');
    expect(gateway.output()).not.toContain('/hook');
  });
});
