// The gateway as a process: it survives being killed, and stops as it is asked to.
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { createCertificate } from '../support/https-server.ts';
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
let gateway: GatewayProcess;

beforeEach(async () => {
  sandbox = await createSandbox({ now: Date.now, keepMessages: 100_000 });
  gateway = await createGatewayProcess(sandbox);
  await gateway.start();
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

/** Sends one message after another until `signal`, and adds the subject of each that got a 250. */
async function keepSending(
  sender: string,
  accepted: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: gateway.smtpPort,
    pool: true,
    ignoreTLS: true,
  });
  for (let number = 1; !signal.aborted; number++) {
    const subject = `${sender} ${number}`;
    await transport
      .sendMail({ from: `${sender}@contoso.com`, to: 'ann@example.com', subject, text: 'x' })
      .then(
        () => accepted.add(subject),
        () => new Promise((resolve) => setTimeout(resolve, 20)),
      );
  }
  transport.close();
}

function arrived(): Set<string> {
  return new Set(sandbox.mailbox.list().map((message) => message.subject));
}

describe('a gateway that is killed under load', () => {
  test('delivers every message that got a 250 after it is started again', async () => {
    const accepted = new Set<string>();
    const enough = new AbortController();
    const senders = ['one', 'two', 'three', 'four'].map((name) =>
      keepSending(name, accepted, enough.signal),
    );
    for (let kill = 1; kill <= 3; kill++) {
      const before = accepted.size;
      await until(() => accepted.size >= before + 60);
      await gateway.stop('SIGKILL');
      await gateway.start();
    }
    enough.abort();
    await Promise.all(senders);
    await until(() => [...accepted].every((subject) => arrived().has(subject)));
    expect(accepted.size).toBeGreaterThan(180);
    expect([...accepted].filter((subject) => !arrived().has(subject))).toEqual([]);
    expect(sandbox.violations).toEqual([]);
  }, 120_000);
});

describe('a custom cloud', () => {
  test('is all that the gateway talks to: no request goes to a public host', async () => {
    const accepted = new Set<string>();
    const enough = new AbortController();
    const sending = keepSending('cloud', accepted, enough.signal);
    await until(() => arrived().size > 0);
    enough.abort();
    await sending;
    // Instance discovery would be such a request; the simulator counts one to itself as a violation.
    expect(sandbox.violations).toEqual([]);
    expect(new Set(sandbox.requests.map(({ path }) => path.replace(/\?.*/, '')))).toEqual(
      new Set([
        `/${sandbox.tenant}/v2.0/.well-known/openid-configuration`,
        `/${sandbox.tenant}/oauth2/v2.0/token`,
        '/v1.0/users/cloud%40contoso.com/sendMail',
      ]),
    );
  });
});

describe('a certificate', () => {
  test('is a credential that Entra takes', async () => {
    const certificate = await createCertificate('rsa');
    sandbox.registerCertificate(certificate.certPem);
    await using other = await createGatewayProcess(sandbox, { certificate });
    await other.start();
    const transport = createTransport({ host: '127.0.0.1', port: other.smtpPort, ignoreTLS: true });
    const from = 'certificate@contoso.com';
    await transport.sendMail({ from, to: 'ann@example.com', subject: 'signed in', text: 'x' });
    await until(() => arrived().has('signed in'));
    expect(sandbox.violations).toEqual([]);
  });
});

describe('SIGTERM', () => {
  test('ends the process with 0, and loses nothing that got a 250', async () => {
    const accepted = new Set<string>();
    const enough = new AbortController();
    const sending = keepSending('drain', accepted, enough.signal);
    await until(() => accepted.size > 50);
    const code = await gateway.stop('SIGTERM');
    enough.abort();
    await sending;
    expect(code).toBe(0);
    await gateway.start();
    await until(() => [...accepted].every((subject) => arrived().has(subject)));
  }, 60_000);
});
