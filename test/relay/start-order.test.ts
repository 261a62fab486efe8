// What a gateway does at its start, and what not before it can take mail.
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { startGateway } from '../../src/gateway.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { freePort } from '../support/free-port.ts';
import { cloudConnection } from '../support/gateway-process.ts';
import { writeConfig } from '../support/gateway.ts';
import { portOf } from '../support/https-server.ts';
import { until } from '../support/until.ts';

let sandbox: Sandbox;
const defaults = getCACertificates('default');

beforeEach(async () => {
  sandbox = await createSandbox({ now: Date.now });
  setDefaultCACertificates([...defaults, sandbox.ca]);
});

afterEach(async () => {
  setDefaultCACertificates(defaults);
  await sandbox[Symbol.asyncDispose]();
});

async function start(file: string) {
  const loaded = loadConfig(file, { env: {} });
  if (loaded.kind === 'faulty') throw new Error('The configuration is faulty');
  const logStream = { write() {} };
  return await startGateway({ ...loaded, env: {}, version: '0', isTerminal: false, logStream });
}

test('a gateway whose port is taken asks for nothing and sends nothing before it ends, and loses no mail', async () => {
  const port = await freePort();
  const { file, folder } = await writeConfig({
    listeners: `listeners: [{ name: apps, address: "127.0.0.1:${port}" }]`,
    http: 'http: { telemetry: false, admin: false }',
    sending: 'sending: hold',
    connections: cloudConnection(sandbox, `{ secret: "${sandbox.clientSecret}" }`),
  });
  const holding = await start(file);
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  await transport.sendMail({ from: 'app@contoso.com', to: 'ann@example.com', text: 'x' });
  await holding[Symbol.asyncDispose]();

  await writeFile(file, (await readFile(file, 'utf8')).replace('sending: hold', ''));
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  const before = sandbox.requests.length;
  await expect(start(file)).rejects.toThrow(/the port is in use/);
  expect(sandbox.requests.slice(before)).toEqual([]);
  expect(sandbox.requests.filter(({ service }) => service === 'graph')).toEqual([]);
  other.close();
  await once(other, 'close');

  await using _running = await start(file);
  await until(() => sandbox.mailbox.list().length === 1);
  await rm(folder, { recursive: true, force: true });
});

test.each(['telemetry', 'admin'])(
  'a gateway that cannot have the port of its %s takes no connection for mail before it ends',
  async (taken) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const mailPort = await freePort();
    const ports = {
      telemetry: '127.0.0.1:0',
      admin: '127.0.0.1:0',
      [taken]: `127.0.0.1:${portOf(other)}`,
    };
    const { file, folder } = await writeConfig({
      listeners: `listeners: [{ name: apps, address: "127.0.0.1:${mailPort}" }]`,
      http: `http: { telemetry: "${ports.telemetry}", admin: "${ports.admin}" }`,
    });
    let isOver = false;
    const client = tryToConnect(mailPort, () => isOver);
    await expect(start(file)).rejects.toThrow(new RegExp(`http.${taken}: .*the port is in use`));
    isOver = true;
    expect(await client).toBe('never connected');
    other.close();
    await rm(folder, { recursive: true, force: true });
  },
);

async function tryToConnect(port: number, isOver: () => boolean): Promise<string> {
  while (!isOver()) {
    const socket = connect(port, '127.0.0.1');
    const isConnected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isConnected) return 'connected';
    await setImmediate();
  }
  return 'never connected';
}
