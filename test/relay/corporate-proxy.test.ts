// A gateway behind a proxy that wants a password: tokens and mail take the same way, and no other.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { createTransport } from 'nodemailer';
import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { createGatewayProcess } from '../support/gateway-process.ts';
import { openTunnel } from '../support/tunnel.ts';
import { until } from '../support/until.ts';

const authorization = `Basic ${Buffer.from('relay:pa55/word').toString('base64')}`;

/** @param onTarget what each CONNECT that is let through names */
async function startProxy(onTarget: (target: string) => void): Promise<Server> {
  const proxy = createServer((_request, response) => void response.writeHead(403).end());
  proxy.on('connect', (incoming: IncomingMessage, socket: Duplex) => {
    if (incoming.headers['proxy-authorization'] === authorization) {
      onTarget(incoming.url ?? '');
      openTunnel(incoming, socket);
      return;
    }
    socket.on('error', () => {});
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  return proxy;
}

function proxyOf(proxy: Server, user: string) {
  const bound = proxy.address();
  const port = bound && typeof bound === 'object' ? bound.port : 0;
  const url = `http://${user}@127.0.0.1:${port}`;
  // Whatever this machine has set, in either case.
  return { HTTPS_PROXY: url, https_proxy: url, NO_PROXY: '', no_proxy: '' };
}

test('a gateway behind a proxy asks for tokens and sends mail through it, with its password', async () => {
  const targets = new Set<string>();
  const proxy = await startProxy((target) => targets.add(target));
  await using sandbox = await createSandbox({ now: Date.now });
  await using gateway = await createGatewayProcess(sandbox);
  const port = gateway.smtpPort;
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  const send = (subject: string) =>
    transport.sendMail({ from: 'app@contoso.com', to: 'ann@example.com', subject, text: 'x' });

  await gateway.start({ env: proxyOf(proxy, 'relay:wrong') });
  await send('waits');
  await until(() => gateway.output().includes('Proxy response (407)'));
  expect(sandbox.requests).toEqual([]);
  await gateway.stop('SIGTERM');

  await gateway.start({ env: proxyOf(proxy, 'relay:pa55%2Fword') });
  await send('passes');
  await until(() => sandbox.mailbox.list().some(({ subject }) => subject === 'passes'));
  expect(targets).toEqual(
    new Set([sandbox.authority, sandbox.graph].map((url) => new URL(url).host)),
  );
  expect(gateway.output()).not.toMatch(/pa55|wrong/);

  await gateway.stop('SIGTERM');
  transport.close();
  proxy.close();
});
