// A socket that systemd listens on (packaging/systemd/graphpost.socket): the listener of its name takes it over.
import { createTransport } from 'nodemailer';
import { describe, expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { freePort } from '../support/free-port.ts';
import { createGatewayProcess } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';
import { runShipped } from './shipped-gateway.ts';

const { exitCode } = await runShipped(['sh', '-c', 'command -v systemd-socket-activate']);
const why = exitCode === 0 ? '' : ' (skipped: systemd-socket-activate is not installed)';

describe.skipIf(why !== '')(`a socket from systemd${why}`, () => {
  async function activate(name: string) {
    const [port, unused] = [await freePort(), await freePort()];
    const sandbox = await createSandbox({ now: Date.now });
    const env = ['NODE_EXTRA_CA_CERTS', 'GRAPH_SECRET'].map((variable) => `--setenv=${variable}`);
    const listen = [`--listen=127.0.0.1:${port}`, `--fdname=${name}`];
    const gateway = await createGatewayProcess(sandbox, {
      launcher: ['systemd-socket-activate', ...listen, ...env],
      changes: { listeners: `listeners: [{ name: apps, address: "127.0.0.1:${unused}" }]` },
    });
    gateway.spawn();
    await until(() => gateway.output().includes(`Listening on 127.0.0.1:${port}`));
    const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
    const send = () =>
      transport.sendMail({
        from: 'a@contoso.com',
        to: 'b@example.com',
        subject: 'Socket',
        text: 'x',
      });
    return { sandbox, gateway, send };
  }

  test('its client waits until the gateway is up, and is served', async () => {
    const activated = await activate('apps');
    await using sandbox = activated.sandbox;
    await using gateway = activated.gateway;
    await activated.send();
    await until(() => sandbox.mailbox.list().length === 1);
    expect(await gateway.stop('SIGTERM')).toBe(0);
  });

  test('is refused with a sentence where no listener has its name', async () => {
    const activated = await activate('printers');
    await using _ = activated.sandbox;
    await using gateway = activated.gateway;
    await expect(activated.send()).rejects.toThrow(/closed|ECONNRESET|ECONNREFUSED|greeting/i);
    await gateway.ended();
    expect(gateway.output()).toContain('FileDescriptorName=printers, which no listener is');
  });
});
