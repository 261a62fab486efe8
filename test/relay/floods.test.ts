// More connections than the process has file descriptors: it survives them, and takes mail when they have gone.
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { connectRaw } from '../dialogs/raw-client.ts';
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';

const fileDescriptors = 150;
let sandbox: Sandbox;
let gateway: GatewayProcess;

beforeAll(async () => {
  sandbox = await createSandbox({ now: Date.now });
  gateway = await createGatewayProcess(sandbox, {
    launcher: ['sh', '-c', `ulimit -n ${fileDescriptors}; exec "$@"`, 'sh'],
  });
  await gateway.start();
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
});

test('a gateway without a free file descriptor takes mail when there are some again', async () => {
  const endpoint = { host: '127.0.0.1', port: gateway.smtpPort };
  const flood = Array.from({ length: 2 * fileDescriptors }, () => connectRaw(endpoint));
  const clients = (await Promise.allSettled(flood)).flatMap((one) =>
    one.status === 'fulfilled' ? [one.value] : [],
  );
  expect(clients.length).toBeGreaterThan(fileDescriptors);
  // The first has its greeting; the last is turned away, or waits.
  expect(await clients[0]?.read()).toMatch(/^220 /);
  for (const { socket } of clients) socket.resetAndDestroy();
  const transport = createTransport({ ...endpoint, ignoreTLS: true });
  await transport.sendMail({ from: 'a@contoso.com', to: 'ann@example.com', subject: 'good' });
  transport.close();
  await until(() => sandbox.mailbox.list().some(({ subject }) => subject === 'good'));
});
